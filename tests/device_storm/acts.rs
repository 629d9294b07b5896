// SPDX-License-Identifier: GPL-3.0-only
//! What is done with each device: whole commands, as the terminal gives them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use doorstep::devices::slip_printer::{PrintReport, SlipPrinter};
use doorstep::devices::supervisor::{CommandError, Health, Supervisor};
use doorstep::protocol::FaultCode;
use doorstep_drivers::barcode::BarcodeReader;
use doorstep_drivers::camera::{Camera, FormatRequest};
use doorstep_drivers::card_reader::CardReader;
use doorstep_drivers::device::{CommandLimit, Device, DeviceError};
use doorstep_drivers::door::{DoorController, DoorNumber, DoorState, UnlockOutcome};
use doorstep_drivers::lights::{Colour, Lamp, Light, Lights};
use doorstep_drivers::presence::{Presence, PresenceSensor};
use doorstep_drivers::printer::ipp::SheetPrinter;
use doorstep_drivers::printer::sheet::Document;
use doorstep_drivers::printer::{Alignment, PrintOutcome, Slip, Style};
use doorstep_drivers::rfid::RfidReader;
use tokio::sync::watch;

use crate::once::{Counted, SlipLedger, slip_line};

/// The limit of each command.
pub const LIMIT: Duration = Duration::from_secs(10);

/// A command that was begun may take half a second more ([`Supervisor::command`]); the rest is for a busy machine.
const BEYOND: Duration = Duration::from_secs(3);

/// One line for the simulator.
pub type Order = Arc<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// Why something did not work.
#[derive(Debug)]
pub enum Not {
    /// It was never begun.
    Begun(FaultCode),
    /// It was begun, and this came of it.
    Done(String),
}

/// What is done with a device.
#[derive(Clone)]
pub enum Act {
    Cards(Supervisor<dyn CardReader>),
    Codes(Supervisor<dyn BarcodeReader>, Arc<AtomicU64>),
    Slips(SlipPrinter, Arc<SlipLedger>),
    /// Printing a sheet is drawing it first, which takes a while: done in some turns.
    Sheets(Supervisor<dyn SheetPrinter>, Arc<Counted>, Arc<AtomicU64>),
    Doors(Supervisor<dyn DoorController>, Arc<Counted>),
    Presence(Supervisor<dyn PresenceSensor>, Arc<AtomicU64>, [&'static str; 2]),
    Lights(Supervisor<dyn Lights>, Arc<AtomicU64>),
    Tags(Supervisor<dyn RfidReader>),
    Camera(Supervisor<dyn Camera>),
}

/// Tags before the simulated reader.
pub const TAGS: [&str; 3] = ["E004010000000001", "E004010000000002", "E0040100ABCDEF03"];

/// One sheet in so many turns.
const SHEETS_EVERY: u64 = 16;

/// A command, which must end in its time whatever becomes of it.
async fn command<D: Device + ?Sized, T: Send + 'static>(
    supervisor: &Supervisor<D>,
    work: impl FnOnce(&mut D, &CommandLimit) -> Result<T, DeviceError> + Send + 'static,
) -> Result<T, Not> {
    let result = in_time(supervisor.command(LIMIT, work)).await;
    result.map_err(|error| match error {
        CommandError::NotBegun(fault) => Not::Begun(fault.code),
        error => Not::Done(format!("{error:?}")),
    })
}

async fn in_time<T>(command: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT + BEYOND, command).await.expect("a command takes longer than its limit")
}

fn unless(done: bool, what: impl std::fmt::Debug) -> Result<(), Not> {
    if done { Ok(()) } else { Err(Not::Done(format!("{what:?}"))) }
}

