// SPDX-License-Identifier: GPL-3.0-only
//! Steers a running library from the same process, and asks it what a test wants to know.

use std::sync::Arc;
use std::time::Duration;

use doorstep_drivers::sim::{OrderError, Orders};
use jiff::civil::DateTime;

use super::books::{
    Books, BooksError, Circulation, Decision, Entry, Fee, Held, HoldMode, HoldOrder, Imbalance, ItemView, Kind,
    LendOrder, Lent, PatronView, PinRule, Policy, ReturnOrder, Returned, SeedItem, Turn, Who,
};
use super::faults::FaultRule;
use super::knobs::Knobs;
use super::orders;
use super::shared::{Inside, Shared};
use crate::protocol::Secret;

/// The terminal's name in the history for what happens at the library's own counter.
pub const COUNTER: &str = "counter";

/// Steers a running library; cheap to clone.
#[derive(Clone)]
pub struct LibraryControl(pub(super) Arc<Shared>);

impl std::fmt::Debug for LibraryControl {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LibraryControl").finish_non_exhaustive()
    }
}

impl LibraryControl {
    /// Carries out one line of the control socket.
    ///
    /// # Errors
    /// Why not, in words.
    pub fn order(&self, line: &str) -> Result<String, OrderError> {
        orders::order(self, line)
    }

    /// What carries out such lines, for whoever gives them from elsewhere.
    #[must_use]
    pub fn orders(&self) -> Orders {
        let control = self.clone();
        Arc::new(move |line: &str| control.order(line))
    }

    /// Changes how the server is.
    pub fn change(&self, change: impl FnOnce(&mut Knobs)) {
        change(&mut self.0.lock().knobs);
    }

    /// How the server is.
    #[must_use]
    pub fn knobs(&self) -> Knobs {
        self.0.lock().knobs.clone()
    }

    /// Orders a fault.
    ///
    /// # Errors
    /// Too many rules, or a value out of bounds.
    pub fn inject(&self, rule: FaultRule) -> Result<(), OrderError> {
        self.0.lock().faults.add(rule)
    }

    /// Takes all ordered faults back.
    pub fn clear_faults(&self) {
        self.0.lock().faults.clear();
    }

    /// Refuses connections, and closes those that there are, or takes them again. Takes effect a moment later;
    /// [`super::RunningLibrary::close_port`] waits for it.
    pub fn set_open(&self, is_open: bool) {
        self.0.gate.send_modify(|gate| gate.is_open = is_open);
    }

    /// Closes all connections. New ones are taken.
    pub fn kick(&self) {
        self.0.gate.send_modify(|gate| gate.kicks += 1);
    }

    /// From now on only this password opens the server; connections stay until [`Self::kick`].
    pub fn set_password(&self, password: &str) {
        self.0.lock().password = Secret::from(password);
    }

    /// The library's time.
    #[must_use]
    pub fn now(&self) -> DateTime {
        self.0.lock().clock.now()
    }

    /// Puts the library's clock forward, so that books become overdue and cards run out.
    ///
    /// # Errors
    /// Farther than [`super::clock::MOST_DAYS_FORWARD`] days in all.
    pub fn forward(&self, by: Duration) -> Result<(), OrderError> {
        if self.0.lock().clock.put_forward(by) { Ok(()) } else { Err(OrderError("too far".to_owned())) }
    }

    /// Books, clock, faults and counts as at the start; knobs and connections stay.
    ///
    /// # Errors
    /// The database.
    pub fn reset(&self) -> Result<(), BooksError> {
        let mut inside = self.0.lock();
        inside.clock.reset();
        inside.faults.clear();
        inside.requests.clear();
        let now = inside.clock.now();
        inside.books.reset(&self.0.seed, now)
    }

    /// How many requests with this code arrived, carried out or not.
    #[must_use]
    pub fn requests(&self, code: &str) -> u64 {
        self.0.lock().requests.get(code).copied().unwrap_or(0)
    }

    /// Every copy of the initial content, such as for a bookcase that holds the same books.
    #[must_use]
    pub fn catalogue(&self) -> Vec<SeedItem> {
        self.0.seed.items().to_vec()
    }

    /// A copy as the library sees it.
    ///
    /// # Errors
    /// The database.
    pub fn item(&self, barcode: &str) -> Result<Option<ItemView>, BooksError> {
        self.0.lock().books.item(barcode)
    }

    /// A patron as the library sees them.
    ///
    /// # Errors
    /// The database.
    pub fn patron(&self, id: &str) -> Result<Option<PatronView>, BooksError> {
        self.at_counter(|books, turn| books.patron(id, "", turn))
    }

    /// What a patron owes.
    ///
    /// # Errors
    /// The database.
    pub fn fees(&self, card: &str) -> Result<Vec<Fee>, BooksError> {
        self.0.lock().books.fees(card)
    }

    /// The history, of one copy where one is named.
    ///
    /// # Errors
    /// The database.
    pub fn history(&self, item: Option<&str>) -> Result<Vec<Entry>, BooksError> {
        self.0.lock().books.history(item)
    }

