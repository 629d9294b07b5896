// SPDX-License-Identifier: GPL-3.0-only
//! What stands on the library's screens in pictures and tests: long but real titles, invented people.

use super::{list, to};
use doorstep_ui::{
    App, BlockReason, BookLine, BookReason, BookState, CardHint, CardStage, CaseDoor, ConfirmKind, ConfirmLine,
    Contact, DoorState, HoldLine, Library, LibraryProblem, LoanLine, MatterKind, Prompt, ReaderPlace, RenewState,
    Screen, Session, ShelfBook, SlipState, StaffMatter, ToDecide,
};
use slint::{ComponentHandle, Image, Rgb8Pixel, SharedPixelBuffer, SharedString};

#[path = "library_scenes.rs"]
mod scenes;

pub use scenes::LIBRARY;

const LONG: &str = "中国古代建筑史话：从半坡的屋子到紫禁城的午门";
const TITLES: [&str; 12] = [
    "额尔古纳河右岸",
    LONG,
    "活着",
    "三体Ⅱ：黑暗森林",
    "老人与海",
    "家庭养花一本通",
    "The Old Man and the Sea",
    "平凡的世界（第二部）",
    "小王子",
    "高血压病人吃什么：三百六十五天家常菜谱大全",
    "十万个为什么 植物",
    "边城",
];

/// Everything of the library as at the start of a session; the library itself is not offered.
pub fn reset(app: &App, english: bool) {
    let library = app.global::<Library>();
    let pick = |zh: &str, en: &str| SharedString::from(if english { en } else { zh });
    library.set_offered(false);
    library.set_case_offered(true);
    library.set_counter_offered(true);
    library.set_search_offered(true);
    library.set_slip_offered(true);
    library.set_scan_works(true);
    library.set_chip_works(true);
    library.set_id_card_works(true);
    library.set_social_card_works(true);
    library.set_scanner_place(ReaderPlace::Below);
    library.set_card_place(ReaderPlace::Below);
    library.set_desk(Contact {
        name: pick("南湖区图书馆", "Nanhu District Library"),
        phone: "0536-8200300".into(),
        hours: pick("周二至周日 9:00—17:00", "Tue–Sun 9:00–17:00"),
    });
    library.set_door_columns(2);
    library.set_away(false);
    library.set_notes_loans(true);
    library.set_this_year(2026);
    library.set_card_stage(CardStage::Waiting);
    library.set_pin_typed(0);
    library.set_pin_most(6);
    library.set_pin_least(4);
    library.set_pin_checking(false);
    library.set_pin_tries_left(-1);
    library.set_pin_forgotten(false);
    library.set_known(false);
    library.set_may_open(true);
    library.set_name(SharedString::new());
    library.set_message(SharedString::new());
    library.set_blocks(list(Vec::new()));
    for clear in [
        Library::set_loan_count,
        Library::set_overdue_count,
        Library::set_ready_count,
        Library::set_waiting_count,
        Library::set_fee,
        Library::set_lent_count,
        Library::set_returned_count,
        Library::set_renewed_line_count,
        Library::set_noted_count,
        Library::set_refused_count,
        Library::set_put_back_count,
        Library::set_open_count,
        Library::set_not_renewed_count,
        Library::set_taken_count,
        Library::set_put_count,
        Library::set_disputed_count,
        Library::set_door,
        Library::set_door_waiting,
        Library::set_shelf_page,
    ] {
        clear(&library, 0);
    }
    library.set_renewed_count(-1);
    library.set_loan_limit(-1);
    library.set_confirm_seconds(-1);
    library.set_loans(list(Vec::new()));
    library.set_holds(list(Vec::new()));
    library.set_lines(list(Vec::new()));
    library.set_changes(list(Vec::new()));
    library.set_results(list(Vec::new()));
    library.set_shelf(list(Vec::new()));
    library.set_matters(list(Vec::new()));
    library.set_other_doors(list(Vec::new()));
    library.set_renewing_all(false);
    library.set_returning(false);
    library.set_door_remind(false);
    library.set_door_state(DoorState::Shut);
    library.set_disputing(false);
    library.set_searched(false);
    library.set_search_text(SharedString::new());
    library.set_book_here(true);
    library.set_slip(SlipState::None);
    library.set_doors(doors(8));
}

