// SPDX-License-Identifier: GPL-3.0-only
//! Saying who one is: a card, a code, a PIN.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::event::LibraryEffect;
use super::view::{CardHint, CardStage, LibraryProblem};
use super::visit::{AccountFor, DeskPage, IdentifiedBy, MOST_PIN_DIGITS, TYPED_CAPACITY};
use super::{Desk, PinRule};
use crate::domain::identity::{NotReadReason, Presented};
use crate::domain::library::{Account, Block, CallFailure, LibraryCall, Patron};
use crate::domain::time::{Moment, Now};
use crate::protocol::Secret;

/// Wrong PINs until a card is locked at this terminal.
pub const MOST_WRONG_PINS: u8 = 3;
/// How long it is locked then.
const PIN_LOCK: Duration = Duration::from_secs(15 * 60);
/// Most cards locked at once; beyond it the oldest is let go.
const MOST_LOCKED: usize = 32;

/// Cards whose PIN was wrong too often. A card is known by a mark from which it cannot be read back without
/// the random key of this run.
#[derive(Debug, Default)]
pub(super) struct LockedCards(Vec<(u64, Moment)>);

impl LockedCards {
    fn mark(run: &str, card: &Secret) -> u64 {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        card.expose().hash(&mut hasher);
        hasher.finish()
    }

    fn lock(&mut self, mark: u64, until: Moment) {
        self.0.retain(|(known, _)| *known != mark);
        if self.0.len() >= MOST_LOCKED {
            self.0.remove(0);
        }
        self.0.push((mark, until));
    }

    fn holds(&mut self, now: Moment, mark: u64) -> bool {
        self.0.retain(|(_, until)| *until > now);
        self.0.iter().any(|(known, _)| *known == mark)
    }
}

impl Desk {
    pub(super) fn presented(&mut self, now: Now, presented: Presented, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &self.visit else { return };
        match (visit.page, presented) {
            (DeskPage::Counter, Presented::Code(code)) => self.scanned(now, &code, effects),
            (DeskPage::Start, Presented::Code(code)) if self.policy.is_item(code.expose()) => {
                // A book shown before any card: it is brought back.
                self.open_counter(true);
                self.scanned(now, &code, effects);
            }
            (DeskPage::Start, Presented::Code(code) | Presented::LibraryCard(code)) => {
                self.identify(now, code, IdentifiedBy::LibraryCard, effects);
            }
            (DeskPage::Start, Presented::IdCard(document)) => {
                self.identify(now, document.number.clone(), IdentifiedBy::IdNumber, effects);
            }
            (DeskPage::Start, Presented::SocialSecurityCard(card)) => {
                self.identify(now, card.number.clone(), IdentifiedBy::IdNumber, effects);
            }
            (DeskPage::Start, Presented::NotRead(reason)) => {
                if let Some(visit) = &mut self.visit
                    && visit.asking.is_none()
                {
                    visit.stage = CardStage::NotRead;
                    visit.hint = hint(reason);
                }
            }
            // A code that was meant for another page, a card that is lifted: nothing to do.
            _ => {}
        }
    }

    fn identify(&mut self, now: Now, number: Secret, by: IdentifiedBy, effects: &mut Vec<LibraryEffect>) {
        let locked = self.locked.holds(now.moment, LockedCards::mark(&self.run, &number));
        let staff = self.policy.staff_cards.contains(&number);
        let Some(visit) = &mut self.visit else { return };
        if visit.asking.is_some() || number.is_empty() {
            return;
        }
        if staff {
            visit.staff = true;
            visit.turn_to(DeskPage::Staff);
            return;
        }
        visit.by = by;
        visit.patron = Some(Patron { id: number, pin: None });
        if locked {
            visit.problem = LibraryProblem::PinLocked;
            visit.open(DeskPage::Problem);
        } else if self.policy.pin == PinRule::Always {
            visit.open(DeskPage::Pin);
        } else {
            self.ask_account(AccountFor::Identifying, effects);
        }
    }

    pub(super) fn pin_digit(&mut self, digit: u8) {
        let Some(visit) = &mut self.visit else { return };
        let typed = char::from_digit(u32::from(digit), 10);
        if let Some(digit) = typed
            && visit.page == DeskPage::Pin
            && visit.asking.is_none()
            && visit.pin_digits < MOST_PIN_DIGITS
        {
            visit.pin.push(digit, TYPED_CAPACITY);
            visit.pin_digits += 1;
        }
    }

    pub(super) fn pin_delete(&mut self) {
        let Some(visit) = &mut self.visit else { return };
        if visit.page == DeskPage::Pin && visit.asking.is_none() && visit.pin_digits > 0 {
            visit.pin.pop();
            visit.pin_digits -= 1;
        }
    }

