// SPDX-License-Identifier: GPL-3.0-only
//! An ID card, from the moment it is laid down until the list of 10,000 policies stands on the screen: the program as it
//! ships, with a reader on a pty at 115,200 baud and a signed bundle; watched and tapped from outside.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use doorstep_drivers::card_reader::sdt::sim::{CardBehaviour, IdReader, SimCard};
use doorstep_drivers::sim::{Sim, SimWire};

use super::folder;
use super::rules::{self, Dice, Person, Rule};
use crate::process::Running;
use crate::report::{Report, Target, percentile};
use crate::screen::{Picture, Screen};
use crate::{Outcome, Setup};

/// Residents that count.
const RESIDENTS: usize = 60;
/// So many more may be laid down in place of those in whose time the minute turned.
const SPARE: usize = 20;
/// Who has a card of their own.
const YOUNGEST: i64 = 16;
/// Bits a second, ten of them a byte.
const BAUD: u32 = 115_200;
/// Answers of one card: found, selected, text and photo, no newest address.
const ANSWER_BYTES: u32 = 15 + 19 + 1295 + 11;
/// A start is over when nothing was drawn for so long.
const STARTED: Duration = Duration::from_millis(1500);
/// A page stands when nothing was drawn for so long; it takes no taps for the first 400 ms.
const STANDS: Duration = Duration::from_millis(500);
/// The list stands when nothing was drawn for so long.
const LIST_STANDS: Duration = Duration::from_millis(400);
/// Who does nothing for so long is asked whether they are still there, and after so long more has gone. There is no key
/// that ends a visit while questions wait; nobody else's session is so short.
const IDLE_S: f64 = 1.5;
const WARNING_S: f64 = 0.3;
/// And so long later the first screen stands; the reader, which looks every 300 ms while nobody is asked for a card, has
/// noticed by then that it was taken away.
const LEFT: Duration = Duration::from_millis(600);
/// Nothing takes longer; reading the bundle takes longest.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where there is something to tap, in thousandths of width and height.
mod place {
    /// Anywhere on the first screen.
    pub const WAKE: (u32, u32) = (500, 500);
    /// The second tile of the home screen.
    pub const POLICIES: (u32, u32) = (733, 417);
    /// Consent to the card being read: the lowest key of the first page.
    pub const AGREE: (u32, u32) = (500, 796);
}

/// Measures and adds the figures.
pub fn compare(setup: &Setup, rules: &[Rule], report: &mut Report) -> Outcome<()> {
    eprintln!("bench: policy, through the screen");
    let work = setup.work.join("policy");
    let _ = std::fs::remove_dir_all(&work);
    std::fs::create_dir_all(&work)?;
    let begun = Instant::now();
    let policies = folder::bundle(&setup.program, &work, rules)?;
    eprintln!("bench: bundle of {} policies made in {:.1} s", rules.len(), begun.elapsed().as_secs_f64());
    let link = work.join("id-reader");
    let reader = Sim::start("bench-id-reader", IdReader::new(), SimWire::Pty(link.clone()))?;
    reader.order(&format!("baud {BAUD}"))?;
    let config = settings(&setup.config, &work, &link, &policies)?;
    let screen = Screen::start()?;
    let mut command = Command::new(&setup.program);
    command.arg("terminal").arg("--config").arg(config);
    let log = work.join("terminal.log");
    let mut running = Running::start(&mut command, &screen.display, &log)?;
    let explain = |error: Box<dyn std::error::Error>| format!("policy: {error}; its words are in {}", log.display());
    let mut visits = Visits { screen: &screen, reader: Arc::new(reader), shown: Vec::new() };
    let mut beyond = visits.all(&work, &mut running).map_err(explain)?;
    let wire = Some(("the wire at 115,200 baud", wire_ms()));
    let [middle, worst] = [0.5, 0.99].map(|share| percentile(&mut beyond, share));
    report.add("card to the list of 10,000 on the screen, p50", "ms", middle, wire, Target::None);
    report.add("card to the list of 10,000 on the screen, p99", "ms", worst, wire, Target::AtMost(50.0));
    Ok(())
}

fn wire_ms() -> f64 {
    f64::from(ANSWER_BYTES) * 10.0 / f64::from(BAUD) * 1000.0
}

/// The settings that are measured, with the reader and the policies, and a data folder of their own.
fn settings(base: &Path, work: &Path, link: &Path, policies: &str) -> Outcome<std::path::PathBuf> {
    let data = work.join("data");
    std::fs::create_dir_all(&data)?;
    let base = std::fs::read_to_string(base)?;
    let lines = base.lines().map(|line| match line.starts_with("data_directory") {
        true => format!("data_directory = \"{}\"\n", data.display()),
        false => format!("{line}\n"),
    });
    let text = format!(
        "{}\n[session]\nidle_s = {IDLE_S}\nwarning_s = {WARNING_S}\n\n{}\n[[device]]\nname = \"id\"\ndriver = \"sdt\"\npath = \"{}\"\nconnection = \"serial\"\n\n\
         [roles]\nid_reader = \"id\"\n",
        lines.collect::<String>(),
        policies,
        link.display()
    );
    let path = work.join("terminal.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

/// A number by GB 11643, and the card of an invented person with it.
fn card(person: &Person, dice: &mut Dice) -> Outcome<SimCard> {
    let born = format!("{:04}{:02}{:02}", person.born.year, person.born.month, person.born.day);
    let mut number = format!("{}{born}{:03}", person.county, 1 + dice.below(999));
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = number.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let sex = if number.ends_with(['1', '3', '5', '7', '9']) { "male" } else { "female" };
    number.push(char::from(b"10X98765432"[(sum % 11) as usize]));
    Ok(SimCard::from_words("resident", &[("birth", &born), ("sex", sex), ("number", &number)])?)
}

fn minute() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() / 60)
}

