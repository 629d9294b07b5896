// SPDX-License-Identifier: GPL-3.0-only
//! 23, 63, 01, 25, 35 and 37.

use super::{Desk, echoed, secrets, tongue, who, why_not};
use crate::protocol::Secret;
use crate::services::library::sim::books::{BooksError, Fee, No, PatronView};
use crate::services::library::sim::knobs::{HoldsIn, ListEntry};
use crate::services::library::sim::words::{self, Tongue, money};
use crate::services::library::sip2::{
    BlockPatron, EndPatronSession, EndSessionResponse, FeePaid, FeePaidResponse, Flag, Language, Number, PatronEnable,
    PatronEnableResponse, PatronFlag, PatronInformation, PatronInformationResponse, PatronStatus, PatronStatusRequest,
    PatronStatusResponse, SummaryClass, harmless,
};

/// The 14 flags.
fn flags(patron: Option<&PatronView>) -> PatronStatus {
    use PatronFlag::{
        CardLost, ChargeDenied, ExcessiveFees, ExcessiveFines, HoldDenied, RecallDenied, RecallOverdue, RenewalDenied,
        TooManyCharged, TooManyOverdue,
    };
    let none = PatronStatus::default();
    let Some(patron) = patron else {
        return [ChargeDenied, RenewalDenied, RecallDenied, HoldDenied].into_iter().fold(none, PatronStatus::with);
    };
    let blocks = patron.blocks();
    let any_but = |harmless: &[No]| blocks.iter().any(|no| !harmless.contains(no));
    let has = |no: No| blocks.contains(&no);
    let set = [
        (any_but(&[]), ChargeDenied),
        (any_but(&[No::TooManyLoans]), RenewalDenied),
        (any_but(&[No::TooManyLoans, No::TooManyOverdue]), RecallDenied),
        (any_but(&[No::TooManyLoans, No::TooManyOverdue]), HoldDenied),
        (patron.lost, CardLost),
        (has(No::TooManyLoans), TooManyCharged),
        (has(No::TooManyOverdue), TooManyOverdue),
        (has(No::FeesOwed) && patron.fines > 0, ExcessiveFines),
        (has(No::FeesOwed), ExcessiveFees),
        (patron.loans.iter().any(|loan| loan.overdue && loan.recalled), RecallOverdue),
    ];
    let by_hand = PatronFlag::ALL.into_iter().enumerate().map(|(bit, flag)| (patron.flags >> bit & 1 == 1, flag));
    set.into_iter().chain(by_hand).filter(|(is, _)| *is).fold(none, |status, (_, flag)| status.with(flag))
}

fn spoken(tongue: Tongue) -> Language {
    if tongue == Tongue::English { Language::ENGLISH } else { Language::CHINESE }
}

/// How many, as far as four digits go.
fn counted(count: usize) -> Number<4> {
    Number::from(u16::try_from(count).unwrap_or(u16::MAX))
}

fn page<T>(rows: Vec<T>, first: Option<&str>, last: Option<&str>, most: usize) -> Vec<T> {
    let place = |text: Option<&str>| text.and_then(|text| text.trim().parse::<usize>().ok()).filter(|place| *place > 0);
    let first = place(first).unwrap_or(1);
    let wanted = place(last).map_or(most, |last| last.saturating_add(1).saturating_sub(first));
    rows.into_iter().skip(first - 1).take(wanted.min(super::super::knobs::MOST_PAGE_ROWS)).collect()
}

