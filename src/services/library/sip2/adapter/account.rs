// SPDX-License-Identifier: GPL-3.0-only
//! A patron's account: 63 for each list (one class in a message, page by page), or 23.

use super::values::{blocks, fee, number};
use super::{Form, OperationError, Outcome, Sip2Library, failed_question};
use crate::domain::library::{Account, HeldItem, ItemId, Loan, MOST_ROWS, Patron};
use crate::protocol::Secret;
use crate::services::library::sip2 as wire;
use crate::services::library::sip2::client::CallError;
use crate::services::library::sip2::{Flag, ListFormat, PatronFlag, PatronQuery, SummaryClass};

/// Entries of a list that are asked for at a time.
const PAGE: usize = 50;
/// Most items whose title and due date are asked for one by one, with 17: a person waits for it.
const MOST_LOOKUPS: usize = 30;

impl Sip2Library {
    /// The whole account. Lists are asked for only where the card is valid and the PIN not wrong.
    pub(super) async fn account(&self, patron: &Patron) -> Outcome<Account> {
        let mut form = Form::default();
        let account = match self.profile.patron_query {
            PatronQuery::Information => self.by_information(patron, &mut form).await,
            PatronQuery::Status => self.by_status(patron, &mut form).await,
        };
        match account {
            Ok(account) => (Ok(account), form.fault()),
            Err(error) => {
                let (failure, fault) = failed_question(OperationError::Account, error);
                (Err(failure), Some(fault))
            }
        }
    }

    async fn by_status(&self, patron: &Patron, form: &mut Form) -> Result<Account, CallError> {
        let request = wire::PatronStatusRequest {
            language: self.profile.language,
            date: self.clock.now(),
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&patron.id),
            terminal_password: self.profile.terminal_password.clone(),
            patron_password: patron.pin.clone().unwrap_or_default(),
        };
        let answer = self.send(request, form).await?;
        let valid = is_valid(answer.valid_patron, &answer.name);
        Ok(Account {
            valid,
            pin_right: pin_right(answer.valid_password),
            checkout_denied: answer.status.has(PatronFlag::ChargeDenied),
            renewal_denied: answer.status.has(PatronFlag::RenewalDenied),
            blocks: blocks(answer.status, valid, !answer.name.is_empty()),
            fee: fee(answer.fee_amount.as_deref(), answer.currency.as_deref(), form),
            name: answer.name,
            messages: answer.screen_messages,
            ..Account::default()
        })
    }

    async fn by_information(&self, patron: &Patron, form: &mut Form) -> Result<Account, CallError> {
        let first = self.page(patron, SummaryClass::Charged, 0, form).await?;
        let valid = is_valid(first.valid_patron, &first.name);
        let currency = first.currency.as_deref();
        let mut account = Account {
            valid,
            pin_right: pin_right(first.valid_password),
            checkout_denied: first.status.has(PatronFlag::ChargeDenied),
            renewal_denied: first.status.has(PatronFlag::RenewalDenied),
            blocks: blocks(first.status, valid, !first.name.is_empty()),
            loan_count: first.charged_count.get().map(u32::from),
            loan_limit: number(first.charged_limit.as_deref()),
            fee: fee(first.fee_amount.as_deref(), currency, form),
            fee_limit: fee(first.fee_limit.as_deref(), currency, form),
            name: first.name.clone(),
            messages: first.screen_messages.clone(),
            ..Account::default()
        };
        if !valid || account.pin_right == Some(false) {
            return Ok(account);
        }
        let overdue = self.list(patron, SummaryClass::Overdue, first.overdue_count.get(), form).await?;
        let ready = self.list(patron, SummaryClass::Holds, first.hold_count.get(), form).await?;
        let waiting =
            self.list(patron, SummaryClass::UnavailableHolds, first.unavailable_hold_count.get(), form).await?;
        let charged = self.rest(patron, SummaryClass::Charged, first, form).await?;
        let mut lookups = MOST_LOOKUPS;
        account.loans = self.loans(&charged, &overdue, &mut lookups, form).await?;
        account.ready_holds = self.holds(&ready, &mut lookups, form).await?;
        account.waiting_holds = self.holds(&waiting, &mut lookups, form).await?;
        Ok(account)
    }

    /// One page of one list.
    async fn page(
        &self,
        patron: &Patron,
        class: SummaryClass,
        from: usize,
        form: &mut Form,
    ) -> Result<wire::PatronInformationResponse, CallError> {
        let request = wire::PatronInformation {
            language: self.profile.language,
            date: self.clock.now(),
            summary: Some(class),
            institution: self.profile.institution.clone(),
            patron: self.patron_id(&patron.id),
            terminal_password: Some(self.profile.terminal_password.clone()),
            patron_password: Some(patron.pin.clone().unwrap_or_default()),
            start_item: Some((from + 1).to_string()),
            end_item: Some((from + PAGE).to_string()),
        };
        self.send(request, form).await
    }

    /// One whole list; none where the server counts none.
    async fn list(
        &self,
        patron: &Patron,
        class: SummaryClass,
        count: Option<u16>,
        form: &mut Form,
    ) -> Result<Vec<Secret>, CallError> {
        if count == Some(0) {
            return Ok(Vec::new());
        }
        let first = self.page(patron, class, 0, form).await?;
        self.rest(patron, class, first, form).await
    }

    /// The pages behind `first`, until the count is reached, a page brings nothing new, or [`MOST_ROWS`] are there.
    async fn rest(
        &self,
        patron: &Patron,
        class: SummaryClass,
        first: wire::PatronInformationResponse,
        form: &mut Form,
    ) -> Result<Vec<Secret>, CallError> {
        let count = count_of(&first, class).map_or(MOST_ROWS, usize::from).min(MOST_ROWS);
        let mut entries = entries_of(first, class);
        while entries.len() < count && entries.len() >= PAGE {
            let page = entries_of(self.page(patron, class, entries.len(), form).await?, class);
            let known = entries.len();
            // A server that does not know pages sends the same list again.
            for entry in page {
                if !entries.iter().take(known).any(|seen| *seen == entry) {
                    entries.push(entry);
                }
            }
            if entries.len() == known {
                break;
            }
        }
        entries.truncate(MOST_ROWS);
        Ok(entries)
    }

    /// An entry of a list by the profile: its bar code (empty where it has none) and its title.
    pub(super) fn entry(&self, entry: &Secret) -> (ItemId, Secret) {
        let text = entry.expose().trim();
        match self.profile.list_format {
            ListFormat::Barcode => (ItemId(text.to_owned()), Secret::default()),
            ListFormat::Title => (ItemId(String::new()), Secret::from(text)),
            ListFormat::BarcodeTitle => {
                let (id, title) = text.split_once(' ').unwrap_or((text, ""));
                (ItemId(id.to_owned()), Secret::from(title.trim()))
            }
        }
    }

    async fn loans(
        &self,
        charged: &[Secret],
        overdue: &[Secret],
        lookups: &mut usize,
        form: &mut Form,
    ) -> Result<Vec<Loan>, CallError> {
        let mut loans = Vec::with_capacity(charged.len());
        let overdue: Vec<_> = overdue.iter().map(|entry| self.entry(entry)).collect();
        for entry in charged {
            let (item, mut title) = self.entry(entry);
            let is_overdue = overdue.iter().any(
                |(late, late_title)| {
                    if item.0.is_empty() { *late_title == title } else { *late == item }
                },
            );
            let mut due = None;
            if let Some(found) = self.described(&item, lookups, form).await? {
                due = found.due;
                title = Secret::new(found.title);
            }
            loans.push(Loan { item, title, due, overdue: is_overdue });
        }
        Ok(loans)
    }

    async fn holds(
        &self,
        entries: &[Secret],
        lookups: &mut usize,
        form: &mut Form,
    ) -> Result<Vec<HeldItem>, CallError> {
        let mut holds = Vec::with_capacity(entries.len());
        for entry in entries {
            let (item, mut title) = self.entry(entry);
            if title.is_empty()
                && let Some(found) = self.described(&item, lookups, form).await?
            {
                title = Secret::new(found.title);
            }
            holds.push(HeldItem { item, title, pickup: None });
        }
        Ok(holds)
    }

    /// What the library tells of an item, while lookups are left.
    async fn described(
        &self,
        item: &ItemId,
        lookups: &mut usize,
        form: &mut Form,
    ) -> Result<Option<crate::domain::library::Item>, CallError> {
        if item.0.is_empty() || *lookups == 0 {
            return Ok(None);
        }
        *lookups -= 1;
        self.look_up(item, form).await
    }
}

