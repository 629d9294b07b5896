// SPDX-License-Identifier: GPL-3.0-only
//! What somebody has seen before, without a profile of anybody.
//!
//! A mark is HMAC-SHA256 over (18 bits of the ID number's HMAC, pack, policy, version) under the random key of a
//! period, cut to 16 bytes: about one in 262,144 numbers has the same marks, so that a mark fits many and proves little.
//! Whoever lays the same card down again finds it; from the mark alone nothing is found, and when a period is over its
//! key is deleted and nobody finds anything. No row says whose it is, when it was made within its period, or which
//! others were made with it. `docs/policy-privacy.md` says what that is worth and what not.

mod keys;
mod rows;

use std::path::{Path, PathBuf};

use ring::hmac;
use rusqlite::Connection;
use thiserror::Error;

use self::keys::PeriodKey;
use self::rows::{MARK_BYTES, Mark};
use super::error::StoreCause;
use super::handle::Store;
use super::worker::Effect;
use crate::domain::day::Day;
use crate::protocol::{Fault, FaultCode, Secret};

pub use self::keys::MarkKeyError;
pub(super) use self::rows::STATEMENTS;

/// For how many days a mark is kept where the settings say nothing.
pub const DEFAULT_MARKS_DAYS: u16 = 90;
/// Longest time that the settings may ask for, in days.
pub const MOST_MARKS_DAYS: u16 = 366;
/// Longest period, in days. A third of the time that marks are kept, where that is shorter.
pub const LONGEST_PERIOD_DAYS: u16 = 30;
/// Most marks that are kept, in rows; the oldest period goes first.
pub const MOST_MARKS: u32 = 1_000_000;
/// Most policies in one question.
pub const MOST_ITEMS: usize = 20_000;
/// How far the clock may be set back over the beginning of a period without ending it, in days.
const CLOCK_SLACK_DAYS: i32 = 1;
/// Marks that are deleted in one transaction, in rows, so that other requests come between.
const DELETED_AT_ONCE: u32 = 10_000;
/// Transactions in which one call deletes at most: enough for all marks there can be.
const MOST_DELETIONS: u32 = MOST_MARKS / DELETED_AT_ONCE + 64;
/// Most marks of a period that are written anew in the order of their values, in rows; among more of them, no two tell
/// anything of each other.
const MOST_ARRANGED: u32 = 200_000;
/// What the marks of this program and this form begin with.
const FORM: &[u8] = b"doorstep mark 2";
/// The same of the person that stands in a mark.
const PERSON_FORM: &[u8] = b"doorstep person 2";
/// Of the HMAC of a number so many bits are kept: among 36 million numbers of a county some 140 share them.
const PERSON_BITS: u32 = 18;

/// A policy that was, or may have been, shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ShownPolicy {
    /// Key of its pack.
    pub pack: String,
    /// Its key.
    pub policy: String,
    /// Its version; another one is new again.
    pub version: u32,
}

/// Which operation on the marks failed. The terminal then marks nothing as new.
#[derive(Debug, Error)]
pub enum MarksError {
    /// It is not known what was seen before.
    #[error("it cannot be told what was seen before")]
    Seen(#[source] MarksCause),
    /// Not noted that something was seen.
    #[error("what was seen is not marked")]
    Mark(#[source] MarksCause),
    /// Marks that are over may be there still; it is tried again the next time.
    #[error("old marks are not deleted")]
    Expire(#[source] MarksCause),
}

/// Why.
#[derive(Debug, Error)]
pub enum MarksCause {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreCause),
    /// The keys.
    #[error(transparent)]
    Key(#[from] MarkKeyError),
    /// More policies than [`MOST_ITEMS`].
    #[error("more than {MOST_ITEMS} policies at once")]
    TooMany,
}

impl MarksError {
    /// The code under which a technician looks it up.
    #[must_use]
    pub fn fault_code(&self) -> FaultCode {
        let (Self::Seen(cause) | Self::Mark(cause) | Self::Expire(cause)) = self;
        match cause {
            MarksCause::Store(cause) => cause.fault_code(),
            MarksCause::Key(_) => FaultCode::MarksUnavailable,
            MarksCause::TooMany => FaultCode::StoreRefused,
        }
    }

    /// Code and the whole chain of causes.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::from_error(self.fault_code(), self)
    }
}

/// What became of marks that were to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marked {
    /// They are there.
    Done,
    /// None was made: marks are switched off, or the present period alone has [`MOST_MARKS`].
    LeftOut,
}

/// What is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Expired {
    /// Keys that were deleted.
    pub keys: usize,
    /// Periods whose marks were deleted.
    pub periods: usize,
}

/// Which periods count on a day.
#[derive(Clone, Copy, Debug)]
struct Span {
    today: i32,
    marks_days: i32,
}

