// SPDX-License-Identifier: GPL-3.0-only
//! A screen without a display, tapped by the words on it: for the tour of the demo and for the tests.
//!
//! The real screens, drawn by the real renderer into memory; a tap is a press and a release at the place
//! of the element with that accessible label.

use std::path::Path;
use std::time::Duration;

use doorstep_ui::App;
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementRoot, TestingBackend, TestingBackendOptions};
use slint::platform::{PointerEventButton, SetPlatformError};
use slint::{ComponentHandle, Model, Timer};
use thiserror::Error;

use super::Presenter;

/// How often the screen is looked at while something is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// In a label that is looked for: any words.
pub const ANY_WORDS: char = '…';

/// What was to be seen or done and was not possible.
#[derive(Debug, Error)]
pub enum DriveError {
    /// Another backend was chosen before.
    #[error("a screen was opened before")]
    Platform(#[source] SetPlatformError),
    /// It did not appear in time.
    #[error("「{label}」 did not appear within {limit:?}; on the screen: {seen}")]
    NotSeen {
        /// What was waited for.
        label: String,
        /// How long.
        limit: Duration,
        /// What was there instead.
        seen: String,
    },
    /// It did not go in time.
    #[error("「{label}」 was still there after {limit:?}")]
    NotGone {
        /// What should have gone.
        label: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// The picture could not be taken.
    #[error("no picture of the screen")]
    Snapshot(#[source] slint::PlatformError),
    /// The picture could not be written.
    #[error("the picture {path} cannot be written")]
    Write {
        /// Where.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The picture could not be encoded.
    #[error("the picture cannot be encoded")]
    Encode(#[source] png::EncodingError),
}

/// Makes every screen of this process a headless one. Once a process, before the first [`Presenter`].
///
/// # Errors
/// A screen was opened before.
pub fn use_headless_screen() -> Result<(), DriveError> {
    let options = TestingBackendOptions { mock_time: false, threading: true, renderer_name: Some("software".into()) };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).map_err(DriveError::Platform)
}

/// A hand at the screen, and an eye on it.
pub struct Driver {
    app: App,
    limit: Duration,
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Driver")
    }
}

impl Presenter {
    /// A hand at this screen; it waits `limit` at most for what it looks for.
    #[must_use]
    pub fn driver(&self, limit: Duration) -> Driver {
        Driver { app: self.app.clone_strong(), limit }
    }
}

/// Waits without blocking the event loop.
pub async fn pause(duration: Duration) {
    let (done, wait) = tokio::sync::oneshot::channel();
    Timer::single_shot(duration, move || {
        let _ = done.send(());
    });
    let _ = wait.await;
}

impl Driver {
    /// The element with this label, if it is on the screen; [`ANY_WORDS`] in it stands for any words.
    #[must_use]
    pub fn find(&self, label: &str) -> Option<ElementHandle> {
        if !label.contains(ANY_WORDS) {
            return ElementHandle::find_by_accessible_label(&self.app, label)
                .find(|element| self.is_on_screen(element));
        }
        self.find_by(label_of, label)
    }

    /// The element that is described so to somebody who does not see it; [`ANY_WORDS`] as for [`Driver::find`].
    fn find_described(&self, description: &str) -> Option<ElementHandle> {
        self.find_by(|element| element.accessible_description().map(String::from), description)
    }

    fn find_by(&self, text_of: impl Fn(&ElementHandle) -> Option<String>, wanted: &str) -> Option<ElementHandle> {
        let fits = |text: String| match wanted.split_once(ANY_WORDS) {
            None => text == wanted,
            Some((begins, ends)) => {
                text.len() >= begins.len() + ends.len() && text.starts_with(begins) && text.ends_with(ends)
            }
        };
        let all = self.app.root_element().query_descendants().match_predicate(|_| true).find_all();
        all.into_iter().find(|element| text_of(element).is_some_and(fits) && self.is_on_screen(element))
    }

    fn is_on_screen(&self, element: &ElementHandle) -> bool {
        let (place, size) = (element.absolute_position(), element.size());
        let window = self.app.window().size().to_logical(self.app.window().scale_factor());
        let (centre_x, centre_y) = (place.x + size.width / 2.0, place.y + size.height / 2.0);
        size.width > 0.0
            && size.height > 0.0
            && (0.0..=window.width).contains(&centre_x)
            && (0.0..=window.height).contains(&centre_y)
            && element.computed_opacity() > 0.0
    }

    /// Waits until an element with this label is there.
    ///
    /// # Errors
    /// It does not come within the limit; the error lists what is there.
    pub async fn see(&self, label: &str) -> Result<ElementHandle, DriveError> {
        self.wait_for(|| self.find(label), label).await
    }

    /// Waits until an element is described so; see [`Driver::find_described`].
    ///
    /// # Errors
    /// It does not come within the limit.
    pub async fn see_described(&self, description: &str) -> Result<(), DriveError> {
        self.wait_for(|| self.find_described(description), description).await.map(|_| ())
    }

    async fn wait_for(
        &self,
        find: impl Fn() -> Option<ElementHandle>,
        label: &str,
    ) -> Result<ElementHandle, DriveError> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(element) = find() {
                return Ok(element);
            }
            if waited >= self.limit {
                let seen = self.labels().join(" | ");
                return Err(DriveError::NotSeen { label: label.to_owned(), limit: self.limit, seen });
            }
            pause(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
    }

    /// Waits until no element with this label is there.
    ///
    /// # Errors
    /// It stays longer than the limit.
    pub async fn see_gone(&self, label: &str) -> Result<(), DriveError> {
        let mut waited = Duration::ZERO;
        while self.find(label).is_some() {
            if waited >= self.limit {
                return Err(DriveError::NotGone { label: label.to_owned(), limit: self.limit });
            }
            pause(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
        Ok(())
    }

    /// Taps the element with this label, as a finger would.
    ///
    /// # Errors
    /// It does not come within the limit.
    pub async fn tap(&self, label: &str) -> Result<(), DriveError> {
        self.see(label).await?.single_click(PointerEventButton::Left).await;
        Ok(())
    }

    /// Waits until the key with this label is switched on, or off.
    ///
    /// # Errors
    /// There is no such key, or it stays as it is.
    pub async fn see_switched(&self, label: &str, on: bool) -> Result<(), DriveError> {
        let mut waited = Duration::ZERO;
        while self.find(label).and_then(|element| element.accessible_checked()) != Some(on) {
            if waited >= self.limit {
                let label = format!("{label}, switched {}", if on { "on" } else { "off" });
                return Err(DriveError::NotSeen { label, limit: self.limit, seen: self.labels().join(" | ") });
            }
            pause(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
        Ok(())
    }

    /// Every text that the screens hold, shown or not: all labels, and what the program has handed over.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let all = self.app.root_element().query_descendants().match_predicate(|_| true).find_all();
        let mut texts: Vec<String> = all.iter().filter_map(label_of).collect();
        texts.extend(all.iter().filter_map(|element| element.accessible_description().map(String::from)));
        let taxi = self.app.global::<doorstep_ui::Taxi>();
        let held = [
            taxi.get_phone(),
            taxi.get_phone_masked(),
            taxi.get_destination(),
            taxi.get_plate(),
            taxi.get_color(),
            taxi.get_model(),
            taxi.get_driver(),
            taxi.get_order_number(),
            taxi.get_taxi_phone(),
        ];
        texts.extend(held.map(String::from));
        let speech = self.app.global::<doorstep_ui::Speech>();
        texts.push(speech.get_line().into());
        // Joined, so that what is spoken character by character is found as well.
        let keyboard = self.app.global::<doorstep_ui::Keyboard>();
        texts.push(keyboard.get_composition().into());
        let rows = [
            taxi.get_phone_characters(),
            taxi.get_plate_characters(),
            speech.get_segments(),
            keyboard.get_candidates(),
            keyboard.get_syllables(),
        ];
        texts.extend(rows.iter().map(|row| row.iter().map(String::from).collect::<String>()));
        texts.extend(self.policy_texts());
        texts.retain(|text| !text.is_empty());
        texts
    }

    /// What the policies' pages hold of a person: answers, facts, what applies.
    fn policy_texts(&self) -> Vec<String> {
        let policy = self.app.global::<doorstep_ui::Policy>();
        let detail = policy.get_detail();
        let day = policy.get_typed_day();
        let mut held = vec![policy.get_typed(), day.year, day.month, day.day, policy.get_question()];
        held.extend([detail.title, detail.summary]);
        held.extend(policy.get_rows().iter().map(|row| row.title));
        let facts = policy.get_reasons().iter().map(|reason| reason.fact).collect::<Vec<_>>();
        for fact in facts.into_iter().chain(policy.get_answers().iter()) {
            held.extend([fact.text, fact.low, fact.high]);
        }
        held.into_iter().map(String::from).collect()
    }

    /// All labels on the screen, from top to bottom of the tree.
    #[must_use]
    pub fn labels(&self) -> Vec<String> {
        let all = self.app.root_element().query_descendants().match_predicate(|_| true).find_all();
        all.iter().filter(|element| self.is_on_screen(element)).filter_map(label_of).collect()
    }

    /// The controls on the screen: label, left, top, width and height in pixels.
    #[must_use]
    pub fn controls(&self) -> Vec<(String, [f32; 4])> {
        let all = self.app.root_element().query_descendants().match_accessible_role(AccessibleRole::Button).find_all();
        let place = |element: &ElementHandle| {
            let (at, size) = (element.absolute_position(), element.size());
            label_of(element).map(|label| (label, [at.x, at.y, size.width, size.height]))
        };
        all.iter().filter(|element| self.is_on_screen(element)).filter_map(place).collect()
    }

    /// Writes what is on the screen to a PNG file.
    ///
    /// # Errors
    /// No picture, or it cannot be written.
    pub fn picture(&self, path: &Path) -> Result<(), DriveError> {
        let picture = self.app.window().take_snapshot().map_err(DriveError::Snapshot)?;
        let named = |source| DriveError::Write { path: path.display().to_string(), source };
        let file = std::fs::File::create(path).map_err(named)?;
        let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), picture.width(), picture.height());
        encoder.set_color(png::ColorType::Rgba);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(DriveError::Encode)?;
        writer.write_image_data(picture.as_bytes()).map_err(DriveError::Encode)
    }
}

fn label_of(element: &ElementHandle) -> Option<String> {
    element.accessible_label().map(String::from).filter(|label| !label.is_empty())
}
