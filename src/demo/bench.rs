// SPDX-License-Identifier: GPL-3.0-only
//! The simulated devices on the demo's bench, and the window in which a person handles them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use doorstep_drivers::device::DeviceStatus;
use doorstep_drivers::door::{DoorNumber, UnlockOutcome};
use doorstep_drivers::sim::{OrderError, Orders};
use tokio::sync::{mpsc, watch};

use crate::devices::set::{Devices, Supervised};
use crate::devices::sim_printer::RunningSimPrinter;
use crate::devices::sims::{
    BookcaseOptions, CommonOptions, IdReaderOptions, RadarOptions, RunningSimDevice, ScannerOptions, SimDevice,
    SimDeviceError, SimLocks,
};
use crate::devices::supervisor::Health;
use crate::presenter::PresenterError;
use crate::presenter::panel::{MOST_ORDERS, PanelDevice, PanelHealth, PanelKind, PanelOrder, PanelView, SimPanel};
use crate::protocol::{Fault, FaultCode};
use crate::terminal::{LastHeard, Terminal};

/// Doors of the demo's bookcase.
const DOORS: u16 = 4;
/// How often the window is brought up to date.
const REFRESH: Duration = Duration::from_millis(200);
/// How long a lock may take.
const UNLOCK_LIMIT: Duration = Duration::from_secs(6);

/// What is added to the settings of the demo.
const SETTINGS: &str = include_str!("../../assets/demo-devices.toml");

/// One simulator of the bench.
struct Part {
    /// The device's name in the settings.
    name: &'static str,
    kind: PanelKind,
    orders: Orders,
}

/// The simulated devices beside the slip printer; they end when this is dropped.
pub struct DeviceBench {
    parts: Vec<Part>,
    _running: Vec<RunningSimDevice>,
}

impl std::fmt::Debug for DeviceBench {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.parts.iter().map(|part| part.name)).finish()
    }
}

impl DeviceBench {
    /// Starts the devices behind links in `folder`.
    ///
    /// # Errors
    /// A wire cannot be had.
    pub fn start(folder: &Path, printer: &Arc<RunningSimPrinter>) -> Result<Self, SimDeviceError> {
        let at = |name: &str| CommonOptions { pty: Some(folder.join(name)), ..CommonOptions::default() };
        let devices = [
            ("id-reader", PanelKind::IdReader, SimDevice::IdReader(IdReaderOptions { common: at("id-reader") })),
            (
                "scanner",
                PanelKind::Scanner,
                SimDevice::Scanner(ScannerOptions { common: at("scanner"), ..ScannerOptions::default() }),
            ),
            (
                "bookcase",
                PanelKind::Bookcase,
                SimDevice::Bookcase(BookcaseOptions {
                    common: at("bookcase"),
                    locks: SimLocks::LockA,
                    doors: DOORS,
                    rfid_pty: Some(folder.join("tags")),
                    rfid_each: true,
                }),
            ),
            ("gate-sensor", PanelKind::Presence, SimDevice::Radar(RadarOptions { common: at("gate-sensor") })),
        ];
        let mut bench = Self { parts: vec![of_printer(printer)], _running: Vec::new() };
        for (name, kind, device) in devices {
            let running = device.start()?;
            bench.parts.push(Part { name, kind, orders: running.orders() });
            bench._running.push(running);
        }
        Ok(bench)
    }

    /// A person does something with a device: one line of its control socket.
    ///
    /// # Errors
    /// There is no such device, or it does not know the line.
    pub fn order(&self, device: &str, line: &str) -> Result<String, OrderError> {
        let part = self.parts.iter().find(|part| part.name == device);
        let part = part.ok_or_else(|| OrderError(format!("{device} is not on the bench")))?;
        (part.orders)(&line_of(part.kind, line))
    }

    /// The part of a settings file that names the devices: `[[device]]` tables, and lines for `[roles]`.
    #[must_use]
    pub fn settings(folder: &Path) -> (String, String) {
        let text = SETTINGS.replace("{folder}", &folder.display().to_string());
        match text.split_once("[roles]\n") {
            Some((devices, roles)) => (devices.to_owned(), roles.to_owned()),
            None => (text, String::new()),
        }
    }

    /// Opens the window `left_px` pixels from the left, beside that of `terminal`, and carries out what is clicked there until it is closed.
    ///
    /// # Errors
    /// There is no window.
    pub fn open_window(self, terminal: &Terminal, left_px: i32) -> Result<SimPanel, PresenterError> {
        let (clicks, orders) = mpsc::channel(MOST_ORDERS);
        let (show, views) = watch::channel(PanelView::default());
        let window = SimPanel::open(clicks, views, left_px)?;
        let hands = Hands { bench: self, devices: terminal.devices().clone(), heard: terminal.heard() };
        terminal.tokio().spawn(hands.work(orders, show));
        Ok(window)
    }
}