impl Span {
    fn new(today: Day, marks_days: u16) -> Self {
        Self { today: today.number(), marks_days: i32::from(marks_days.min(MOST_MARKS_DAYS)) }
    }

    /// Whether the marks of the period that begins on the day of that number hold. One that begins in the future was
    /// begun by a clock that was wrong: how old its marks are nobody knows, and it is over.
    fn is_live(self, period: i32) -> bool {
        let age_days = i64::from(self.today) - i64::from(period);
        self.marks_days > 0 && (-i64::from(CLOCK_SLACK_DAYS)..i64::from(self.marks_days)).contains(&age_days)
    }

    /// The first day of the present period.
    fn period(self) -> i32 {
        let length = (self.marks_days / 3).clamp(1, i32::from(LONGEST_PERIOD_DAYS));
        self.today.div_euclid(length) * length
    }
}

/// The marks: a cheap handle to the store, and where the keys are.
#[derive(Clone, Debug)]
pub struct Marks {
    store: Store,
    directory: PathBuf,
    marks_days: u16,
}

impl Marks {
    /// Marks in `store`, with the keys in `directory`, that hold for `marks_days` (0: none are made, and those that are
    /// there are over). Does nothing yet; [`expire`](Self::expire) belongs to every start and every day.
    #[must_use]
    pub fn new(store: Store, directory: &Path, marks_days: u16) -> Self {
        Self { store, directory: directory.to_owned(), marks_days }
    }

    /// Which of `items`, at most [`MOST_ITEMS`], the holder of the ID number has seen, in their order. Where none is,
    /// this is the first visit as far as anybody can tell, and nothing is "new since the last visit".
    ///
    /// # Errors
    /// It is not known.
    pub async fn seen(&self, number: &Secret, items: &[ShownPolicy], today: Day) -> Result<Vec<bool>, MarksError> {
        let span = Span::new(today, self.marks_days);
        if self.marks_days == 0 || number.is_empty() || items.is_empty() {
            return Ok(vec![false; items.len()]);
        }
        if items.len() > MOST_ITEMS {
            return Err(MarksError::Seen(MarksCause::TooMany));
        }
        let (directory, number, items) = (self.directory.clone(), number.clone(), items.to_vec());
        let look = move |database: &Connection| {
            let keys = match keys::live(&directory, span) {
                Ok(keys) => keys,
                Err(error) => return Ok(Err(error)),
            };
            look(database, &keys, &number, &items).map(Ok)
        };
        self.ask(Effect::Reads, look).await.map_err(MarksError::Seen)
    }

    /// Notes that the holder of the ID number has seen `items`, at most [`MOST_ITEMS`]. On the disk when it returns.
    ///
    /// # Errors
    /// It is not noted.
    pub async fn mark(&self, number: &Secret, items: &[ShownPolicy], today: Day) -> Result<Marked, MarksError> {
        let span = Span::new(today, self.marks_days);
        if self.marks_days == 0 || number.is_empty() || items.is_empty() {
            return Ok(Marked::LeftOut);
        }
        if items.len() > MOST_ITEMS {
            return Err(MarksError::Mark(MarksCause::TooMany));
        }
        let (directory, number, items) = (self.directory.clone(), number.clone(), items.to_vec());
        let mark = move |database: &Connection| {
            if !make_room(database, &directory, span, items.len())? {
                return Ok(Ok(Marked::LeftOut));
            }
            let (key, is_new) = match keys::get_or_make(&directory, span.period()) {
                Ok(key) => key,
                Err(error) => return Ok(Err(error)),
            };
            if is_new {
                // The key that these rows belonged to is lost.
                rows::forget(database, key.period)?;
            }
            let hmac = hmac::Key::new(hmac::HMAC_SHA256, &key.key[..]);
            let person = person_of(&hmac, &number);
            let mut marks: Vec<Mark> = items.iter().map(|item| mark_of(&hmac, person, item)).collect();
            rows::insert(database, key.period, &mut marks)?;
            Ok(Ok(Marked::Done))
        };
        self.ask(Effect::Writes, mark).await.map_err(MarksError::Mark)
    }

    /// Deletes what is over on `today`: first the keys, with which every mark of theirs is gone for good, then the rows,
    /// a piece at a time. To be called at every start and every day.
    ///
    /// # Errors
    /// Something may be there still.
    pub async fn expire(&self, today: Day) -> Result<Expired, MarksError> {
        let span = Span::new(today, self.marks_days);
        let directory = self.directory.clone();
        let keys = self.ask(Effect::Reads, move |_| Ok(keys::delete_dead(&directory, span)));
        let keys = keys.await.map_err(MarksError::Expire)?;
        let mut expired = Expired { keys, periods: 0 };
        for _ in 0..MOST_DELETIONS {
            let directory = self.directory.clone();
            let step = self.ask(Effect::Writes, move |database| tidy(database, &directory, span));
            match step.await.map_err(MarksError::Expire)? {
                Step::Shrunk => {}
                Step::Forgotten => expired.periods += 1,
                Step::Nothing => break,
            }
        }
        Ok(expired)
    }

