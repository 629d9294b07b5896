// SPDX-License-Identifier: GPL-3.0-only
//! A screen on which nothing happens asks for no frame and sets no timer: the terminal sleeps.

use crate::look::{Look, Mode};
use crate::stage::reset;
use crate::states;
use doorstep_ui::{App, Session};
use slint::platform::software_renderer::{MinimalSoftwareWindow, PremultipliedRgbaColor, RepaintBufferType};
use slint::platform::{Platform, PlatformError, WindowAdapter};
use slint::{ComponentHandle, PhysicalSize};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

/// How long nothing happens.
const IDLE_SECONDS: u32 = 300;

struct Board {
    window: Rc<MinimalSoftwareWindow>,
    now: Rc<Cell<Duration>>,
}

impl Platform for Board {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }
    fn duration_since_start(&self) -> Duration {
        self.now.get()
    }
}

/// A device's screen: draws only what is asked for, and counts.
struct Screen {
    app: App,
    window: Rc<MinimalSoftwareWindow>,
    now: Rc<Cell<Duration>>,
    pixels: Vec<PremultipliedRgbaColor>,
    width: usize,
}

impl Screen {
    fn new(width: u32, height: u32) -> Self {
        let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
        let now = Rc::new(Cell::new(Duration::ZERO));
        slint::platform::set_platform(Box::new(Board { window: window.clone(), now: now.clone() }))
            .expect("this thread has no other platform");
        let app = App::new().expect("the window opens");
        window.set_size(PhysicalSize::new(width, height));
        app.show().expect("the window shows");
        let pixels = vec![PremultipliedRgbaColor::default(); (width * height) as usize];
        Self { app, window, now, pixels, width: width as usize }
    }

    /// One turn of the event loop after `step`; the pixels drawn, 0 for no frame.
    fn turn(&mut self, step: Duration) -> u32 {
        self.now.set(self.now.get() + step);
        slint::platform::update_timers_and_animations();
        let mut drawn = 0;
        self.window.draw_if_needed(|renderer| {
            let region = renderer.render(&mut self.pixels, self.width).bounding_box_size();
            drawn = (region.width * region.height).max(1);
        });
        drawn
    }
}

#[test]
fn idle_terminal_draws_nothing_and_sleeps() {
    std::thread::scope(|scope| {
        scope.spawn(idle).join().expect("the idle terminal is still");
    });
}

fn idle() {
    let mut screen = Screen::new(1080, 1920);
    let states: Vec<_> = states::all().into_iter().filter(|state| matches!(state.name, "home" | "attract")).collect();
    assert_eq!(states.len(), 2);
    for state in &states {
        for mode in Mode::ALL {
            reset(&screen.app, Look { english: false, mode, landscape: false });
            (state.set)(&screen.app);
            for _ in 0..20 {
                screen.turn(Duration::from_millis(50));
            }
            let frames = (0..IDLE_SECONDS).filter(|_| screen.turn(Duration::from_secs(1)) > 0).count();
            assert_eq!(frames, 0, "{} {} draws while nothing happens", state.name, mode.name());
            let timer = slint::platform::duration_until_next_timer_update();
            assert_eq!(timer, None, "{} {} wakes up by itself", state.name, mode.name());
            // The counter is not blind: another minute is a frame, and a small one.
            let clock = if mode == Mode::Normal { "10:27" } else { "10:28" };
            screen.app.global::<Session>().set_clock(clock.into());
            let drawn = screen.turn(Duration::from_millis(16));
            let expected = state.name == "attract" || !mode.low();
            assert_eq!(drawn > 0, expected, "{} {} shows the minute", state.name, mode.name());
            assert!(drawn < 1080 * 1920 / 3, "{} {}: a minute draws {drawn} pixels", state.name, mode.name());
        }
    }
}