/// The slip printer has words of its own for its plug.
fn of_printer(printer: &Arc<RunningSimPrinter>) -> Part {
    let printer = Arc::clone(printer);
    let orders: Orders = Arc::new(move |line: &str| {
        let line = match line {
            "unplug" => "absent on",
            "plug" => "absent off",
            "state" => return Ok(format!("plugged {}\n", if printer.state().absent { "no" } else { "yes" })),
            line => line,
        };
        printer.order(line).map(|()| String::new()).map_err(|error| OrderError(error.to_string()))
    });
    Part { name: "slips", kind: PanelKind::SlipPrinter, orders }
}

/// What moves the simulators when a key is clicked.
struct Hands {
    bench: DeviceBench,
    devices: Devices,
    heard: watch::Receiver<LastHeard>,
}

impl Hands {
    async fn work(self, mut orders: mpsc::Receiver<PanelOrder>, show: watch::Sender<PanelView>) {
        let mut refusal = String::new();
        loop {
            let view = self.view(&refusal);
            show.send_if_modified(|known| {
                let changed = *known != view;
                *known = view;
                changed
            });
            tokio::select! {
                order = orders.recv() => {
                    let Some(order) = order else { return };
                    refusal = self.carry_out(&order).await.err().unwrap_or_default();
                }
                () = tokio::time::sleep(REFRESH) => {}
            }
        }
    }

    async fn carry_out(&self, order: &PanelOrder) -> Result<(), String> {
        if let Some(door) = order.words.strip_prefix("unlock ") {
            return self.unlock(&order.device, door).await;
        }
        let part = self.bench.parts.iter().find(|part| part.name == order.device);
        let part = part.ok_or_else(|| format!("{} is not on the bench", order.device))?;
        let line = line_of(part.kind, &order.words);
        let orders = Arc::clone(&part.orders);
        // Pulling a plug waits until it is out.
        let done = tokio::task::spawn_blocking(move || orders(&line)).await;
        done.map_err(|error| error.to_string())?.map(drop).map_err(|error| error.0)
    }

    /// The terminal itself opens a door: only a lock can.
    async fn unlock(&self, device: &str, door: &str) -> Result<(), String> {
        let number = door.parse().ok().and_then(DoorNumber::new).ok_or_else(|| format!("{door} is no door"))?;
        let found = self.devices.all().find(|(name, _)| *name == device);
        let Some((_, Supervised::Doors(doors))) = found else { return Err(format!("{device} has no doors")) };
        let outcome = doors.command(UNLOCK_LIMIT, move |doors, limit| doors.unlock(number, limit)).await;
        match outcome {
            Ok(UnlockOutcome::Opened) => Ok(()),
            Ok(other) => Err(format!("door {number}: {other:?}")),
            Err(error) => Err(Fault::from_error(FaultCode::DeviceRefused, &error).chain),
        }
    }

    fn view(&self, refusal: &str) -> PanelView {
        let heard = self.heard.borrow().clone();
        let device = |part: &Part| {
            let supervised = self.devices.all().find(|(name, _)| *name == part.name);
            let health = supervised.map(|(_, supervised)| supervised.health().borrow().clone());
            let fault = health.as_ref().and_then(|health| health.fault.as_ref());
            PanelDevice {
                name: part.name.to_owned(),
                kind: part.kind,
                plugged: is_plugged(part),
                health: health.as_ref().map_or(PanelHealth::Absent, panel_health),
                fault_code: fault.map(|fault| fault.code.code().to_owned()).unwrap_or_default(),
                heard: heard.get(part.name).map(|heard| heard.to_string()).unwrap_or_default(),
            }
        };
        PanelView { devices: self.bench.parts.iter().map(device).collect(), refusal: refusal.to_owned() }
    }
}

/// The line for the simulator of that kind: the wires of a bookcase have names.
fn line_of(kind: PanelKind, words: &str) -> String {
    match (kind, words) {
        (PanelKind::Bookcase, "unplug" | "plug" | "silent on") => format!("locks {words}"),
        (PanelKind::Bookcase, words) => words.to_owned(),
        (_, words) => words.to_owned(),
    }
}

fn is_plugged(part: &Part) -> bool {
    let question = if part.kind == PanelKind::Bookcase { "locks state" } else { "state" };
    (part.orders)(question).is_ok_and(|state| !state.contains("plugged no"))
}

fn panel_health(health: &Health) -> PanelHealth {
    match health.status {
        DeviceStatus::Starting => PanelHealth::Starting,
        DeviceStatus::Online if health.fault.is_none() => PanelHealth::Well,
        DeviceStatus::NoDevice | DeviceStatus::Offline | DeviceStatus::PowerOff => PanelHealth::Absent,
        _ => PanelHealth::Attention,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wires_of_a_bookcase_have_names() {
        assert_eq!(line_of(PanelKind::Bookcase, "unplug"), "locks unplug");
        assert_eq!(line_of(PanelKind::Bookcase, "door 1 close"), "door 1 close");
        assert_eq!(line_of(PanelKind::IdReader, "unplug"), "unplug");
    }
}