fn doors(count: i32) -> slint::ModelRc<CaseDoor> {
    let door = |number| CaseDoor { number, books: 17 + number * 3 % 14, state: DoorState::Shut };
    list((1..=count).map(door).collect())
}

fn door_state(app: &App, number: usize, state: DoorState) {
    use slint::Model;
    let doors = app.global::<Library>().get_doors();
    let mut door = doors.row_data(number - 1).unwrap();
    door.state = state;
    doors.set_row_data(number - 1, door);
}

/// A picture of a cover: an invented one, a plain sun over plain hills.
fn picture(shade: u8) -> Image {
    let (width, height) = (60_u32, 84_u32);
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(width, height);
    for (place, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = (place as u32 % width, place as u32 / width);
        let sun = x.abs_diff(40).pow(2) + y.abs_diff(24).pow(2) < 120;
        let hill = y > 84 - 24 - (x / 3) % 20;
        *pixel = match (sun, hill) {
            (true, _) => Rgb8Pixel::new(240, 200, 138),
            (_, true) => Rgb8Pixel::new(shade, 96, 84),
            _ => Rgb8Pixel::new(243, 233, 215),
        };
    }
    Image::from_rgb8(pixels)
}

fn known(app: &App) {
    let library = app.global::<Library>();
    library.set_known(true);
    library.set_name("欧阳**".into());
}

fn loan(title: &str, month: i32, day: i32, days: i32) -> LoanLine {
    LoanLine {
        title: title.into(),
        code: "30010004021".into(),
        year: 2026,
        month,
        day,
        days,
        overdue: days < 0,
        renew: RenewState::Possible,
        reason: BookReason::None,
        message: SharedString::new(),
    }
}

fn loans(app: &App) {
    known(app);
    let library = app.global::<Library>();
    let mut rows = vec![
        loan(LONG, 11, 19, -3),
        loan("额尔古纳河右岸", 11, 23, 1),
        loan("活着", 12, 6, 14),
        loan("The Old Man and the Sea", 12, 20, 28),
        loan("家庭养花一本通", 12, 20, 28),
        loan("", 1, 3, 42),
    ];
    rows[5].year = 2027;
    library.set_loan_count(6);
    library.set_loan_limit(10);
    library.set_overdue_count(1);
    library.set_loans(list(rows));
}

fn account(app: &App) {
    loans(app);
    to(app, Screen::LibraryAccount, Prompt::LibraryAccount);
    let library = app.global::<Library>();
    library.set_overdue_count(0);
    library.set_loans(list(vec![loan("额尔古纳河右岸", 12, 6, 14), loan("活着", 12, 20, 28)]));
    library.set_loan_count(2);
}

fn blocked(app: &App, reason: BlockReason) {
    account(app);
    let library = app.global::<Library>();
    library.set_blocks(list(vec![reason]));
    library.set_loan_count(10);
    library.set_loan_limit(10);
    library.set_overdue_count(2);
    library.set_fee(1250);
}

fn holds(app: &App) {
    let library = app.global::<Library>();
    let hold = |title: &str, ready, door, place: &str| HoldLine {
        title: title.into(),
        code: "30010007755".into(),
        ready,
        door,
        place: place.into(),
    };
    library.set_holds(list(vec![
        hold("三体Ⅱ：黑暗森林", true, 3, ""),
        hold(LONG, true, 0, "南湖区图书馆一楼服务台"),
        hold("小王子", false, 0, ""),
        hold("边城", false, 0, ""),
        hold("平凡的世界（第二部）", false, 0, ""),
        hold("老人与海", false, 0, ""),
    ]));
    library.set_ready_count(2);
    library.set_waiting_count(4);
}

fn line(title: &str, state: BookState, reason: BookReason) -> BookLine {
    let dated = matches!(state, BookState::Lent | BookState::Renewed);
    BookLine {
        title: title.into(),
        code: "30010004021".into(),
        state,
        reason,
        message: SharedString::new(),
        year: if dated { 2026 } else { 0 },
        month: 12,
        day: 20,
    }
}

fn counter(app: &App, rows: Vec<BookLine>, prompt: Prompt) {
    known(app);
    to(app, Screen::LibraryCounter, prompt);
    let library = app.global::<Library>();
    library.set_lent_count(rows.iter().filter(|row| row.state == BookState::Lent).count() as i32);
    library.set_returned_count(rows.iter().filter(|row| row.state == BookState::Returned).count() as i32);
    library.set_lines(list(rows));
}