/// One after the other, before one screen.
struct Visits<'a> {
    screen: &'a Screen,
    reader: Arc<Sim<IdReader>>,
    /// Pages that no list may look like: the page that asks for a card, the one that could not read it, former lists.
    shown: Vec<Picture>,
}

impl Visits<'_> {
    /// Milliseconds beyond the wire, one for each resident.
    fn all(&mut self, work: &Path, running: &mut Running) -> Outcome<Vec<f64>> {
        self.screen.pictures_until_quiet(STARTED, PATIENCE)?;
        let live = work.join("data/policy/current.bundle");
        while !live.exists() {
            if !running.is_alive() || running.started.elapsed() > PATIENCE {
                return Err("the policies do not go live".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        eprintln!("bench: policies live {:.1} s after the start", running.started.elapsed().as_secs_f64());
        thread::sleep(STARTED);
        self.unreadable()?;
        let mut dice = Dice(20_261_123);
        let people = rules::people(4 * (RESIDENTS + SPARE)).into_iter().filter(|person| person.age >= YOUNGEST);
        let (mut beyond, mut repeated) = (Vec::new(), 0);
        for (round, person) in people.take(1 + RESIDENTS + SPARE).enumerate() {
            match self.visit(card(&person, &mut dice)?, round as u64)? {
                // The first one opens the device and draws the first letters.
                Some(_) if round == 0 => {}
                Some(time) => beyond.push(time),
                None => repeated += 1,
            }
            if beyond.len() == RESIDENTS {
                break;
            }
        }
        eprintln!("bench: {repeated} repeated because the minute turned");
        if beyond.len() < RESIDENTS {
            return Err(format!("only {} residents of {RESIDENTS} saw their list", beyond.len()).into());
        }
        Ok(beyond)
    }

    /// Taps and waits until another page stands, of which it gives the picture.
    fn go(&self, place: (u32, u32)) -> Outcome<Picture> {
        let before = self.screen.picture()?;
        self.screen.tap(place, STANDS)?;
        let after = self.screen.picture()?;
        if after == before {
            return Err(format!("a tap at {place:?} changes nothing").into());
        }
        Ok(after)
    }

    /// From the first screen to the page that asks for a card.
    fn come(&self) -> Outcome<Picture> {
        self.go(place::WAKE)?;
        self.go(place::POLICIES)?;
        self.go(place::AGREE)
    }

    /// Takes the card away and goes.
    fn leave(&self) {
        self.reader.with(IdReader::remove);
        thread::sleep(Duration::from_secs_f64(IDLE_S + WARNING_S) + LEFT);
    }

    /// A card that cannot be read, so that its page is known and not taken for a list.
    fn unreadable(&mut self) -> Outcome<()> {
        let asks = self.come()?;
        self.screen.forget();
        self.reader.with(|sim| sim.present(SimCard::resident().behaving(CardBehaviour::Unreadable)));
        if self.screen.frames(LIST_STANDS, PATIENCE).is_empty() {
            return Err("an unreadable card shows nothing".into());
        }
        self.shown = vec![asks, self.screen.picture()?];
        self.leave();
        Ok(())
    }

    /// One resident: milliseconds beyond the wire; nothing where the minute turned meanwhile, which draws as well.
    fn visit(&mut self, card: SimCard, round: u64) -> Outcome<Option<f64>> {
        let asks = self.come()?;
        if self.shown.first() != Some(&asks) {
            return Err("the page that asks for a card does not come".into());
        }
        // At all points of the interval between two searches.
        thread::sleep(Duration::from_micros(200_000 + round * 7_919 % 20_000));
        let now = minute();
        self.screen.forget();
        let laid_down = Instant::now();
        self.reader.with(|sim| sim.present(card));
        let frames = self.screen.frames(LIST_STANDS, PATIENCE);
        let list = self.screen.picture()?;
        let last = frames.last().ok_or("no list comes")?;
        if self.shown.contains(&list) {
            return Err("what comes is no list of this resident's".into());
        }
        let undisturbed = now == minute();
        self.shown.push(list);
        self.leave();
        let time = last.duration_since(laid_down).as_secs_f64() * 1000.0 - wire_ms();
        if time < 0.0 {
            return Err("the list stood before the card was read".into());
        }
        Ok(undisturbed.then_some(time))
    }
}