impl Desk<'_> {
    pub(super) fn patron_status(&mut self, request: &PatronStatusRequest) -> Result<PatronStatusResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let pin = request.patron_password.expose();
        let patron = self.books.patron(request.patron.expose(), pin, &turn)?;
        Ok(self.status_of(&request.patron, patron.as_ref(), request.language))
    }

    fn status_of(&self, id: &Secret, patron: Option<&PatronView>, language: Language) -> PatronStatusResponse {
        let tongue = tongue(language, patron);
        let messages = match patron {
            Some(patron) => secrets(words::standing(patron, tongue)),
            None => why_not(No::UnknownPatron, tongue),
        };
        PatronStatusResponse {
            status: flags(patron),
            language: spoken(tongue),
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(id),
            name: self.name_of(patron),
            valid_patron: Some(Flag::from(patron.is_some_and(|patron| patron.valid))),
            valid_password: Some(Flag::from(patron.is_some_and(|patron| patron.pin_right))),
            currency: patron.map(|_| self.place.currency.clone()),
            fee_amount: patron.filter(|patron| !self.is_hidden(patron)).map(|patron| money(patron.owed)),
            screen_messages: messages,
            print_lines: Vec::new(),
        }
    }

    /// Whether what the library knows of a patron is not told for want of a PIN.
    fn is_hidden(&self, patron: &PatronView) -> bool {
        self.knobs.private && !patron.pin_right
    }

    fn name_of(&self, patron: Option<&PatronView>) -> Secret {
        let shown = patron.filter(|patron| !self.is_hidden(patron));
        shown.map(|patron| Secret::from(patron.name.as_str())).unwrap_or_default()
    }

    pub(super) fn patron_information(
        &mut self,
        request: &PatronInformation,
    ) -> Result<PatronInformationResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let pin = request.patron_password.as_ref().map(Secret::expose).unwrap_or_default();
        let patron = self.books.patron(request.patron.expose(), pin, &turn)?;
        let status = self.status_of(&request.patron, patron.as_ref(), request.language);
        let mut answer = PatronInformationResponse {
            status: status.status,
            language: status.language,
            date: status.date,
            institution: status.institution,
            patron: status.patron,
            name: status.name,
            valid_patron: status.valid_patron,
            valid_password: status.valid_password,
            currency: status.currency,
            fee_amount: status.fee_amount,
            screen_messages: status.screen_messages,
            ..PatronInformationResponse::default()
        };
        let all = [
            &mut answer.hold_count,
            &mut answer.overdue_count,
            &mut answer.charged_count,
            &mut answer.fine_count,
            &mut answer.recall_count,
            &mut answer.unavailable_hold_count,
        ];
        for count in all {
            *count = counted(0);
        }
        if let Some(patron) = patron.filter(|patron| !self.is_hidden(patron)) {
            let fees = self.books.fees(&patron.card)?;
            self.fill(&mut answer, &patron, &fees, request);
        }
        Ok(answer)
    }

    fn fill(
        &self,
        answer: &mut PatronInformationResponse,
        patron: &PatronView,
        fees: &[Fee],
        request: &PatronInformation,
    ) {
        let in_text = self.knobs.holds_in == HoldsIn::Text;
        answer.overdue_count = counted(patron.overdue());
        answer.charged_count = counted(patron.loans.len());
        let holds = |ready: bool| patron.holds.iter().filter(move |hold| hold.ready == ready && !in_text);
        if self.knobs.partial_counts {
            let untold = [
                &mut answer.hold_count,
                &mut answer.fine_count,
                &mut answer.recall_count,
                &mut answer.unavailable_hold_count,
            ];
            for count in untold {
                *count = Number::default();
            }
        } else {
            answer.hold_count = counted(holds(true).count());
            answer.unavailable_hold_count = counted(holds(false).count());
            answer.fine_count = counted(fees.len());
            answer.recall_count = counted(patron.loans.iter().filter(|loan| loan.recalled).count());
        }
        let limit = |limit: u32| Some(format!("{:04}", limit.min(9999)));
        answer.hold_limit = limit(patron.max_holds);
        answer.overdue_limit = limit(patron.max_overdue);
        answer.charged_limit = limit(patron.max_loans);
        answer.fee_limit = Some(money(patron.fee_limit));
        let [address, phone, email] = &patron.contact;
        answer.home_address = address.as_deref().map(Secret::from);
        answer.home_phone = phone.as_deref().map(Secret::from);
        answer.email = email.as_deref().map(Secret::from);
        if in_text {
            let tongue = tongue(request.language, Some(patron));
            answer.screen_messages.extend(secrets(words::holds(patron, tongue)));
        }
        let loans = |wanted: &dyn Fn(&super::super::books::Loaned) -> bool| -> Vec<Secret> {
            patron.loans.iter().filter(|loan| wanted(loan)).map(|loan| self.entry(&loan.item, &loan.title)).collect()
        };
        let (list, rows): (&mut Vec<Secret>, Vec<Secret>) = match request.summary {
            None => return,
            Some(SummaryClass::Holds) => {
                (&mut answer.hold_items, holds(true).map(|hold| self.entry(&hold.item, &hold.title)).collect())
            }
            Some(SummaryClass::Overdue) => (&mut answer.overdue_items, loans(&|loan| loan.overdue)),
            Some(SummaryClass::Charged) => (&mut answer.charged_items, loans(&|_| true)),
            Some(SummaryClass::Fines) => (&mut answer.fine_items, fees.iter().map(fine).collect()),
            Some(SummaryClass::Recalls) => (&mut answer.recall_items, loans(&|loan| loan.recalled)),
            Some(SummaryClass::UnavailableHolds) => (
                &mut answer.unavailable_hold_items,
                holds(false).map(|hold| self.entry(&hold.item, &hold.title)).collect(),
            ),
        };
        let (first, last) = (request.start_item.as_deref(), request.end_item.as_deref());
        *list = page(rows, first, last, self.knobs.page_rows);
    }

    /// One entry of a list. What has no bar code yet (a hold on any copy) has its title.
    fn entry(&self, item: &str, title: &str) -> Secret {
        match self.knobs.entries {
            ListEntry::Barcode if !item.is_empty() => Secret::from(item),
            ListEntry::Both if !item.is_empty() => Secret::new(format!("{item} {title}")),
            _ => Secret::from(title),
        }
    }

    pub(super) fn block(&mut self, request: &BlockPatron) -> Result<PatronStatusResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let message = harmless(request.blocked_card_message.expose());
        let blocked = self.books.block(request.patron.expose(), &message, request.retained.is_yes(), &turn)?;
        Ok(self.status_of(&request.patron, blocked.ok().as_ref(), Language::UNKNOWN))
    }

    pub(super) fn enable(&mut self, request: &PatronEnable) -> Result<PatronEnableResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let who = who(&request.patron, request.patron_password.as_ref());
        let enabled = self.books.enable(who.id, who.pin, &turn)?;
        let patron = match &enabled {
            Ok(patron) => Some(patron.clone()),
            Err(_) => self.books.patron(who.id, who.pin, &turn)?,
        };
        let status = self.status_of(&request.patron, patron.as_ref(), Language::UNKNOWN);
        let messages = match enabled {
            Ok(_) => status.screen_messages,
            Err(no) => why_not(no, Tongue::of(patron.as_ref())),
        };
        Ok(PatronEnableResponse {
            status: status.status,
            language: status.language,
            date: status.date,
            institution: status.institution,
            patron: status.patron,
            name: status.name,
            valid_patron: status.valid_patron,
            valid_password: status.valid_password,
            screen_messages: messages,
            print_lines: Vec::new(),
        })
    }

    pub(super) fn end_session(&mut self, request: &EndPatronSession) -> Result<EndSessionResponse, BooksError> {
        let patron = self.known(&request.patron)?;
        let thanks = Tongue::of(patron.as_ref()).say("谢谢使用，欢迎再来", "Thank you for using the library");
        Ok(EndSessionResponse {
            ended: Flag::Yes,
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(&request.patron),
            screen_messages: vec![Secret::new(thanks)],
            print_lines: Vec::new(),
        })
    }

    pub(super) fn fee_paid(&mut self, request: &FeePaid) -> Result<FeePaidResponse, BooksError> {
        let turn = self.turn(request.date, Flag::No);
        let who = who(&request.patron, request.patron_password.as_ref());
        let fee = request.fee.as_deref().map(|fee| fee.trim().parse().unwrap_or(-1));
        let paid = match hundredths(&request.fee_amount) {
            _ if self.refuses => Err(No::Ordered),
            Some(amount) => self.books.pay(who, amount, fee, &turn)?,
            None => Err(No::NoAmount),
        };
        let patron = self.known(&request.patron)?;
        let tongue = Tongue::of(patron.as_ref());
        Ok(FeePaidResponse {
            accepted: Flag::from(paid.is_ok()),
            date: self.stamp(),
            institution: self.place.institution.clone(),
            patron: echoed(&request.patron),
            transaction: request.transaction.as_deref().map(harmless),
            screen_messages: paid.err().map(|no| why_not(no, tongue)).unwrap_or_default(),
            print_lines: Vec::new(),
        })
    }
}