fn shelf_book(place: usize) -> ShelfBook {
    ShelfBook {
        title: TITLES[place % TITLES.len()].into(),
        author: "迟子建 著".into(),
        code: "30010004021".into(),
        door: (place % 8) as i32 + 1,
        cover: if place % 3 == 2 { picture(60 + 20 * place as u8) } else { Image::default() },
    }
}

fn door(app: &App, state: DoorState, prompt: Prompt) {
    known(app);
    to(app, Screen::LibraryDoorOpen, prompt);
    let library = app.global::<Library>();
    library.set_door(3);
    library.set_door_state(state);
    door_state(app, 3, state);
}

fn change(title: &str, kind: ConfirmKind) -> ConfirmLine {
    ConfirmLine { title: title.into(), code: "30010004021".into(), kind, door: 2, disputed: false }
}

fn changes(app: &App) {
    known(app);
    to(app, Screen::LibraryConfirm, Prompt::LibraryConfirm);
    let library = app.global::<Library>();
    library.set_changes(list(vec![
        change(LONG, ConfirmKind::Taken),
        change("活着", ConfirmKind::Taken),
        change("额尔古纳河右岸", ConfirmKind::PutIn),
    ]));
    library.set_taken_count(2);
    library.set_put_count(1);
    library.set_confirm_seconds(10);
}

fn dispute(app: &App) {
    changes(app);
    app.global::<Session>().set_prompt(Prompt::LibraryDispute);
    let library = app.global::<Library>();
    let mut rows: Vec<ConfirmLine> = TITLES.iter().take(7).map(|title| change(title, ConfirmKind::Taken)).collect();
    rows[1].disputed = true;
    library.set_changes(list(rows));
    library.set_confirm_seconds(-1);
    library.set_disputing(true);
    library.set_disputed_count(1);
}

fn done(app: &App, rows: Vec<BookLine>) {
    counter(app, rows, Prompt::LibraryDone);
    to(app, Screen::LibraryDone, Prompt::LibraryDone);
    app.global::<Session>().set_finish_seconds(20);
}

fn problem(app: &App, problem: LibraryProblem) {
    to(app, Screen::LibraryProblem, Prompt::LibraryProblem);
    app.global::<Library>().set_problem(problem);
    app.global::<Session>().set_finish_seconds(30);
}

fn matter(kind: MatterKind, title: &str) -> StaffMatter {
    StaffMatter {
        kind,
        to_decide: match kind {
            MatterKind::Dispute => ToDecide::Loan,
            MatterKind::OutcomeUnknown => ToDecide::Return,
            _ => ToDecide::Nothing,
        },
        door: 3,
        right_door: 5,
        title: title.into(),
        code: SharedString::new(),
        card_tail: SharedString::new(),
        month: 11,
        day: 22,
        hour: 10,
        minute: 6,
        message: SharedString::new(),
    }
}

fn staff(app: &App) {
    to(app, Screen::LibraryStaff, Prompt::LibraryStaff);
    let mut dispute = matter(MatterKind::Dispute, LONG);
    dispute.card_tail = "0421".into();
    app.global::<Library>().set_matters(list(vec![
        dispute,
        matter(MatterKind::Misplaced, "活着"),
        matter(MatterKind::DoorLeftOpen, ""),
        matter(MatterKind::UnknownTag, ""),
        matter(MatterKind::UncertainBook, "额尔古纳河右岸"),
    ]));
    door_state(app, 3, DoorState::Open);
    door_state(app, 5, DoorState::OutOfOrder);
}

fn staff_later(app: &App) {
    staff(app);
    let mut refused = matter(MatterKind::ForwardingRefused, "平凡的世界（第二部）");
    refused.message = "该读者已停借，请到馆处理".into();
    refused.card_tail = "0421".into();
    let mut taken = matter(MatterKind::TakenWithoutCard, "边城");
    taken.door = 8;
    let mut renewal = matter(MatterKind::OutcomeUnknown, LONG);
    renewal.to_decide = ToDecide::Renewal;
    app.global::<Library>().set_matters(list(vec![
        refused,
        matter(MatterKind::LockStuck, ""),
        matter(MatterKind::RecoveredAfterPowerCut, "老人与海"),
        matter(MatterKind::OutcomeUnknown, "小王子"),
        renewal,
        taken,
    ]));
    app.global::<Library>().set_away(true);
}
