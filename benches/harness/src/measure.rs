// SPDX-License-Identifier: GPL-3.0-only
//! Start, memory, taps and idling: of the terminal, and of Chromium showing an equal page.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::process::Running;
use crate::report::{Report, Target, median, percentile};
use crate::screen::Screen;
use crate::{Outcome, Setup, browser};

/// Starts that count, after one that only warms the caches of the disk.
const STARTS: usize = 5;
/// Taps that count, there and back.
const TAPS: usize = 200;
/// How long idling is watched.
const IDLE: Duration = Duration::from_secs(60);
/// A start is over when nothing was drawn for so long.
const STARTED: Duration = Duration::from_millis(1500);
/// A tap is answered when nothing was drawn for so long.
const ANSWERED: Duration = Duration::from_millis(120);
/// Nothing takes longer than this.
const PATIENCE: Duration = Duration::from_secs(40);
/// A rest before each measurement, so that what went before does not weigh on it.
const REST: Duration = Duration::from_secs(2);

/// Where there is something to tap, in thousandths of width and height.
struct Places {
    /// Wakes the first screen; `None` where the home screen is the first.
    wake: Option<(u32, u32)>,
    /// The help button of the home screen.
    help: (u32, u32),
    /// The way home, top left.
    home: (u32, u32),
}

/// What was measured of one program.
#[derive(Default)]
struct Figures {
    first_ms: f64,
    home_ms: f64,
    pss_mib: f64,
    tap_p50_ms: f64,
    tap_p99_ms: f64,
    idle_frames: f64,
    idle_cpu_percent: f64,
}

/// Measures both and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    let screen = Screen::start()?;
    let program = || {
        let mut command = Command::new(&setup.program);
        command.arg("terminal").arg("--config").arg(&setup.config);
        command
    };
    let places = Places { wake: Some((500, 500)), help: (500, 882), home: (98, 49) };
    eprintln!("bench: terminal");
    let ours = figures(setup, &screen, "terminal", program, &places)?;
    let peer = match &setup.chromium {
        None => {
            eprintln!("bench: no Chromium, nothing to compare with");
            None
        }
        Some(chromium) => {
            let name = browser::version(chromium);
            eprintln!("bench: {name}");
            let profile = setup.work.join("chromium-profile");
            let places = Places { wake: None, help: (500, 882), home: (98, 49) };
            let command = || browser::command(chromium, &setup.page, &profile);
            Some((name, figures(setup, &screen, "chromium", command, &places)?))
        }
    };
    tell(report, &ours, peer.as_ref());
    Ok(())
}

fn tell(report: &mut Report, ours: &Figures, peer: Option<&(String, Figures)>) {
    let beside = |figure: fn(&Figures) -> f64| peer.map(|(name, figures)| (name.as_str(), figure(figures)));
    report.add("start to first finished frame", "ms", ours.first_ms, beside(|f| f.first_ms), Target::None);
    report.add("start to home screen", "ms", ours.home_ms, beside(|f| f.home_ms), Target::PeerOverOurs(10.0));
    report.add(
        "memory at the home screen (PSS)",
        "MiB",
        ours.pss_mib,
        beside(|f| f.pss_mib),
        Target::PeerOverOurs(5.0),
    );
    report.add("tap to finished frame, p50", "ms", ours.tap_p50_ms, beside(|f| f.tap_p50_ms), Target::None);
    report.add("tap to finished frame, p99", "ms", ours.tap_p99_ms, beside(|f| f.tap_p99_ms), Target::AtMost(16.0));
    report.add("idle: frames in a minute", "frames", ours.idle_frames, beside(|f| f.idle_frames), Target::AtMost(0.0));
    let cpu = beside(|f| f.idle_cpu_percent);
    report.add("idle: processor", "% of a core", ours.idle_cpu_percent, cpu, Target::AtMost(0.5));
}

fn figures(
    setup: &Setup,
    screen: &Screen,
    name: &str,
    command: impl Fn() -> Command,
    places: &Places,
) -> Outcome<Figures> {
    let log = setup.work.join(format!("{name}.log"));
    let start = || Running::start(&mut command(), &screen.display, &log);
    let explain = |error: Box<dyn std::error::Error>| format!("{name}: {error}; its words are in {}", log.display());

    let mut first = Vec::new();
    let mut home = Vec::new();
    for round in 0..=STARTS {
        settle(screen);
        let mut running = start()?;
        let shown = started(screen, &mut running).map_err(explain)?;
        let woken = match places.wake {
            Some(place) => answer(screen, place).map_err(explain)?,
            None => 0.0,
        };
        if round > 0 {
            first.push(shown);
            home.push(shown + woken);
        }
    }

    settle(screen);
    let mut running = start()?;
    started(screen, &mut running).map_err(explain)?;
    thread::sleep(REST);
    let before = running.cpu_seconds();
    let watched = Instant::now();
    let idle_frames = screen.count_frames(IDLE) as f64;
    let idle_cpu_percent = (running.cpu_seconds() - before) / watched.elapsed().as_secs_f64() * 100.0;

    if let Some(place) = places.wake {
        answer(screen, place).map_err(explain)?;
    }
    thread::sleep(REST);
    let pss_mib = running.pss_mib();
    let mut taps = taps(screen, places).map_err(explain)?;
    Ok(Figures {
        first_ms: median(&mut first),
        home_ms: median(&mut home),
        pss_mib,
        tap_p50_ms: percentile(&mut taps, 0.5),
        tap_p99_ms: percentile(&mut taps, 0.99),
        idle_frames,
        idle_cpu_percent,
    })
}

/// Lets the display come to rest after a program has ended.
fn settle(screen: &Screen) {
    thread::sleep(REST);
    screen.forget();
}

/// Milliseconds from the start of the program to the first frame that shows what it then goes on showing.
fn started(screen: &Screen, running: &mut Running) -> Outcome<f64> {
    let frames = screen.pictures_until_quiet(STARTED, PATIENCE)?;
    if !running.is_alive() {
        return Err("it ended by itself".into());
    }
    if !screen.shows_something()? {
        return Err("it shows an empty window".into());
    }
    let last = frames.last().ok_or("nothing was drawn")?.1;
    let finished = frames.iter().find(|(_, picture)| *picture == last).ok_or("nothing was drawn")?.0;
    Ok(finished.duration_since(running.started).as_secs_f64() * 1000.0)
}

/// Milliseconds from a tap to the frame after which nothing more is drawn.
fn answer(screen: &Screen, place: (u32, u32)) -> Outcome<f64> {
    let before = screen.picture()?;
    let (lifted, frames) = screen.tap(place, ANSWERED)?;
    let last = frames.last().ok_or_else(|| format!("nothing answers a tap at {place:?}"))?;
    if screen.picture()? == before {
        return Err(format!("a tap at {place:?} changes nothing").into());
    }
    Ok(last.duration_since(lifted).as_secs_f64() * 1000.0)
}

/// Home to help and back.
fn taps(screen: &Screen, places: &Places) -> Outcome<Vec<f64>> {
    let mut times = Vec::with_capacity(TAPS);
    for turn in 0..TAPS + 2 {
        let time = answer(screen, if turn % 2 == 0 { places.help } else { places.home })?;
        // The first visit of a page draws its letters for the first time: counted as well, but for the very first pair,
        // which the start has just gone before.
        if turn >= 2 {
            times.push(time);
        }
    }
    Ok(times)
}