impl Act {
    pub fn health(&self) -> watch::Receiver<Health> {
        match self {
            Self::Cards(device) => device.health(),
            Self::Codes(device, _) => device.health(),
            Self::Slips(device, _) => device.health(),
            Self::Sheets(device, ..) => device.health(),
            Self::Doors(device, _) => device.health(),
            Self::Presence(device, ..) => device.health(),
            Self::Lights(device, _) => device.health(),
            Self::Tags(device) => device.health(),
            Self::Camera(device) => device.health(),
        }
    }

    /// The code of a device that is not there.
    pub fn absent_code(&self) -> FaultCode {
        if matches!(self, Self::Slips(..)) { FaultCode::PrinterOffline } else { FaultCode::DeviceAbsent }
    }

    /// Compares what was done with what was told. Only while no command runs and nothing is on the wire.
    #[track_caller]
    pub fn compare(&self, context: &str) {
        match self {
            Self::Slips(_, ledger) => ledger.compare(context),
            Self::Sheets(_, counted, _) | Self::Doors(_, counted) => counted.compare(context),
            _ => {}
        }
    }

    /// Uses the device once; `whole` is all the way, even if it takes long.
    pub async fn run(&self, order: &Order, whole: bool) -> Result<(), Not> {
        match self {
            Self::Cards(device) => read_card(device, order).await,
            Self::Codes(device, count) => read_code(device, count, order).await,
            Self::Slips(device, ledger) => print_slip(device, ledger).await,
            Self::Sheets(device, counted, count) => {
                let whole = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(SHEETS_EVERY);
                if whole { print_sheet(device, counted).await } else { ask_sensors(device).await }
            }
            Self::Doors(device, pulses) if whole => unlock(device, pulses, order).await,
            Self::Doors(device, _) => {
                let states = command(device, |device, limit| device.states(limit)).await?;
                unless(!states.is_empty() && !states.contains(&DoorState::Unknown), states)
            }
            Self::Presence(device, count, words) => see(device, count, *words, order).await,
            Self::Lights(device, count) => light(device, count, order).await,
            Self::Tags(device) => {
                let inventory = command(device, |device, limit| device.inventory(None, limit)).await?;
                unless(inventory.is_clear() && inventory.sightings.len() == TAGS.len(), inventory)
            }
            Self::Camera(device) => {
                let frame = command(device, |device, limit| {
                    device.open_stream(&FormatRequest::default(), limit)?;
                    device.latest_frame(limit)
                });
                let frame = frame.await?;
                unless(frame.width() > 0, "an empty frame")
            }
        }
    }
}

async fn read_card(device: &Supervisor<dyn CardReader>, order: &Order) -> Result<(), Not> {
    // The one of the last time may still lie there.
    let _ = order("remove");
    order("present resident").expect("a card can be laid down");
    command(device, |device, limit| device.read(limit)).await.map(drop)
}

async fn read_code(device: &Supervisor<dyn BarcodeReader>, count: &AtomicU64, order: &Order) -> Result<(), Not> {
    let began = Instant::now();
    // One that came in half is read with the next.
    loop {
        let (text, order) = (format!("scan CODE-{:08}", count.fetch_add(1, Ordering::Relaxed)), Arc::clone(order));
        let code = command(device, move |device, limit| {
            // Once the command has its turn: before it, what is scanned is told as an event.
            let _ = order(&text);
            device.read(&limit.at_most(Duration::from_millis(300)))
        });
        let code = code.await;
        match code {
            Ok(code) => {
                let text = code.text().map(|text| text.expose().clone()).unwrap_or_default();
                return unless(text.starts_with("CODE-") && text.len() == 13, text);
            }
            Err(Not::Done(error)) if error.contains("NoAnswer") && began.elapsed() < LIMIT => {}
            Err(error) => return Err(error),
        }
    }
}

async fn print_slip(device: &SlipPrinter, ledger: &SlipLedger) -> Result<(), Not> {
    let number = ledger.next();
    let slip = Slip::builder().line(Alignment::Left, Style::default(), slip_line(number)).rule();
    let report = in_time(device.print(slip.feed(2).cut().build().unwrap())).await;
    ledger.note(number, report.clone());
    match report {
        PrintReport::Printed => Ok(()),
        PrintReport::Failed(fault) if fault.code == FaultCode::PrinterOffline => Err(Not::Begun(fault.code)),
        report => Err(Not::Done(format!("{report:?}"))),
    }
}

