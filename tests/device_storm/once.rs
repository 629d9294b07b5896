// SPDX-License-Identifier: GPL-3.0-only
//! What must not be done twice, counted where it is done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use doorstep::devices::slip_printer::PrintReport;
use doorstep_drivers::printer::sim::RunningSimPrinter;

/// Pulses of locks, or sheets: counted by the simulator, compared with what the commands told.
pub struct Counted {
    count: Box<dyn Fn() -> u64 + Send + Sync>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    /// What the simulator had counted at the last comparison.
    before: u64,
    /// Commands that may have had their effect since then.
    possible: u64,
    /// Commands that had it.
    certain: u64,
}

impl Counted {
    pub fn new(count: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self { count: Box::new(count), told: Mutex::default() }
    }

    /// A command ended: with its effect, or perhaps.
    pub fn note(&self, certain: bool) {
        let mut told = self.told.lock().unwrap();
        told.possible += 1;
        told.certain += u64::from(certain);
    }

    /// Only while no command runs and nothing is on the wire.
    #[track_caller]
    pub fn compare(&self, context: &str) {
        let mut told = self.told.lock().unwrap();
        let (now, Told { before, possible, certain }) = ((self.count)(), &*told);
        let done = now - before;
        assert!(
            (*certain..=*possible).contains(&done),
            "{context}: {done} were done, {certain} certainly and at most {possible} by the commands"
        );
        *told = Told { before: now, ..Told::default() };
    }
}

/// Slips: each has a number of its own.
pub struct SlipLedger {
    sim: Arc<RunningSimPrinter>,
    slips: Mutex<Slips>,
}

#[derive(Default)]
struct Slips {
    last: u64,
    printed: u64,
    /// Reports of slips that the paper was not looked at for yet.
    new: HashMap<u64, PrintReport>,
}

/// The line of slip `number`.
pub fn slip_line(number: u64) -> String {
    format!("slip {number:06}")
}

impl SlipLedger {
    pub fn new(sim: Arc<RunningSimPrinter>) -> Self {
        Self { sim, slips: Mutex::default() }
    }

    pub fn next(&self) -> u64 {
        let mut slips = self.slips.lock().unwrap();
        slips.last += 1;
        slips.last
    }

    pub fn note(&self, number: u64, report: PrintReport) {
        self.slips.lock().unwrap().new.insert(number, report);
    }

    /// What lies in the tray is what was told; of each slip at most one.
    #[track_caller]
    pub fn compare(&self, context: &str) {
        let mut lines: HashMap<String, usize> = HashMap::new();
        for line in self.sim.slips().into_iter().flatten() {
            *lines.entry(line).or_default() += 1;
        }
        let twice = lines.iter().find(|(line, count)| line.starts_with("slip ") && **count > 1);
        assert_eq!(twice, None, "{context}: printed twice");
        let mut slips = self.slips.lock().unwrap();
        for (number, report) in std::mem::take(&mut slips.new) {
            let lies_there = lines.contains_key(&slip_line(number));
            let printed = matches!(report, PrintReport::Printed);
            assert!(lies_there || !printed, "{context}: slip {number} is told to be printed and is not there");
            slips.printed += u64::from(printed);
        }
    }
}
