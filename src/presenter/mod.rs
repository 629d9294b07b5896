// SPDX-License-Identifier: GPL-3.0-only
//! The only user of Slint: pictures go onto the screen, taps come off it.
//!
//! One task on the event loop reads the latest [`ViewState`] from a watch channel and sets what changed; the
//! callbacks put taps into a bounded channel. Nothing else touches the screen.

mod apply;
mod display;
pub mod driven;
pub mod keyboard;
mod library;
pub mod panel;
mod policy;
mod wire;

use std::rc::Rc;
use std::time::Duration;

use doorstep_ui::{App, LibrarySlipWords, SlipWords, Speech};
use slint::{ComponentHandle, Model, PlatformError};
use thiserror::Error;
use tokio::sync::{mpsc, watch};

pub use display::{DisplayError, ensure_system_font, select_backend};

use crate::domain::kiosk::{Prompt, Screen, Tap, ViewState};
use crate::domain::library::desk::{LibraryPrompt, LibraryScreen};
use crate::domain::policy::visit::Speed;
use crate::domain::session::Language;
use crate::protocol::{BorrowerLabels, FaultCode, SlipLabels, SlipWording};
use crate::settings::Settings;

/// The name of the bundled English translation; Chinese is the source.
const ENGLISH: &str = "en";
/// Fewer pixels than this differ from the background when the font draws nothing.
const INK_PIXELS: usize = 500;
/// So long after the start the first page is looked at.
const FONT_CHECK_AFTER: Duration = Duration::from_secs(2);

/// What the voice is to say.
#[derive(Clone, PartialEq, Eq)]
pub struct SpokenLine {
    /// Fixed phrases, single characters and numbers, in their order.
    pub segments: Vec<String>,
    /// Language of the segments.
    pub language: Language,
    /// It does not wait for what is being said.
    pub urgent: bool,
    /// What is being said belongs to a page that was left, or is to be said again: it ends at once.
    pub replaces: bool,
}

impl std::fmt::Debug for SpokenLine {
    // A plate may be in it.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SpokenLine({} segments)", self.segments.len())
    }
}

/// What the screen wants of the voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VoiceOrder {
    /// Say this.
    Say(SpokenLine),
    /// Read this long text, sentence by sentence.
    Read(SpokenLine),
    /// Stop reading for a moment.
    Pause,
    /// Go on reading.
    GoOn,
    /// Read so fast.
    SetSpeed(Speed),
    /// Read no more.
    StopReading,
}