    /// How often something was done to a copy. Loans that stood at the beginning count as one checkout.
    ///
    /// # Errors
    /// The database.
    pub fn count(&self, kind: Kind, item: &str) -> Result<u32, BooksError> {
        self.0.lock().books.count(kind, item)
    }

    /// Everything in the books that contradicts itself; nothing, as long as the library works.
    ///
    /// # Errors
    /// The database.
    pub fn audit(&self) -> Result<Vec<Imbalance>, BooksError> {
        self.0.lock().books.audit()
    }

    /// Lends at the library's own counter, by the rules but without a PIN.
    ///
    /// # Errors
    /// The database.
    pub fn lend(&self, card: &str, item: &str) -> Decision<Lent> {
        let who = Who { id: card, pin: "" };
        let order = LendOrder { who, item, may_renew: false, fee_agreed: true, due: None, undoes_return: false };
        self.at_counter(|books, turn| books.checkout(&order, turn))
    }

    /// Takes back at the library's own counter.
    ///
    /// # Errors
    /// The database.
    pub fn take_back(&self, item: &str) -> Decision<Returned> {
        self.at_counter(|books, turn| {
            books.checkin(&ReturnOrder { item, returned: turn.now, undoes_loan: false }, turn)
        })
    }

    /// Places or takes back a hold on a copy.
    ///
    /// # Errors
    /// The database.
    pub fn hold(&self, mode: HoldMode, card: &str, item: &str) -> Decision<Held> {
        let order = HoldOrder { item, work: "", only_this: true, pickup: "" };
        self.at_counter(|books, turn| books.hold(mode, Who { id: card, pin: "" }, &order, turn))
    }

    /// Blocks a card.
    ///
    /// # Errors
    /// The database.
    pub fn block(&self, card: &str, message: &str) -> Decision<PatronView> {
        self.at_counter(|books, turn| books.block(card, message, false, turn))
    }

    /// Takes a block back.
    ///
    /// # Errors
    /// The database.
    pub fn enable(&self, card: &str) -> Decision<PatronView> {
        self.at_counter(|books, turn| books.enable(card, "", turn))
    }

    /// Charges a patron. `false`: there is none.
    ///
    /// # Errors
    /// The database.
    pub fn charge(&self, card: &str, kind: u8, hundredths: i64) -> Result<bool, BooksError> {
        self.0.lock().books.charge(card, kind, hundredths)
    }

    /// Sets or takes away a PIN. `false`: there is no such patron.
    ///
    /// # Errors
    /// The database.
    pub fn set_pin(&self, card: &str, pin: Option<&str>) -> Result<bool, BooksError> {
        self.0.lock().books.set_pin(card, pin)
    }

    /// Reports a card lost, or found. `false`: there is no such patron.
    ///
    /// # Errors
    /// The database.
    pub fn set_lost(&self, card: &str, lost: bool) -> Result<bool, BooksError> {
        self.0.lock().books.set_lost(card, lost)
    }

    /// Sets flags of SIP2's patron status by hand. `false`: there is no such patron.
    ///
    /// # Errors
    /// The database.
    pub fn set_flags(&self, card: &str, flags: u16) -> Result<bool, BooksError> {
        self.0.lock().books.set_flags(card, flags)
    }

    /// Sets where a copy is in its round. `false`: there is none, or it is on loan.
    ///
    /// # Errors
    /// The database.
    pub fn set_circulation(&self, item: &str, circulation: Circulation) -> Result<bool, BooksError> {
        self.0.lock().books.set_circulation(item, circulation)
    }

    /// Something at the library's own counter.
    fn at_counter<T>(&self, work: impl FnOnce(&mut Books, &Turn) -> T) -> T {
        let mut inside = self.0.lock();
        let Inside { books, clock, knobs, .. } = &mut *inside;
        let now = clock.now();
        let turn = Turn {
            now,
            happened: now,
            terminal: COUNTER.to_owned(),
            place: self.0.seed.place().here.clone(),
            forced: false,
            policy: Policy { pin: PinRule::Off, ..knobs.policy },
        };
        work(books, &turn)
    }

    pub(super) fn lines(&self) -> String {
        let inside = self.0.lock();
        let requests: Vec<String> = inside.requests.iter().map(|(code, count)| format!("{code}: {count}")).collect();
        let gate = *self.0.gate.borrow();
        format!(
            "port {}\ntime {}\nrequests {}\n{}{}",
            if gate.is_open { "open" } else { "closed" },
            inside.clock.now().strftime("%Y-%m-%d %H:%M:%S"),
            if requests.is_empty() { "none".to_owned() } else { requests.join(", ") },
            inside.knobs.lines(),
            inside.faults.lines(),
        )
    }

    pub(super) fn set(&self, line: &str) -> Result<bool, OrderError> {
        let mut inside = self.0.lock();
        if inside.faults.order(line)? {
            return Ok(true);
        }
        match line.split_once(char::is_whitespace) {
            Some((word, value)) => inside.knobs.set(word, value.trim()),
            None => Ok(false),
        }
    }
}