async fn ask_sensors(device: &Supervisor<dyn SheetPrinter>) -> Result<(), Not> {
    let status = command(device, |device, limit| Ok(device.sensors(limit)?)).await?;
    unless(status.is_complete(), status)
}

async fn print_sheet(device: &Supervisor<dyn SheetPrinter>, counted: &Counted) -> Result<(), Not> {
    let document = Document::builder().title("Storm").paragraph("One sheet.").build().unwrap();
    let outcome = command(device, move |device, limit| Ok(device.print(&document, limit))).await;
    if !matches!(outcome, Err(Not::Begun(_))) {
        // One that failed may have come to the printer and been cancelled there.
        counted.note(matches!(outcome, Ok(PrintOutcome::Printed)));
    }
    match outcome? {
        PrintOutcome::Printed => Ok(()),
        outcome => Err(Not::Done(format!("{outcome:?}"))),
    }
}

async fn unlock(device: &Supervisor<dyn DoorController>, pulses: &Counted, order: &Order) -> Result<(), Not> {
    let _ = order("door 1 close");
    let door = DoorNumber::new(1).unwrap();
    let outcome = command(device, move |device, limit| device.unlock(door, limit)).await;
    match &outcome {
        Ok(outcome) => pulses.note(matches!(outcome, UnlockOutcome::Opened)),
        // Called back in its middle; any other error says that nothing was sent.
        Err(Not::Done(error)) if error.contains("Lost") || error.contains("Driver") => pulses.note(false),
        Err(_) => {}
    }
    match outcome? {
        UnlockOutcome::Opened => {}
        outcome => return Err(Not::Done(format!("{outcome:?}"))),
    }
    let states = command(device, |device, limit| device.states(limit)).await?;
    unless(states.first() == Some(&DoorState::Open), states)
}

async fn see(
    device: &Supervisor<dyn PresenceSensor>,
    count: &AtomicU64,
    [absent, present]: [&'static str; 2],
    order: &Order,
) -> Result<(), Not> {
    let there = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    order(if there { present } else { absent }).expect("somebody can come and go");
    let wanted = if there { Presence::Present } else { Presence::Absent };
    let began = Instant::now();
    loop {
        let seen = command(device, move |device, limit| {
            let limit = limit.at_most(Duration::from_millis(50));
            while device.presence() != wanted && limit.check().is_ok() {
                device.attend(&limit)?;
            }
            Ok(device.presence())
        });
        let seen = seen.await?;
        if seen == wanted {
            return Ok(());
        }
        if began.elapsed() > LIMIT {
            return Err(Not::Done(format!("{seen:?}, not {wanted:?}")));
        }
    }
}

async fn light(device: &Supervisor<dyn Lights>, count: &AtomicU64, order: &Order) -> Result<(), Not> {
    let on = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    let light = if on { Light::Continuous(Colour::GREEN) } else { Light::Off };
    command(device, move |device, limit| device.set(Lamp::StatusGood, light, limit)).await?;
    // A strip does not answer: the simulator has it a moment later. Lamps of one colour have a relay.
    let wanted = if on { ["leds 00FF00 ", "relays 00000001"] } else { ["leds 000000 ", "relays 00000000"] };
    let (began, mut look) = (Instant::now(), tokio::time::interval(Duration::from_millis(2)));
    loop {
        look.tick().await;
        let state = order("state").unwrap_or_default();
        if wanted.iter().any(|wanted| state.contains(wanted)) {
            return Ok(());
        }
        // It may be pulled out meanwhile.
        if state.contains("plugged no") || began.elapsed() > LIMIT {
            return Err(Not::Done(state));
        }
    }
}
