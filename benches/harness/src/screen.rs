// SPDX-License-Identifier: GPL-3.0-only
//! A display without a screen on which both programs are watched and tapped in the same way.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, ImageFormat, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::Outcome;

/// Width of the screen in pixels.
pub const WIDTH: u16 = 1080;
/// Height of the screen in pixels.
pub const HEIGHT: u16 = 1920;
/// What is drawn within so long belongs to one frame.
const ONE_FRAME: Duration = Duration::from_millis(4);
/// How long a finger rests on the glass.
const PRESS: Duration = Duration::from_millis(40);

/// A picture of the screen, as a number: equal pictures have equal numbers.
pub type Picture = u64;

/// An X server without a screen, and two connections to it: one that sees what is drawn, one that taps and looks.
pub struct Screen {
    server: Child,
    /// Such as `:5`.
    pub display: String,
    hands: RustConnection,
    root: u32,
    drawn: Receiver<Instant>,
}

impl Screen {
    /// Starts the server on a free display.
    pub fn start() -> Outcome<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", &format!("{WIDTH}x{HEIGHT}x24"), "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("Xvfb: {error}"))?;
        let mut number = String::new();
        let output = server.stdout.take().ok_or("Xvfb has no output")?;
        BufReader::new(output).read_line(&mut number)?;
        let display = format!(":{}", number.trim());
        let (hands, index) = x11rb::connect(Some(&display))?;
        let root = hands.setup().roots.get(index).ok_or("no screen")?.root;
        let drawn = watch(&display)?;
        Ok(Self { server, display, hands, root, drawn })
    }

    /// Forgets what was drawn so far.
    pub fn forget(&self) {
        while self.drawn.try_recv().is_ok() {}
    }

    /// What the screen shows.
    pub fn picture(&self) -> Outcome<Picture> {
        let all = u32::MAX;
        let image = self.hands.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, WIDTH, HEIGHT, all)?.reply()?;
        let mut hasher = DefaultHasher::new();
        image.data.hash(&mut hasher);
        Ok(hasher.finish())
    }

    /// Whether the screen shows more than a few colours: an empty window is no finished page.
    pub fn shows_something(&self) -> Outcome<bool> {
        let image = self.hands.get_image(ImageFormat::Z_PIXMAP, self.root, 0, 0, WIDTH, HEIGHT, u32::MAX)?.reply()?;
        let colours: std::collections::BTreeSet<&[u8]> = image.data.chunks_exact(4).take(2_000_000).collect();
        Ok(colours.len() > 16)
    }

    /// Waits until something is drawn and then nothing for `quiet`; answers with each frame's time and the picture
    /// after it. Nothing at all within `patience` is an error.
    pub fn pictures_until_quiet(&self, quiet: Duration, patience: Duration) -> Outcome<Vec<(Instant, Picture)>> {
        let mut frames = Vec::new();
        let give_up = Instant::now() + patience;
        loop {
            let limit = if frames.is_empty() { give_up.saturating_duration_since(Instant::now()) } else { quiet };
            match self.drawn.recv_timeout(limit) {
                Ok(mut at) => {
                    // What waits already is in the picture that is taken now.
                    while let Ok(later) = self.drawn.try_recv() {
                        at = later;
                    }
                    frames.push((at, self.picture()?));
                }
                Err(RecvTimeoutError::Timeout) if frames.is_empty() => return Err("nothing was drawn".into()),
                Err(RecvTimeoutError::Timeout) => return Ok(frames),
                Err(RecvTimeoutError::Disconnected) => return Err("the display is gone".into()),
            }
            if Instant::now() > give_up {
                return Err("it never stopped drawing".into());
            }
        }
    }

    /// Taps at a place given in thousandths of width and height; answers with the times of all frames from the
    /// moment the finger leaves the glass until nothing is drawn for `quiet`.
    pub fn tap(&self, place: (u32, u32), quiet: Duration) -> Outcome<(Instant, Vec<Instant>)> {
        let x = i16::try_from(place.0 * u32::from(WIDTH) / 1000)?;
        let y = i16::try_from(place.1 * u32::from(HEIGHT) / 1000)?;
        self.input(MOTION_NOTIFY_EVENT, 0, x, y)?;
        self.input(BUTTON_PRESS_EVENT, 1, x, y)?;
        thread::sleep(PRESS);
        self.forget();
        let lifted = Instant::now();
        self.input(BUTTON_RELEASE_EVENT, 1, x, y)?;
        Ok((lifted, self.frames(quiet, Duration::from_secs(2))))
    }

    /// The times of the frames until nothing is drawn for `quiet`; none when nothing is drawn within `patience`.
    pub fn frames(&self, quiet: Duration, patience: Duration) -> Vec<Instant> {
        let mut times: Vec<Instant> = Vec::new();
        loop {
            let limit = if times.is_empty() { patience } else { quiet };
            let Ok(at) = self.drawn.recv_timeout(limit) else { return times };
            match times.last_mut() {
                Some(last) if at.duration_since(*last) < ONE_FRAME => *last = at,
                _ => times.push(at),
            }
        }
    }

    /// How many frames are drawn in `span`.
    pub fn count_frames(&self, span: Duration) -> usize {
        self.forget();
        let until = Instant::now() + span;
        let mut last: Option<Instant> = None;
        let mut frames = 0;
        while let Ok(at) = self.drawn.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if last.is_none_or(|last| at.duration_since(last) >= ONE_FRAME) {
                frames += 1;
            }
            last = Some(at);
        }
        frames
    }

    fn input(&self, kind: u8, button: u8, x: i16, y: i16) -> Outcome<()> {
        self.hands.xtest_fake_input(kind, button, x11rb::CURRENT_TIME, self.root, x, y, 0)?.check()?;
        self.hands.flush()?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Tells the moment of everything that is drawn anywhere on the display. A thread of its own, so that taking a picture
/// delays no time.
fn watch(display: &str) -> Outcome<Receiver<Instant>> {
    let (eyes, index) = x11rb::connect(Some(display))?;
    let root = eyes.setup().roots.get(index).ok_or("no screen")?.root;
    eyes.damage_query_version(1, 1)?.reply()?;
    let damage = eyes.generate_id()?;
    eyes.damage_create(damage, root, ReportLevel::RAW_RECTANGLES)?.check()?;
    let (told, drawn) = channel();
    thread::spawn(move || {
        while let Ok(event) = eyes.wait_for_event() {
            let at = Instant::now();
            if matches!(event, Event::DamageNotify(_)) && told.send(at).is_err() {
                return;
            }
        }
    });
    Ok(drawn)
}
