// SPDX-License-Identifier: GPL-3.0-only
//! What follows from what the library told of copy and account.

use super::account::{OnLoan, Theirs};
use super::{Action, Circulation, CirculationEffect, Done, Kind, Probe, Purpose, StaffReason, Step, Why, why};
use crate::domain::library::DueDate;
use crate::domain::time::Moment;

impl Circulation {
    pub(super) fn conclude(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let Step::Probe(Probe { purpose, .. }) = &self.open[index].step else { return };
        match (purpose, self.open[index].record.kind) {
            (Purpose::Look, Kind::Renew) => self.looked_before_renewal(now, index, effects),
            (Purpose::Look, Kind::Checkout | Kind::Checkin) => self.looked(now, index, effects),
            (Purpose::Resolve(Action::Return), _) => self.resolved_return(now, index, true, effects),
            (Purpose::Resolve(Action::Main), Kind::Checkin) => self.resolved_return(now, index, false, effects),
            (Purpose::Resolve(Action::Main), Kind::Checkout) => self.resolved_loan(now, index, effects),
            (Purpose::Resolve(Action::Main), Kind::Renew) => self.resolved_renewal(now, index, effects),
            (Purpose::Explain(_), _) => self.explained(now, index, effects),
        }
    }

    /// Before a loan is sent.
    fn looked(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        if transaction.item_unknown() {
            return self.no(now, index, Why::UnknownItem, effects);
        }
        match (transaction.on_loan(), transaction.theirs()) {
            (OnLoan::No, _) => self.send(now, index, Action::Main, effects),
            (_, Theirs::Yes(due)) => self.lent_already(now, index, due, effects),
            (OnLoan::Yes, Theirs::No) => self.lent_to_another(now, index, effects),
            // In the case it has been, so whoever had it has brought it back, this patron or another.
            (OnLoan::Yes, Theirs::Unclear) if transaction.record.physical => self.repair(now, index, effects),
            (OnLoan::Yes, Theirs::Unclear) => self.no(now, index, Why::NotTold, effects),
            // The library does not tell; that a repeated loan is no renewal is then up to the flag of its
            // protocol which forbids it.
            (OnLoan::Unclear, Theirs::No | Theirs::Unclear) => self.send(now, index, Action::Main, effects),
        }
    }

    /// The library's books have it on loan to this patron before it was sent.
    fn lent_already(&mut self, now: Moment, index: usize, due: Option<DueDate>, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        let due = due.or_else(|| transaction.item_due());
        let record = &transaction.record;
        let told_later = matches!((due, record.due), (Some(theirs), Some(told)) if theirs < told);
        if record.physical && record.happened && told_later {
            // It was in the case in between, and the person was told a later date.
            self.repair(now, index, effects);
        } else if transaction.is_fact() {
            self.done(index, Done { due, already: true, desensitize: true, ..Done::default() }, effects);
        } else {
            self.no(now, index, Why::AlreadyYours { due }, effects);
        }
    }

    fn lent_to_another(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        if self.open[index].is_fact() {
            self.repair(now, index, effects);
        } else {
            self.no(now, index, Why::LentToSomebodyElse, effects);
        }
    }

    fn repair(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        self.send(now, index, Action::Return, effects);
    }

    fn looked_before_renewal(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        match self.open[index].theirs() {
            Theirs::No => return self.no(now, index, Why::NotYours, effects),
            Theirs::Yes(due) => {
                let due = due.or_else(|| self.open[index].item_due());
                self.open[index].record.due = due;
            }
            Theirs::Unclear => self.open[index].record.due = self.open[index].item_due(),
        }
        self.send(now, index, Action::Main, effects);
    }

    /// The answer to a return was lost, its own or the one that repairs a conflict.
    fn resolved_return(&mut self, now: Moment, index: usize, repairs: bool, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        match (transaction.on_loan(), repairs) {
            (OnLoan::No, true) => self.returned_first(now, index, effects),
            (OnLoan::No, false) => self.done(index, Done { resensitize: true, ..Done::default() }, effects),
            (OnLoan::Yes, true) => self.send(now, index, Action::Return, effects),
            (OnLoan::Yes, false) => self.not_carried_out(now, index, effects),
            (OnLoan::Unclear, _) => self.hand_to_staff(index, StaffReason::Uncertain, effects),
        }
    }

    /// The answer to a loan was lost. Before it was sent this patron did not have it.
    fn resolved_loan(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        match (transaction.on_loan(), transaction.theirs()) {
            (OnLoan::No, _) => self.not_carried_out(now, index, effects),
            (_, Theirs::Yes(due)) => {
                let due = due.or_else(|| transaction.item_due());
                self.done(index, Done { due, desensitize: true, ..Done::default() }, effects);
            }
            (OnLoan::Unclear, Theirs::No) if !transaction.item_unknown() => self.not_carried_out(now, index, effects),
            // On loan to somebody else: it may have been carried out, ended and lent again.
            (_, Theirs::No | Theirs::Unclear) => self.hand_to_staff(index, StaffReason::Uncertain, effects),
        }
    }

    /// The answer to a renewal was lost. The date tells, if there was one; it is never sent again.
    fn resolved_renewal(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        let due = match transaction.theirs() {
            Theirs::Yes(due) => due.or_else(|| transaction.item_due()),
            Theirs::No => None,
            Theirs::Unclear => transaction.item_due(),
        };
        match (transaction.record.due, due) {
            (Some(before), Some(later)) if later > before => {
                self.done(index, Done { due, ..Done::default() }, effects);
            }
            (Some(_), Some(_)) => self.no(now, index, Why::NotRenewed { due }, effects),
            _ => self.hand_to_staff(index, StaffReason::Uncertain, effects),
        }
    }

    /// It certainly was not carried out: again, unless nobody waits for it any more.
    fn not_carried_out(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        if !transaction.attended && !transaction.is_fact() {
            self.cancel(index, effects);
        } else {
            self.send(now, index, Action::Main, effects);
        }
    }

    fn explained(&mut self, now: Moment, index: usize, effects: &mut Vec<CirculationEffect>) {
        let transaction = &self.open[index];
        let record = &transaction.record;
        match (record.kind, transaction.on_loan(), transaction.theirs()) {
            (Kind::Checkin, OnLoan::No, _) => {
                // There is nothing to end: it is where the library believes it to be.
                self.done(index, Done { already: true, resensitize: true, ..Done::default() }, effects);
            }
            // It was not theirs when it was looked at: an earlier try came through after all.
            (Kind::Checkout, _, Theirs::Yes(due)) if transaction.is_fact() || record.tries > 1 => {
                self.done(index, Done { due, desensitize: true, ..Done::default() }, effects);
            }
            (Kind::Checkout, OnLoan::Yes, Theirs::No) => self.lent_to_another(now, index, effects),
            _ => {
                let why = why::explain(transaction);
                self.no(now, index, why, effects);
            }
        }
    }

    fn no(&mut self, now: Moment, index: usize, why: Why, effects: &mut Vec<CirculationEffect>) {
        let refused = why::with_way_out(&self.open[index], why);
        self.say_no(now, index, refused, effects);
    }
}
