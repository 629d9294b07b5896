// SPDX-License-Identifier: GPL-3.0-only
//! A window without a display, drawn by the software renderer, with a clock that only the test moves.

use crate::data;
use crate::look::{DENSITY, Look};
use crate::states::State;
use doorstep_ui::{App, Language, Session, Site};
use i_slint_backend_testing::{TestingBackend, TestingBackendOptions};
use slint::{ComponentHandle, PhysicalSize, Rgba8Pixel, SharedPixelBuffer};
use std::time::Duration;

/// Longer than any motion on the screens.
const SETTLED: Duration = Duration::from_millis(600);

/// The picture of a window.
pub type Picture = SharedPixelBuffer<Rgba8Pixel>;

/// One window; one a thread, because Slint has one platform a thread.
pub struct Stage {
    pub app: App,
}

impl Stage {
    fn new() -> Self {
        slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        })))
        .expect("this thread has no other platform");
        let app = App::new().expect("the window opens");
        app.show().expect("the window shows");
        Self { app }
    }

    /// Does `work` with a window of its own on a thread of its own.
    pub fn with<R: Send>(work: impl FnOnce(&Self) -> R + Send) -> R {
        std::thread::scope(|scope| scope.spawn(|| work(&Self::new())).join().expect("the stage stands"))
    }

    /// Brings a state about, whatever was shown before.
    pub fn show(&self, state: &State, look: Look) {
        let (width, height) = look.size();
        self.app.window().set_size(PhysicalSize::new(width, height));
        slint::select_bundled_translation(if look.english { "en" } else { "" }).expect("both languages are bundled");
        reset(&self.app, look);
        (state.set)(&self.app);
        self.settle();
    }

    /// Lets every motion end and everything new come into being.
    pub fn settle(&self) {
        i_slint_backend_testing::mock_elapsed_time(SETTLED);
    }

    pub fn picture(&self) -> Picture {
        self.app.window().take_snapshot().expect("the software renderer draws")
    }
}

/// The start of a session at a fixed hour.
pub fn reset(app: &App, look: Look) {
    data::reset(app, look.english);
    app.global::<Site>().set_pixels_per_mm(DENSITY);
    let session = app.global::<Session>();
    session.set_language(if look.english { Language::En } else { Language::Zh });
    session.set_elder(look.mode.elder());
    session.set_high_contrast(look.mode.contrast());
    session.set_low_reach(look.mode.low());
    session.set_read_aloud(look.mode.elder() && look.mode.contrast());
    session.set_clock("10:26".into());
    session.set_month(11);
    session.set_day(22);
    session.set_weekday(7);
    session.set_drift_x(0);
    session.set_drift_y(0);
    session.set_call_interrupted(false);
    let taxi = app.global::<doorstep_ui::Taxi>();
    taxi.set_destination_page(0);
    taxi.set_destination_pages(1);
}