    /// Runs on the store's thread. A failure of the keys is an answer, so that it undoes nobody else's commit.
    async fn ask<T, F>(&self, effect: Effect, mut run: F) -> Result<T, MarksCause>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<Result<T, MarkKeyError>, StoreCause> + Send + 'static,
    {
        Ok(self.store.ask(effect, None, move |database, _| run(database)).await??)
    }
}

/// What one step of the tidying did.
enum Step {
    /// Deleted some marks of a period that is over.
    Shrunk,
    /// Deleted the last of them.
    Forgotten,
    /// All is tidy.
    Nothing,
}

/// One step: a piece of the oldest period that is over or has lost its key; where there is none, the marks of the
/// others are put in order.
fn tidy(database: &Connection, directory: &Path, span: Span) -> Result<Result<Step, MarkKeyError>, StoreCause> {
    let with_key = match keys::periods(directory) {
        Ok(periods) => periods,
        Err(error) => return Ok(Err(error)),
    };
    let periods = rows::periods(database)?;
    let is_over = |period: i32| !span.is_live(period) || !with_key.contains(&period);
    if let Some(over) = periods.iter().find(|row| is_over(row.period)) {
        let is_gone = rows::shrink(database, over.period, DELETED_AT_ONCE)?;
        return Ok(Ok(if is_gone { Step::Forgotten } else { Step::Shrunk }));
    }
    for row in periods.iter().filter(|row| row.marks != row.arranged && row.marks <= MOST_ARRANGED) {
        rows::arrange(database, row.period)?;
    }
    Ok(Ok(Step::Nothing))
}

/// Deletes the oldest periods until `more` marks fit. Gives whether they do.
fn make_room(database: &Connection, directory: &Path, span: Span, more: usize) -> Result<bool, StoreCause> {
    let periods = rows::periods(database)?;
    let mut total: usize = periods.iter().map(|row| row.marks as usize).sum();
    for row in &periods {
        if total + more <= MOST_MARKS as usize {
            return Ok(true);
        }
        if row.period == span.period() {
            continue;
        }
        // Without its rows the key is of no use; the next tidying deletes it where this fails.
        if let Err(error) = keys::delete(directory, row.period) {
            tracing::warn!(fault = %Fault::from_error(FaultCode::MarksUnavailable, &error), "a key stays for now");
        }
        rows::forget(database, row.period)?;
        total -= row.marks as usize;
    }
    Ok(total + more <= MOST_MARKS as usize)
}

fn look(
    database: &Connection,
    keys: &[PeriodKey],
    number: &Secret,
    items: &[ShownPolicy],
) -> Result<Vec<bool>, StoreCause> {
    let hmacs = keys.iter().map(|key| (key.period, hmac::Key::new(hmac::HMAC_SHA256, &key.key[..])));
    let hmacs: Vec<(i32, hmac::Key, u32)> = hmacs
        .map(|(period, hmac)| {
            let person = person_of(&hmac, number);
            (period, hmac, person)
        })
        .collect();
    let mut seen = Vec::with_capacity(items.len());
    for item in items {
        let mut found = false;
        // The newest period first: who comes often is found there.
        for (period, hmac, person) in hmacs.iter().rev() {
            found = found || rows::has(database, *period, &mark_of(hmac, *person, item))?;
        }
        seen.push(found);
    }
    Ok(seen)
}

/// What of a number stands in its marks: the first [`PERSON_BITS`] bits of its HMAC.
fn person_of(key: &hmac::Key, number: &Secret) -> u32 {
    let mut context = hmac::Context::with_key(key);
    context.update(PERSON_FORM);
    for byte in number.expose().bytes() {
        // A small x at the end of a number is the same number.
        context.update(&[byte.to_ascii_uppercase()]);
    }
    let first = context.sign().as_ref().iter().take(4).fold(0, |bits, byte| (bits << 8) | u32::from(*byte));
    first >> (u32::BITS - PERSON_BITS)
}

/// Each text with its length in front, so that no two questions are the same bytes.
fn mark_of(key: &hmac::Key, person: u32, item: &ShownPolicy) -> Mark {
    let mut context = hmac::Context::with_key(key);
    context.update(FORM);
    let length = |text: &str| (text.len() as u64).to_be_bytes();
    context.update(&person.to_be_bytes());
    for text in [&item.pack, &item.policy] {
        context.update(&length(text));
        context.update(text.as_bytes());
    }
    context.update(&item.version.to_be_bytes());
    let mut mark = [0; MARK_BYTES];
    mark.iter_mut().zip(context.sign().as_ref()).for_each(|(to, from)| *to = *from);
    mark
}

#[cfg(test)]
mod tests;
