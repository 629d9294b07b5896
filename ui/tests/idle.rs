// SPDX-License-Identifier: GPL-3.0-only
//! A screen on which nothing happens draws nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod scenes;

use doorstep_ui::App;
use scenes::{SCENES, reset};
use slint::platform::software_renderer::{MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType};
use slint::platform::{Platform, PlatformError, WindowAdapter};
use slint::{ComponentHandle, PhysicalSize};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

struct Bench {
    window: Rc<MinimalSoftwareWindow>,
    now: Rc<Cell<Duration>>,
}

impl Platform for Bench {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }
    fn duration_since_start(&self) -> Duration {
        self.now.get()
    }
}

#[test]
fn idle_screens_draw_no_frames() {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
    let now = Rc::new(Cell::new(Duration::ZERO));
    let bench = Bench { window: window.clone(), now: now.clone() };
    slint::platform::set_platform(Box::new(bench)).unwrap();
    let app = App::new().unwrap();
    window.set_size(PhysicalSize::new(1080, 1920));
    app.show().unwrap();
    let mut pixels = vec![PremultipliedRgbaColor::default(); 1080 * 1920];
    let mut frame = || {
        slint::platform::update_timers_and_animations();
        window.draw_if_needed(|renderer| {
            renderer.render(&mut pixels, 1080);
        })
    };
    for scene in SCENES {
        reset(&app, false);
        (scene.set)(&app);
        // Whatever moves towards its place has arrived after a second.
        let mut drawn = 0;
        for _ in 0..10 {
            drawn += u32::from(frame());
            now.set(now.get() + Duration::from_millis(100));
        }
        assert!(drawn > 0 || scene.name == SCENES[0].name, "{} never drew", scene.name);
        for second in 0..60 {
            assert!(!frame(), "{} draws in idle second {second}", scene.name);
            now.set(now.get() + Duration::from_secs(1));
        }
    }
}