/// A fee in a list: its number (which 37 takes as `CG`), what is left of it, and about which book.
fn fine(fee: &Fee) -> Secret {
    let about = fee.title.as_deref().or(fee.item.as_deref()).unwrap_or_default();
    Secret::from(format!("{} {} {about}", fee.id, money(fee.left)).trim_end())
}

/// `12`, `12.5` or `12.50` in hundredths.
fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let cents: i64 = format!("{part:0<2}").parse().ok()?;
    Some(whole.parse::<i64>().ok()? * 100 + cents)
}

#[cfg(test)]
mod tests {
    use super::{hundredths, page};

    #[test]
    fn amounts() {
        let got = ["12.50", "12.5", "12", "0.05", "-1", "", ".5", "1.234", "1e3", "99999999"].map(hundredths);
        assert_eq!(got, [Some(1250), Some(1250), Some(1200), Some(5), None, None, None, None, None, None]);
    }

    #[test]
    fn pages() {
        let rows = || (1..=9).collect::<Vec<_>>();
        assert_eq!(page(rows(), Some("3"), Some("5"), 200), [3, 4, 5]);
        assert_eq!(page(rows(), None, None, 4), [1, 2, 3, 4]);
        assert_eq!(page(rows(), Some("8"), None, 4), [8, 9]);
        assert_eq!(page(rows(), Some("5"), Some("3"), 4), [0; 0]);
        assert_eq!(page(rows(), Some("x"), Some("18446744073709551615"), 2).len(), 9);
    }
}