    pub(super) fn pin_done(&mut self, effects: &mut Vec<LibraryEffect>) {
        let Some(visit) = &mut self.visit else { return };
        if visit.page != DeskPage::Pin || visit.asking.is_some() || visit.pin_digits < self.policy.shortest_pin {
            return;
        }
        visit.pin_forgotten = false;
        let pin = std::mem::take(&mut visit.pin);
        visit.wipe_pin();
        if let Some(patron) = &mut visit.patron {
            patron.pin = Some(pin);
        }
        self.ask_account(AccountFor::Identifying, effects);
    }

    /// Asks for the account of whoever is there, unless it is being asked for.
    pub(super) fn ask_account(&mut self, purpose: AccountFor, effects: &mut Vec<LibraryEffect>) {
        let call = self.next_call();
        let Some(visit) = &mut self.visit else { return };
        if visit.asking.is_some() {
            return;
        }
        let Some(patron) = visit.patron.clone() else { return };
        if purpose == AccountFor::Identifying {
            visit.stage = CardStage::Asking;
        }
        visit.asking = Some((call, purpose));
        effects.push(LibraryEffect::Ask(call, LibraryCall::Account(patron)));
    }

    pub(super) fn account_told(&mut self, now: Now, purpose: AccountFor, told: Result<Box<Account>, CallFailure>) {
        let Some(visit) = &mut self.visit else { return };
        match (purpose, told) {
            (AccountFor::Refreshing, Ok(account)) if account.valid => visit.account = Some(account),
            // What is shown may be old; it is not taken away for that.
            (AccountFor::Refreshing, _) => {}
            (AccountFor::Identifying, Ok(account)) => {
                visit.stage = CardStage::Waiting;
                self.recognised(now, account);
            }
            (AccountFor::Identifying, Err(failure)) => {
                visit.stage = CardStage::Waiting;
                // A refusal of a question that changes nothing is no word about the card.
                let away = !matches!(failure, CallFailure::Refused(_));
                let shown = visit.patron.as_ref().is_some_and(|patron| self.policy.may_be_patron(patron.id.expose()));
                if away && self.policy.circulation.offline_loans && visit.by == IdentifiedBy::LibraryCard && shown {
                    visit.unverified = true;
                    if let Some(patron) = &mut visit.patron {
                        patron.pin = None;
                    }
                    visit.turn_to(DeskPage::Account);
                } else {
                    visit.patron = None;
                    visit.problem = LibraryProblem::LibraryAway;
                    visit.turn_to(DeskPage::Problem);
                }
            }
        }
    }

    fn recognised(&mut self, now: Now, account: Box<Account>) {
        let Some(visit) = &mut self.visit else { return };
        let unknown = account.blocks.contains(&Block::UnknownCard) || (!account.valid && account.name.is_empty());
        let typed = visit.patron.as_ref().is_some_and(|patron| patron.pin.is_some());
        let pin_wrong = account.pin_right == Some(false) && self.policy.pin != PinRule::Never;
        let problem = if unknown && !(pin_wrong && typed) {
            Some(match visit.by {
                IdentifiedBy::LibraryCard => LibraryProblem::CardUnknown,
                IdentifiedBy::IdNumber => LibraryProblem::NotRegistered,
            })
        } else if account.blocks.contains(&Block::CardLost) {
            Some(LibraryProblem::CardLost)
        } else if pin_wrong {
            if !typed {
                visit.open(DeskPage::Pin);
                return;
            }
            if let Some(patron) = &mut visit.patron {
                patron.pin = None;
            }
            visit.pin_wrong += 1;
            if visit.pin_wrong < MOST_WRONG_PINS {
                visit.open(DeskPage::Pin);
                return;
            }
            if let Some(patron) = &visit.patron {
                let mark = LockedCards::mark(&self.run, &patron.id);
                self.locked.lock(mark, now.moment + PIN_LOCK);
            }
            Some(LibraryProblem::PinLocked)
        } else if !account.valid || account.blocks.contains(&Block::InvalidCard) {
            Some(LibraryProblem::CardInvalid)
        } else {
            None
        };
        match problem {
            Some(problem) => {
                visit.patron = None;
                visit.problem = problem;
                visit.turn_to(DeskPage::Problem);
            }
            None => {
                visit.pin_wrong = 0;
                visit.greeted = true;
                visit.account = Some(account);
                visit.turn_to(DeskPage::Account);
            }
        }
    }
}

fn hint(reason: NotReadReason) -> CardHint {
    match reason {
        NotReadReason::TakenAway => CardHint::HoldStill,
        NotReadReason::UnknownCard | NotReadReason::Locked | NotReadReason::Layout => CardHint::OtherKind,
        NotReadReason::NotText => CardHint::CodeFlat,
        NotReadReason::Unreadable | NotReadReason::ReaderFailed | NotReadReason::ReaderGone => CardHint::Again,
    }
}
