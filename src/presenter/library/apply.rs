// SPDX-License-Identifier: GPL-3.0-only
//! What the library's pages are told, all but their lists of books.

use doorstep_ui as ui;
use slint::ComponentHandle;

use super::Shown;
use super::books::{book_line, change_line, door_line, hold_line, loan_line, shelf_book};
use super::covers::Covers;
use super::staff::matter;
use crate::domain::kiosk::{SlipState, ViewState};
use crate::domain::library::Block;
use crate::domain::library::desk::{
    BookState, CardHint, CardStage, ChangeKind, DoorShown, LibraryPage, LibraryProblem, LibraryPrompt, LibraryScreen,
    MOST_PIN_DIGITS,
};
use crate::domain::session::Language;
use crate::presenter::apply::{NONE, count, model, number, text};
use crate::settings::Settings;

/// A count of rows as the screens take it.
pub(super) fn rows(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// What the settings say, in `language`.
pub(in crate::presenter) fn site(app: &ui::App, settings: &Settings, language: Language) {
    let library = app.global::<ui::Library>();
    library.set_offered(settings.lending.is_some() && settings.library.is_some());
    library.set_slip_offered(settings.slip_printer().is_some());
    let Some(lending) = &settings.lending else { return };
    library.set_desk(ui::Contact {
        name: text(&lending.desk.name, language),
        phone: lending.desk.phone.as_str().into(),
        hours: text(&lending.desk.hours, language),
    });
    library.set_pin_most(rows(MOST_PIN_DIGITS));
    library.set_pin_least(rows(lending.shortest_pin));
}

/// Shows the library's part of `view`; `before` is what is on the screen.
pub(in crate::presenter) fn view(app: &ui::App, shown: &mut Shown, before: Option<&ViewState>, view: &ViewState) {
    let library = app.global::<ui::Library>();
    library.set_slip(slip(view.library_slip));
    library.set_this_year(i32::from(view.clock.year));
    if before.is_some_and(|before| before.library == view.library && before.language == view.language) {
        return;
    }
    let page = &view.library;
    let before = before.map(|before| &before.library);
    plain(&library, page);
    account(&library, before, page);
    case(&library, before, page);
    books(&library, &mut shown.covers, before, page);
    if before.is_none_or(|before| before.matters != page.matters) {
        library.set_matters(model(page.matters.iter().map(|line| matter(line, &shown.zone)).collect()));
    }
}

fn plain(library: &ui::Library<'_>, page: &LibraryPage) {
    library.set_case_offered(page.case_offered);
    library.set_counter_offered(page.counter_offered);
    library.set_search_offered(page.case_offered);
    library.set_scan_works(page.ways.code);
    library.set_chip_works(page.ways.library_card);
    library.set_id_card_works(page.ways.id_card);
    library.set_social_card_works(page.ways.social_security_card);
    library.set_away(page.away);
    library.set_notes_loans(page.notes_loans);
    library.set_known(page.known);
    library.set_card_stage(match page.stage {
        CardStage::Waiting => ui::CardStage::Waiting,
        CardStage::Asking => ui::CardStage::Asking,
        CardStage::NotRead => ui::CardStage::NotRead,
    });
    library.set_card_hint(match page.hint {
        CardHint::Again => ui::CardHint::Again,
        CardHint::HoldStill => ui::CardHint::HoldStill,
        CardHint::CodeFlat => ui::CardHint::CodeFlat,
        CardHint::OtherKind => ui::CardHint::OtherKind,
    });
    library.set_pin_typed(rows(page.pin_typed));
    library.set_pin_checking(page.asking);
    library.set_pin_tries_left(page.pin_tries_left.map_or(NONE, i32::from));
    library.set_pin_forgotten(page.pin_forgotten);
    library.set_returning(page.returning);
    if let Some(problem) = page.problem {
        library.set_problem(match problem {
            LibraryProblem::CardUnknown => ui::LibraryProblem::CardUnknown,
            LibraryProblem::CardInvalid => ui::LibraryProblem::CardInvalid,
            LibraryProblem::CardLost => ui::LibraryProblem::CardLost,
            LibraryProblem::PinLocked => ui::LibraryProblem::PinLocked,
            LibraryProblem::NotRegistered => ui::LibraryProblem::NotRegistered,
            LibraryProblem::LibraryAway => ui::LibraryProblem::LibraryAway,
            LibraryProblem::CaseOutOfOrder => ui::LibraryProblem::CaseOutOfOrder,
            LibraryProblem::CardsOutOfOrder => ui::LibraryProblem::CardsOutOfOrder,
            LibraryProblem::OutOfOrder => ui::LibraryProblem::OutOfOrder,
        });
    }
}

fn account(library: &ui::Library<'_>, before: Option<&LibraryPage>, page: &LibraryPage) {
    let account = &page.account;
    if before.is_some_and(|before| before.account == *account) {
        return;
    }
    library.set_name(account.name.expose().into());
    library.set_blocks(model(account.blocks.iter().map(|block| reason(*block)).collect()));
    library.set_loan_count(count(account.loan_count));
    library.set_loan_limit(number(account.loan_limit));
    library.set_overdue_count(count(account.overdue_count));
    library.set_ready_count(count(account.ready_count));
    library.set_waiting_count(count(account.waiting_count));
    let fee = account.fee.clone().unwrap_or_default();
    library.set_fee(i32::try_from(fee.hundredths).unwrap_or(i32::MAX));
    library.set_currency(fee.currency.into());
    library.set_message(account.message.expose().into());
    library.set_loans(model(account.loans.iter().map(loan_line).collect()));
    library.set_holds(model(account.holds.iter().map(hold_line).collect()));
    library.set_renewing_all(account.renewing_all);
    let (renewed, refused) = account.renewed.map_or((NONE, 0), |(renewed, refused)| (count(renewed), count(refused)));
    library.set_renewed_count(renewed);
    library.set_not_renewed_count(refused);
}

fn case(library: &ui::Library<'_>, before: Option<&LibraryPage>, page: &LibraryPage) {
    let case = &page.case;
    if before.is_some_and(|before| before.case == *case) {
        return;
    }
    let door = case.door.map_or(0, |door| door.0);
    library.set_doors(model(case.doors.iter().map(door_line).collect()));
    library.set_door(i32::from(door));
    library.set_door_state(door_state(case.state));
    library.set_door_remind(case.remind);
    library.set_door_waiting(if case.state == DoorShown::Open { i32::from(door) } else { 0 });
    let others = case.doors.iter().filter(|line| {
        line.door.0 != door && matches!(line.state, DoorShown::Open | DoorShown::Counting | DoorShown::Opening)
    });
    library.set_other_doors(model(others.map(|line| i32::from(line.door.0)).collect()));
    library.set_changes(model(case.changes.iter().map(change_line).collect()));
    let of = |kinds: &[ChangeKind]| rows(case.changes.iter().filter(|line| kinds.contains(&line.kind)).count());
    library.set_taken_count(of(&[ChangeKind::Taken, ChangeKind::TakenWithoutCard]));
    library.set_put_count(of(&[ChangeKind::Put]));
    library.set_confirm_seconds(number(case.confirm_s));
    library.set_disputing(case.disputing);
    library.set_disputed_count(rows(case.changes.iter().filter(|line| line.disputed).count()));
}

fn books(library: &ui::Library<'_>, covers: &mut Covers, before: Option<&LibraryPage>, page: &LibraryPage) {
    if before.is_none_or(|before| before.lines != page.lines) {
        library.set_lines(model(page.lines.iter().map(book_line).collect()));
        let of = |wanted: fn(&BookState) -> bool| rows(page.lines.iter().filter(|line| wanted(&line.state)).count());
        library.set_lent_count(of(|state| matches!(state, BookState::Lent(_))));
        library.set_returned_count(of(|state| matches!(state, BookState::Returned { .. })));
        library.set_renewed_line_count(of(|state| matches!(state, BookState::Renewed(_))));
        library.set_noted_count(of(|state| matches!(state, BookState::NotedLent(_) | BookState::NotedReturned)));
        library.set_refused_count(of(|state| {
            matches!(state, BookState::Refused(_) | BookState::PutBack(_) | BookState::NotABook)
        }));
        library.set_put_back_count(of(|state| matches!(state, BookState::PutBack(_))));
        library.set_open_count(of(|state| {
            matches!(state, BookState::Working | BookState::Checking | BookState::AskStaff)
        }));
    }
    if before.is_none_or(|before| before.shelf != page.shelf) {
        library.set_shelf(model(page.shelf.iter().map(|book| shelf_book(book, covers)).collect()));
    }
    library.set_shelf_page(rows(page.shelf_page));
    library.set_shelf_pages(rows(page.shelf_pages.max(1)));
    if before.is_none_or(|before| before.book != page.book) {
        library.set_book(page.book.as_ref().map(|book| shelf_book(book, covers)).unwrap_or_default());
        library.set_book_here(page.book.as_ref().is_some_and(|book| book.here));
    }
    library.set_search_text(page.search.expose().into());
    library.set_searched(page.searched);
    if before.is_none_or(|before| before.results != page.results) {
        library.set_results(model(page.results.iter().map(|book| shelf_book(book, covers)).collect()));
    }
}

pub(in crate::presenter) fn slip(state: SlipState) -> ui::SlipState {
    match state {
        SlipState::None => ui::SlipState::None,
        SlipState::Printing => ui::SlipState::Printing,
        SlipState::Printed => ui::SlipState::Printed,
        SlipState::Failed => ui::SlipState::Failed,
        SlipState::Unknown => ui::SlipState::Unknown,
    }
}

fn reason(block: Block) -> ui::BlockReason {
    match block {
        Block::UnknownCard => ui::BlockReason::UnknownCard,
        Block::InvalidCard => ui::BlockReason::InvalidCard,
        Block::CardLost => ui::BlockReason::CardLost,
        Block::TooManyLoans => ui::BlockReason::TooManyLoans,
        Block::TooManyOverdue => ui::BlockReason::TooManyOverdue,
        Block::TooManyRenewals => ui::BlockReason::TooManyRenewals,
        Block::TooManyClaims => ui::BlockReason::TooManyClaims,
        Block::TooManyLost => ui::BlockReason::TooManyLost,
        Block::FeesOwed => ui::BlockReason::FeesOwed,
        Block::RecallOverdue => ui::BlockReason::RecallOverdue,
        Block::NotTold => ui::BlockReason::NotTold,
    }
}

pub(super) fn door_state(state: DoorShown) -> ui::DoorState {
    match state {
        DoorShown::Shut => ui::DoorState::Shut,
        DoorShown::Opening => ui::DoorState::Opening,
        DoorShown::Open => ui::DoorState::Open,
        DoorShown::Counting => ui::DoorState::Counting,
        DoorShown::Stuck => ui::DoorState::Stuck,
        DoorShown::OutOfOrder => ui::DoorState::OutOfOrder,
    }
}

pub(in crate::presenter) fn screen(screen: LibraryScreen) -> ui::Screen {
    match screen {
        LibraryScreen::Start => ui::Screen::LibraryStart,
        LibraryScreen::Pin => ui::Screen::LibraryPin,
        LibraryScreen::Account => ui::Screen::LibraryAccount,
        LibraryScreen::Loans => ui::Screen::LibraryLoans,
        LibraryScreen::Holds => ui::Screen::LibraryHolds,
        LibraryScreen::Counter => ui::Screen::LibraryCounter,
        LibraryScreen::Doors => ui::Screen::LibraryDoors,
        LibraryScreen::Shelf => ui::Screen::LibraryShelf,
        LibraryScreen::Book => ui::Screen::LibraryBook,
        LibraryScreen::Search => ui::Screen::LibrarySearch,
        LibraryScreen::DoorOpen => ui::Screen::LibraryDoorOpen,
        LibraryScreen::Counting => ui::Screen::LibraryCounting,
        LibraryScreen::Confirm => ui::Screen::LibraryConfirm,
        LibraryScreen::Done => ui::Screen::LibraryDone,
        LibraryScreen::Problem => ui::Screen::LibraryProblem,
        LibraryScreen::Staff => ui::Screen::LibraryStaff,
    }
}

pub(in crate::presenter) fn prompt(prompt: LibraryPrompt) -> ui::Prompt {
    match prompt {
        LibraryPrompt::Start => ui::Prompt::LibraryStart,
        LibraryPrompt::NotRead => ui::Prompt::LibraryNotRead,
        LibraryPrompt::Asking => ui::Prompt::LibraryAsking,
        LibraryPrompt::Pin => ui::Prompt::LibraryPin,
        LibraryPrompt::PinWrong => ui::Prompt::LibraryPinWrong,
        LibraryPrompt::PinForgotten => ui::Prompt::LibraryPinForgotten,
        LibraryPrompt::Account => ui::Prompt::LibraryAccount,
        LibraryPrompt::Loans => ui::Prompt::LibraryLoans,
        LibraryPrompt::Renewed => ui::Prompt::LibraryRenewed,
        LibraryPrompt::Holds => ui::Prompt::LibraryHolds,
        LibraryPrompt::Borrow => ui::Prompt::LibraryBorrow,
        LibraryPrompt::Return => ui::Prompt::LibraryReturn,
        LibraryPrompt::Line => ui::Prompt::LibraryLine,
        LibraryPrompt::Doors => ui::Prompt::LibraryDoors,
        LibraryPrompt::Shelf => ui::Prompt::LibraryShelf,
        LibraryPrompt::Book => ui::Prompt::LibraryBook,
        LibraryPrompt::Search => ui::Prompt::LibrarySearch,
        LibraryPrompt::DoorOpening => ui::Prompt::LibraryDoorOpening,
        LibraryPrompt::DoorOpen => ui::Prompt::LibraryDoorOpen,
        LibraryPrompt::DoorRemind => ui::Prompt::LibraryDoorRemind,
        LibraryPrompt::DoorStuck => ui::Prompt::LibraryDoorStuck,
        LibraryPrompt::Counting => ui::Prompt::LibraryCounting,
        LibraryPrompt::Confirm => ui::Prompt::LibraryConfirm,
        LibraryPrompt::Dispute => ui::Prompt::LibraryDispute,
        LibraryPrompt::Done => ui::Prompt::LibraryDone,
        LibraryPrompt::Problem => ui::Prompt::LibraryProblem,
        LibraryPrompt::Staff => ui::Prompt::LibraryStaff,
    }
}
