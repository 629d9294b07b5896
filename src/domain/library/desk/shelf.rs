// SPDX-License-Identifier: GPL-3.0-only
//! What is in the case, by cover and by title.

use std::collections::BTreeMap;

use super::Desk;
use super::event::LibraryEffect;
use super::view::{BOOKS_A_PAGE, MOST_RESULTS, ShelfBook};
use super::visit::{DeskPage, MOST_SEARCH_CHARACTERS, TYPED_CAPACITY};
use crate::domain::library::bookcase::DoorId;
use crate::domain::library::{CallFailure, CallId, Item, ItemId, LibraryCall};
use crate::domain::time::{Moment, Now};

/// Most titles that are known; more than any case holds.
const MOST_TITLES: usize = 5_000;
/// Pause after a title that could not be had.
const TITLE_PAUSE: std::time::Duration = std::time::Duration::from_secs(30);

/// Titles of the case's books, asked for one after the other while nothing else is asked.
#[derive(Debug, Default)]
pub(super) struct Titles {
    known: BTreeMap<ItemId, String>,
    /// Being asked for.
    asking: Option<(CallId, ItemId)>,
    not_before: Option<Moment>,
}

impl Titles {
    pub(super) fn get(&self, item: &ItemId) -> Option<&String> {
        self.known.get(item)
    }

    pub(super) fn learn(&mut self, item: ItemId, title: String) {
        if self.known.len() < MOST_TITLES || self.known.contains_key(&item) {
            self.known.insert(item, title);
        }
    }

    pub(super) fn next_wakeup(&self) -> Option<Moment> {
        self.not_before
    }

    /// Whether `call` was ours.
    pub(super) fn told(&mut self, now: Now, call: CallId, told: &Result<Option<Item>, CallFailure>) -> bool {
        let Some((_, item)) = self.asking.take_if(|(asked, _)| *asked == call) else { return false };
        match told {
            Ok(Some(about)) => self.learn(item, about.title.clone()),
            // The library does not know it: it is not asked again until the program starts anew.
            Ok(None) | Err(CallFailure::Refused(_)) => self.learn(item, String::new()),
            Err(CallFailure::NotSent | CallFailure::Unknown) => self.not_before = Some(now.moment + TITLE_PAUSE),
        }
        true
    }
}

impl Desk {
    /// Asks for the next title that is not known.
    pub(super) fn ask_titles(&mut self, now: Now, effects: &mut Vec<LibraryEffect>) {
        let Some(case) = &self.case else { return };
        if self.titles.not_before.is_some_and(|at| at <= now.moment) {
            self.titles.not_before = None;
        }
        if !self.reachable || self.titles.asking.is_some() || self.titles.not_before.is_some() {
            return;
        }
        let missing = case.shelved().map(|(_, item)| item).find(|item| !self.titles.known.contains_key(item));
        let Some(item) = missing.cloned() else { return };
        if self.titles.known.len() >= MOST_TITLES {
            return;
        }
        let call = self.next_call();
        self.titles.asking = Some((call, item.clone()));
        effects.push(LibraryEffect::Ask(call, LibraryCall::Item(item)));
    }

    /// Every book in the case, in the order of titles.
    fn books(&self) -> Vec<ShelfBook> {
        let Some(case) = &self.case else { return Vec::new() };
        let mut books: Vec<ShelfBook> = case.shelved().map(|(door, item)| self.shelf_book(door, item)).collect();
        books.sort_by(|one, other| {
            (one.title.is_empty(), &one.title, &one.item).cmp(&(other.title.is_empty(), &other.title, &other.item))
        });
        books
    }

    fn shelf_book(&self, door: DoorId, item: &ItemId) -> ShelfBook {
        let title = self.titles.get(item).cloned().unwrap_or_default();
        ShelfBook { title, item: item.clone(), door, here: true }
    }

    pub(super) fn shelf_pages(&self) -> usize {
        let books = self.case.as_ref().map_or(0, |case| case.shelved().count());
        books.div_ceil(BOOKS_A_PAGE).max(1)
    }

    pub(super) fn shelf_page(&self, page: usize) -> Vec<ShelfBook> {
        self.books().into_iter().skip(page * BOOKS_A_PAGE).take(BOOKS_A_PAGE).collect()
    }

    /// Books whose title or bar code holds what was typed, titles that begin with it first.
    pub(super) fn found(&self, text: &str) -> Vec<ShelfBook> {
        let text = text.trim().to_lowercase();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(bool, ShelfBook)> = self
            .books()
            .into_iter()
            .filter_map(|book| {
                let title = book.title.to_lowercase();
                let hit = title.contains(&text) || book.item.0.to_lowercase().starts_with(&text);
                hit.then(|| (!title.starts_with(&text), book))
            })
            .collect();
        found.sort_by_key(|(later, _)| *later);
        found.into_iter().map(|(_, book)| book).take(MOST_RESULTS).collect()
    }

    /// The book that is looked at, where it is now.
    pub(super) fn book(&self) -> Option<ShelfBook> {
        let item = self.visit.as_ref()?.book.as_ref()?;
        let place = self.case.as_ref()?.shelved().find(|(_, shelved)| *shelved == item);
        match place {
            Some((door, item)) => Some(self.shelf_book(door, item)),
            None => {
                let gone = self.shelf_book(DoorId(0), item);
                Some(ShelfBook { here: false, ..gone })
            }
        }
    }

    pub(super) fn choose(&mut self, book: Option<ShelfBook>) {
        let Some(visit) = &mut self.visit else { return };
        if let Some(book) = book {
            visit.book = Some(book.item);
            visit.open(DeskPage::Book);
        }
    }

    pub(super) fn typed(&mut self, text: &crate::protocol::Secret) {
        let Some(visit) = &mut self.visit else { return };
        if visit.page != DeskPage::Search {
            return;
        }
        visit.searched = false;
        let room = MOST_SEARCH_CHARACTERS.saturating_sub(visit.search.expose().chars().count());
        for character in text.expose().chars().filter(|character| !character.is_control()).take(room) {
            visit.search.push(character, TYPED_CAPACITY);
        }
    }

    pub(super) fn erased(&mut self) {
        if let Some(visit) = &mut self.visit
            && visit.page == DeskPage::Search
        {
            visit.searched = false;
            visit.search.pop();
        }
    }
}
