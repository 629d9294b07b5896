// SPDX-License-Identifier: GPL-3.0-only
//! The library at the terminal: the desk takes what belongs to it, and its pages stand among the others.

use super::{Effect, Kiosk, Now, Page, Prompt, Session, Slip, SlipJob, SlipState};
use crate::domain::library::desk::{
    BookState, Desk, LibraryEffect, LibraryEvent, LibraryIntent, LibraryPage, LibraryPrompt, LibraryScreen, LibrarySlip,
};
use crate::domain::library::{DueDate, VisitId};
use crate::domain::session::PageKind;
use crate::domain::time::{Moment, WallTime};

/// Slips for one visit: paper is not to be emptied for fun.
const MOST_SLIPS: u32 = 3;

/// The slip for a borrower.
#[derive(Clone, Debug, PartialEq)]
pub struct BorrowerSlip {
    /// Language of the session.
    pub language: super::Language,
    /// What is on it.
    pub slip: LibrarySlip,
    /// When it was printed.
    pub printed_at: WallTime,
}

impl Kiosk {
    /// The same terminal with a library.
    #[must_use]
    pub fn with_library(mut self, desk: Desk) -> Self {
        self.library = Some(desk);
        self
    }

    /// The tile: the runtime has added a random key.
    pub(super) fn open_library(&mut self, now: Now, visit: VisitId) {
        let (Some(session), Some(desk)) = (&mut self.session, &mut self.library) else { return };
        session.attention.sign(now.moment);
        desk.enter(visit);
        session.page = Page::Library;
    }

    pub(super) fn library_intent(&mut self, now: Now, intent: LibraryIntent, effects: &mut Vec<Effect>) {
        let Some(desk) = self.library.as_mut().filter(|_| self.session.as_ref().is_some_and(Session::in_library))
        else {
            return;
        };
        let screen = desk.page(now.moment).screen;
        if intent == LibraryIntent::Back && screen == LibraryScreen::Start {
            // Nothing lies before the first page but the home screen.
            self.open_home(now);
            return;
        }
        let mut asked = Vec::new();
        desk.intent(now, intent, &mut asked);
        self.library_effects(now, asked, effects);
    }

    pub(super) fn library_event(&mut self, now: Now, event: LibraryEvent, effects: &mut Vec<Effect>) {
        // Only who is at the library's pages types or shows something to it, and it is a sign of them.
        let by_hand = matches!(event, LibraryEvent::Presented(_) | LibraryEvent::Typed(_) | LibraryEvent::Erased);
        if by_hand {
            match self.session.as_mut().filter(|session| session.in_library()) {
                Some(session) => session.attention.sign(now.moment),
                None => return,
            }
        }
        let Some(desk) = &mut self.library else { return };
        let mut asked = Vec::new();
        desk.event(now, event, &mut asked);
        self.library_effects(now, asked, effects);
    }

    /// What falls due by itself, and what is to be said.
    pub(super) fn advance_library(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let in_front = self.session.as_ref().is_some_and(Session::in_library);
        let Some(desk) = &mut self.library else { return };
        let mut asked = Vec::new();
        desk.set_in_front(in_front);
        desk.advance(now, &mut asked);
        self.library_effects(now, asked, effects);
        if !self.session.as_ref().is_some_and(Session::in_library) && !self.calls_back(now.moment) {
            return;
        }
        let news = self.library.as_mut().and_then(|desk| desk.news(now.moment));
        if let Some(news) = news {
            // A reminder does not keep somebody here who has left a door open and gone.
            let takes_time = !matches!(news.prompt, LibraryPrompt::DoorRemind | LibraryPrompt::Asking);
            if let Some(session) = self.session.as_mut().filter(|_| takes_time) {
                session.attention.sign(now.moment);
                session.warned_s = None;
            }
            self.say(Prompt::Library(news.prompt), news.spoken);
        }
    }

    /// Whether the resident is led back to the library's pages: a door of theirs stands open for long, or what
    /// was taken is to be confirmed.
    fn calls_back(&mut self, now: Moment) -> bool {
        let (Some(session), Some(desk)) = (&mut self.session, &self.library) else { return false };
        let page = desk.page(now);
        let calls = page.case.remind || page.screen == LibraryScreen::Confirm;
        if calls {
            session.page = Page::Library;
        }
        calls
    }

    pub(super) fn library_prompt(&self, now: Moment) -> Prompt {
        self.library.as_ref().and_then(|desk| desk.prompt(now)).map_or(Prompt::None, Prompt::Library)
    }

    /// The session is over, or goes on without the library.
    pub(super) fn leave_library(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let Some(desk) = &mut self.library else { return };
        let mut asked = Vec::new();
        desk.leave(now, &mut asked);
        self.library_effects(now, asked, effects);
    }

    fn library_effects(&mut self, now: Now, asked: Vec<LibraryEffect>, effects: &mut Vec<Effect>) {
        for effect in asked {
            match effect {
                LibraryEffect::Listen(wants) => self.listening.library = wants,
                LibraryEffect::Print(slip) => self.print_library_slip(now, *slip, effects),
                other => effects.push(Effect::Library(other)),
            }
        }
    }

    fn print_library_slip(&mut self, now: Now, slip: LibrarySlip, effects: &mut Vec<Effect>) {
        let offered = self.rules.slips;
        let Some(session) = &mut self.session else { return };
        if !offered || !session.library_slips.may_print(MOST_SLIPS) {
            return;
        }
        self.slips += 1;
        let job = SlipJob(self.slips);
        session.library_slips.begin(job, now.moment);
        let slip = BorrowerSlip { language: session.language, slip, printed_at: now.wall };
        effects.push(Effect::Print(job, Slip::Library(slip)));
    }

    /// What kind of page the library shows, as far as time is concerned.
    pub(super) fn library_page_kind(&self, now: Moment) -> PageKind {
        let printing = self.session.as_ref().is_some_and(|session| session.library_slips.state == SlipState::Printing);
        let Some(desk) = self.library.as_ref().filter(|_| !printing) else { return PageKind::Busy };
        let page = desk.page(now);
        let under_way = page.lines.iter().any(|line| matches!(line.state, BookState::Working | BookState::PutBack(_)));
        match page.screen {
            LibraryScreen::Done if !under_way => PageKind::Last,
            _ => PageKind::Working,
        }
    }

    pub(super) fn set_library_day(&mut self, today: DueDate) {
        if let Some(desk) = &mut self.library {
            desk.set_today(today);
        }
    }

    pub(super) fn library_page(&self, now: Moment) -> LibraryPage {
        self.library.as_ref().map(|desk| desk.page(now)).unwrap_or_default()
    }
}