/// The screen could not be made.
#[derive(Debug, Error)]
pub enum PresenterError {
    /// No window or screen.
    #[error("the screen cannot be opened")]
    Open(#[source] PlatformError),
    /// The bundled translation is missing.
    #[error("the English texts are not in the program")]
    Translation(#[source] slint::SelectBundledTranslationError),
    /// The event loop ended with an error.
    #[error("the screen's event loop failed")]
    EventLoop(#[source] PlatformError),
    /// The task that shows pictures cannot be started.
    #[error("the screen's task cannot be started")]
    Task(#[source] slint::EventLoopError),
}

/// The screen.
pub struct Presenter {
    app: App,
    settings: Rc<Settings>,
}

impl std::fmt::Debug for Presenter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Presenter")
    }
}

impl Presenter {
    /// Makes the screen, not yet shown.
    ///
    /// # Errors
    /// No backend, no window, a damaged program.
    pub fn new(settings: &Settings) -> Result<Self, PresenterError> {
        let app = App::new().map_err(PresenterError::Open)?;
        // The system's locale must not choose the language of a kiosk.
        select_language(Language::Zh)?;
        let presenter = Self { app, settings: Rc::new(settings.clone()) };
        apply::site(&presenter.app, &presenter.settings, Language::Zh);
        Ok(presenter)
    }

    /// The words of the slip in both languages.
    ///
    /// # Errors
    /// The translation is missing.
    pub fn slip_wording(&self) -> Result<SlipWording, PresenterError> {
        let zh = self.slip_labels();
        select_language(Language::En)?;
        apply::site(&self.app, &self.settings, Language::En);
        let en = self.slip_labels();
        select_language(Language::Zh)?;
        apply::site(&self.app, &self.settings, Language::Zh);
        Ok(SlipWording { zh, en })
    }

    fn slip_labels(&self) -> SlipLabels {
        let words = self.app.global::<SlipWords>();
        SlipLabels {
            title: words.get_title().into(),
            place: words.get_place().into(),
            plate: words.get_plate().into(),
            car: words.get_car().into(),
            driver: words.get_driver().into(),
            pickup: words.get_pickup().into(),
            destination: words.get_destination().into(),
            taxi_phone: words.get_taxi_phone().into(),
            order_number: words.get_order_number().into(),
            time: words.get_time().into(),
            arrival_pattern: words.get_arrival_pattern().into(),
            footer: words.get_footer().into(),
            help: words.get_help().into(),
            library: self.borrower_labels(),
            policy: policy::labels(&self.app),
        }
    }

    fn borrower_labels(&self) -> BorrowerLabels {
        let words = self.app.global::<LibrarySlipWords>();
        BorrowerLabels {
            title: words.get_title().into(),
            borrower: words.get_borrower().into(),
            lent: words.get_lent().into(),
            returned: words.get_returned().into(),
            noted: words.get_noted().into(),
            refused: words.get_refused().into(),
            checked: words.get_checked().into(),
            due: words.get_due().into(),
            date_pattern: words.get_date_pattern().into(),
            months: words.get_months().iter().map(String::from).collect(),
            no_due: words.get_no_due().into(),
            time: words.get_time().into(),
            footer: words.get_footer().into(),
            help: words.get_help().into(),
        }
    }

    /// Connects the screen with the loop: taps go into `taps`, pictures come from `views`, what is to be
    /// spoken goes to `voice`, which must not block.
    ///
    /// # Errors
    /// The event loop is gone.
    pub fn connect(
        &self,
        taps: mpsc::Sender<Tap>,
        mut views: watch::Receiver<ViewState>,
        voice: impl Fn(VoiceOrder) + 'static,
    ) -> Result<(), PresenterError> {
        let keyboard = keyboard::Keyboard::connect(&self.app, wire::typed(taps.clone()));
        wire::callbacks(&self.app, taps);
        let weak = self.app.as_weak();
        let settings = Rc::clone(&self.settings);
        let mut shown = views.borrow_and_update().clone();
        let mut library = library::Shown::new(&settings);
        apply::view(&self.app, &settings, &mut library, None, &shown);
        keyboard.follow(place(&shown));
        slint::spawn_local(async move {
            while views.changed().await.is_ok() {
                let view = views.borrow_and_update().clone();
                let Some(app) = weak.upgrade() else { break };
                if view.language != shown.language && select_language(view.language).is_ok() {
                    apply::site(&app, &settings, view.language);
                }
                apply::view(&app, &settings, &mut library, Some(&shown), &view);
                keyboard.follow(place(&view));
                if view.spoken != shown.spoken {
                    voice(VoiceOrder::Say(spoken_line(&app, &shown, &view)));
                }
                policy::reading(&app, &shown, &view).into_iter().for_each(&voice);
                shown = view;
            }
        })
        .map_err(PresenterError::Task)?;
        Ok(())
    }

    /// Shows the screen and runs the event loop until [`quit`].
    ///
    /// # Errors
    /// No screen, or the event loop fails.
    pub fn run(&self) -> Result<(), PresenterError> {
        self.show()?;
        self.check_font_soon();
        slint::run_event_loop_until_quit().map_err(PresenterError::EventLoop)
    }

    fn show(&self) -> Result<(), PresenterError> {
        let display = &self.settings.display;
        let window = self.app.window();
        window.set_size(slint::PhysicalSize::new(display.width_px, display.height_px));
        if display.fullscreen {
            window.set_fullscreen(true);
        }
        self.app.show().map_err(PresenterError::Open)?;
        apply::density(&self.app, &self.settings);
        Ok(())
    }

    /// Looks at the first page once it is on the screen, so that the look costs the start nothing.
    fn check_font_soon(&self) {
        let app = self.app.as_weak();
        slint::Timer::single_shot(FONT_CHECK_AFTER, move || {
            let code = FaultCode::FontMissing;
            if app.upgrade().is_some_and(|app| !font_draws(&app)) {
                tracing::error!(code = code.code(), help = code.help(), "the first page has no ink");
            }
        });
    }

    /// Whether the bundled font draws: without it a screen is blank, with no error from anybody.
    #[must_use]
    pub fn font_draws(&self) -> bool {
        font_draws(&self.app)
    }
}

fn font_draws(app: &App) -> bool {
    // No picture is no proof that the font fails: a backend may give none.
    let Ok(picture) = app.window().take_snapshot() else { return true };
    let pixels = picture.as_slice();
    let Some(paper) = pixels.first() else { return false };
    pixels.iter().filter(|pixel| *pixel != paper).count() > INK_PIXELS
}

/// Runs `work` on the event loop, beside the screen.
///
/// # Errors
/// There is no event loop.
pub fn spawn(work: impl Future<Output = ()> + 'static) -> Result<(), PresenterError> {
    slint::spawn_local(work).map(|_| ()).map_err(PresenterError::Task)
}

/// Ends the event loop from any thread.
pub fn quit() {
    // Fails only when there is no loop to end.
    let _ = slint::quit_event_loop();
}

fn select_language(language: Language) -> Result<(), PresenterError> {
    let name = match language {
        Language::Zh => "",
        Language::En => ENGLISH,
    };
    slint::select_bundled_translation(name).map_err(PresenterError::Translation)
}

/// Where the resident is, for the keyboard.
fn place(view: &ViewState) -> keyboard::Place {
    keyboard::Place {
        session: view.screen != Screen::Attract,
        page: view.screen == Screen::Library(LibraryScreen::Search),
        elder: view.modes.elder,
        language: view.language,
    }
}

fn spoken_line(app: &App, before: &ViewState, view: &ViewState) -> SpokenLine {
    let segments = app.global::<Speech>().get_segments();
    SpokenLine {
        segments: segments.iter().map(String::from).filter(|segment| !segment.is_empty()).collect(),
        language: view.language,
        urgent: matches!(
            view.prompt,
            Prompt::Library(LibraryPrompt::DoorRemind | LibraryPrompt::Confirm)
                | Prompt::StillThere
                | Prompt::TaxiAccepted
                | Prompt::TaxiCannotCancel
        ),
        replaces: view.prompt == before.prompt
            || matches!(
                view.prompt,
                Prompt::Library(_)
                    | Prompt::Policy(_)
                    | Prompt::Home
                    | Prompt::Help
                    | Prompt::TaxiStart
                    | Prompt::TaxiPhone
                    | Prompt::TaxiDestination
            ),
    }
}
