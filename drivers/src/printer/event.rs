// SPDX-License-Identifier: MIT OR Apache-2.0
//! What changes at a printer, found by comparing one look at its sensors with the one before.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Cover, Errors, PaperStatus, PrinterError, PrinterStatus, Supply};

/// Most events that wait to be fetched; the oldest is dropped.
const MOST_WAITING: usize = 32;

/// Something that changed at a printer. What it was like before the first look counts as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrinterEvent {
    /// Paper gets low, has run out, or was put in; never [`PaperStatus::Unknown`].
    Paper(PaperStatus),
    /// The cover was opened or closed; never [`Cover::Unknown`].
    Cover(Cover),
    /// Toner or ink.
    Toner(Supply),
    /// Errors that were not there before; the flags are all that hold now.
    Fault(Errors),
    /// The printer does not answer, answers rubbish, or says that it is off-line without a reason.
    Offline,
    /// Nothing is in the way of printing any more.
    Recovered,
}

/// Turns looks at the sensors into events.
#[derive(Debug)]
pub(super) struct StatusWatch {
    interval: Duration,
    next_look: Instant,
    last: Option<PrinterStatus>,
    events: VecDeque<PrinterEvent>,
}

impl StatusWatch {
    /// `interval` is the time between two looks; the first is due at once.
    pub(super) fn new(interval: Duration) -> Self {
        Self { interval, next_look: Instant::now(), last: None, events: VecDeque::new() }
    }

    /// The oldest event that was not fetched.
    pub(super) fn next(&mut self) -> Option<PrinterEvent> {
        self.events.pop_front()
    }

    /// How long until the next look is due.
    pub(super) fn until_due(&self) -> Duration {
        self.next_look.saturating_duration_since(Instant::now())
    }

    /// Takes the result of a look; the next is due one interval later.
    pub(super) fn note(&mut self, now: &PrinterStatus) {
        self.next_look = Instant::now() + self.interval;
        // Before the first look everything counts as good, so that only what is not is told.
        let good = PrinterStatus {
            paper: PaperStatus::Ok,
            cover: Cover::Closed,
            offline: Some(false),
            errors: Some(Errors::default()),
            toner: Some(Supply::Ok),
            garbage: false,
        };
        let before = self.last.replace(*now).unwrap_or(good);
        // What was not said this time is as it was.
        if let Some(last) = &mut self.last {
            last.paper = if now.paper == PaperStatus::Unknown { before.paper } else { now.paper };
            last.cover = if now.cover == Cover::Unknown { before.cover } else { now.cover };
            last.errors = now.errors.or(before.errors);
            last.toner = now.toner.or(before.toner);
        }
        if now.paper != before.paper && now.paper != PaperStatus::Unknown {
            self.push(PrinterEvent::Paper(now.paper));
        }
        if now.cover != before.cover && now.cover != Cover::Unknown {
            self.push(PrinterEvent::Cover(now.cover));
        }
        if let Some(toner) = now.toner
            && now.toner != before.toner
        {
            self.push(PrinterEvent::Toner(toner));
        }
        if let Some(errors) = now.errors
            && errors.fault().is_some()
            && now.errors != before.errors
        {
            self.push(PrinterEvent::Fault(errors));
        }
        if is_gone(now) && !is_gone(&before) {
            self.push(PrinterEvent::Offline);
        }
        if now.obstacle().is_none() && before.obstacle().is_some() {
            self.push(PrinterEvent::Recovered);
        }
    }

    fn push(&mut self, event: PrinterEvent) {
        if self.events.len() >= MOST_WAITING {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}

/// Whether nothing better is known than that it does not print. An earlier state keeps `offline` as it was said then, so
/// that silence after silence is no news.
fn is_gone(status: &PrinterStatus) -> bool {
    status.offline.is_none()
        || matches!(
            status.obstacle(),
            Some(PrinterError::NoAnswer | PrinterError::Garbage | PrinterError::Offline | PrinterError::Busy)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> PrinterStatus {
        PrinterStatus {
            paper: PaperStatus::Ok,
            cover: Cover::Closed,
            offline: Some(false),
            errors: Some(Errors::default()),
            ..PrinterStatus::default()
        }
    }

    fn events(looks: &[PrinterStatus]) -> Vec<PrinterEvent> {
        let mut watch = StatusWatch::new(Duration::ZERO);
        for look in looks {
            watch.note(look);
        }
        std::iter::from_fn(|| watch.next()).collect()
    }

    #[test]
    fn a_printer_that_is_well_has_nothing_to_tell() {
        assert!(events(&[good(), good()]).is_empty());
    }

    #[test]
    fn what_is_wrong_at_the_first_look_is_told_and_told_once() {
        let low = PrinterStatus { paper: PaperStatus::Low, ..good() };
        assert_eq!(events(&[low, low]), [PrinterEvent::Paper(PaperStatus::Low)]);
        let silent = PrinterStatus::default();
        assert_eq!(events(&[silent, silent]), [PrinterEvent::Offline]);
    }

    #[test]
    fn paper_cover_and_faults_come_and_go() {
        let out = PrinterStatus { paper: PaperStatus::Out, offline: Some(true), ..good() };
        let open = PrinterStatus { cover: Cover::Open, offline: Some(true), ..good() };
        let cutter = Errors { cutter: true, ..Errors::default() };
        let jammed = PrinterStatus { errors: Some(cutter), ..good() };
        let expected = [
            PrinterEvent::Paper(PaperStatus::Out),
            PrinterEvent::Paper(PaperStatus::Ok),
            PrinterEvent::Cover(Cover::Open),
            PrinterEvent::Cover(Cover::Closed),
            PrinterEvent::Fault(cutter),
            PrinterEvent::Recovered,
        ];
        assert_eq!(events(&[out, open, jammed, good()]), expected);
    }

    #[test]
    fn silence_and_its_end_are_told() {
        let silent = PrinterStatus::default();
        assert_eq!(events(&[good(), silent, good()]), [PrinterEvent::Offline, PrinterEvent::Recovered]);
    }

    #[test]
    fn events_have_a_bound() {
        let open = PrinterStatus { cover: Cover::Open, ..good() };
        let looks: Vec<PrinterStatus> = [open, good()].into_iter().cycle().take(200).collect();
        assert_eq!(events(&looks).len(), MOST_WAITING);
    }
}