/// Whether the card is one of a patron. A server that sends no `BL` knows the patron if it knows a name.
fn is_valid(told: Option<Flag>, name: &Secret) -> bool {
    told.map_or(!name.is_empty(), Flag::is_yes)
}

fn pin_right(told: Option<Flag>) -> Option<bool> {
    match told? {
        Flag::Yes => Some(true),
        Flag::No => Some(false),
        Flag::Unknown => None,
    }
}

fn count_of(answer: &wire::PatronInformationResponse, class: SummaryClass) -> Option<u16> {
    match class {
        SummaryClass::Holds => answer.hold_count,
        SummaryClass::Overdue => answer.overdue_count,
        SummaryClass::Charged => answer.charged_count,
        SummaryClass::Fines => answer.fine_count,
        SummaryClass::Recalls => answer.recall_count,
        SummaryClass::UnavailableHolds => answer.unavailable_hold_count,
    }
    .get()
}

fn entries_of(answer: wire::PatronInformationResponse, class: SummaryClass) -> Vec<Secret> {
    let entries = match class {
        SummaryClass::Holds => answer.hold_items,
        SummaryClass::Overdue => answer.overdue_items,
        SummaryClass::Charged => answer.charged_items,
        SummaryClass::Fines => answer.fine_items,
        SummaryClass::Recalls => answer.recall_items,
        SummaryClass::UnavailableHolds => answer.unavailable_hold_items,
    };
    entries.into_iter().filter(|entry| !entry.is_empty()).take(MOST_ROWS).collect()
}
