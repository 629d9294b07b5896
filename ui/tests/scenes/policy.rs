// SPDX-License-Identifier: GPL-3.0-only
//! What stands on the policy screens in pictures and tests: texts as packs have them, invented people.

use super::{list, to};
use doorstep_ui::{
    App, Policy, PolicyAmount, PolicyAsk, PolicyCardHint, PolicyCardStage, PolicyChange, PolicyDetail, PolicyDocument,
    PolicyFact, PolicyField, PolicyGroup, PolicyLater, PolicyOrigin, PolicyOutcome, PolicyPart, PolicyPeriod,
    PolicyProof, PolicyReading, PolicyReason, PolicyRole, PolicyRow, PolicySpeed, PolicyTerm, PolicyTurn,
    PolicyTypedDay, PolicyUnit, PolicyValue, PolicyWant, PolicyWorth, Prompt, ReaderPlace, Screen, Session, SlipState,
};
use slint::{ComponentHandle, SharedString};

#[path = "policy_pages.rs"]
mod pages;
#[path = "policy_scenes.rs"]
mod scenes;

pub use scenes::POLICY;

/// A text as a pack has it: in the language of the session.
fn pick(app: &App, zh: &str, en: &str) -> SharedString {
    let english = app.global::<Session>().get_language() == doorstep_ui::Language::En;
    SharedString::from(if english { en } else { zh })
}

/// Everything of the policies as at the start of a session; the service itself is not offered.
pub fn reset(app: &App) {
    let policy = app.global::<Policy>();
    policy.set_offered(false);
    policy.set_slip_offered(true);
    policy.set_id_card_works(true);
    policy.set_social_card_works(true);
    policy.set_card_place(ReaderPlace::Below);
    policy.set_service_offered(false);
    policy.set_mark_days(0);
    policy.set_digits_most(9);
    policy.set_available(true);
    policy.set_updated_year(2026);
    policy.set_updated_month(11);
    policy.set_updated_day(20);
    policy.set_stale_days(0);
    policy.set_pack_changed(false);
    policy.set_this_year(2026);
    policy.set_service_agreed(false);
    policy.set_card_stage(PolicyCardStage::Waiting);
    policy.set_card_hint(PolicyCardHint::Again);
    policy.set_service_silent(false);
    policy.set_group(PolicyGroup::Applies);
    for clear in [
        Policy::set_applies_count,
        Policy::set_needs_count,
        Policy::set_later_count,
        Policy::set_not_count,
        Policy::set_new_count,
        Policy::set_first_row,
        Policy::set_questions_left,
        Policy::set_sentence,
    ] {
        clear(&policy, 0);
    }
    policy.set_rows(list(Vec::new()));
    policy.set_question_waits(false);
    policy.set_ask(PolicyAsk::Keys);
    for clear in [
        Policy::set_question,
        Policy::set_question_hint,
        Policy::set_typed,
        Policy::set_typed_unit,
        Policy::set_typed_least,
        Policy::set_typed_most,
    ] {
        clear(&policy, SharedString::new());
    }
    policy.set_answers(list(Vec::new()));
    policy.set_typed_least("0".into());
    policy.set_typed_point(false);
    policy.set_typed_point_free(true);
    policy.set_typed_complete(false);
    policy.set_typed_refused(false);
    policy.set_typed_no_day(false);
    policy.set_question_birth(false);
    policy.set_typed_day(PolicyTypedDay::default());
    policy.set_digits_most(9);
    policy.set_typed_or_nothing(false);
    policy.set_can_ask_before(false);
    policy.set_detail(PolicyDetail::default());
    policy.set_part(PolicyPart::Gives);
    policy.set_reasons(list(Vec::new()));
    policy.set_changes(list(Vec::new()));
    policy.set_documents(list(Vec::new()));
    policy.set_slip(SlipState::None);
    policy.set_reading(PolicyReading::Off);
    policy.set_speed(PolicySpeed::Normal);
}

fn amount(worth: PolicyWorth, low: &str, high: &str, period: PolicyPeriod) -> PolicyAmount {
    PolicyAmount { worth, low: low.into(), high: high.into(), period, ..PolicyAmount::default() }
}

/// So many yuan a month.
fn monthly(yuan: &str) -> PolicyAmount {
    amount(PolicyWorth::Exactly, yuan, "", PolicyPeriod::Month)
}

/// A thing instead of money.
fn thing(app: &App, zh: &str, en: &str) -> PolicyAmount {
    PolicyAmount { worth: PolicyWorth::None, in_kind: pick(app, zh, en), ..PolicyAmount::default() }
}

fn row(title: SharedString, field: PolicyField, amount: PolicyAmount) -> PolicyRow {
    PolicyRow { title, field, amount, ..PolicyRow::default() }
}

fn counts(app: &App, applies: i32, needs: i32, later: i32, not: i32) {
    let policy = app.global::<Policy>();
    policy.set_applies_count(applies);
    policy.set_needs_count(needs);
    policy.set_later_count(later);
    policy.set_not_count(not);
    policy.set_question_waits(needs > 0);
}

/// What applies to a woman of 82 from the country.
fn applies(app: &App) {
    to(app, Screen::PolicyList, Prompt::PolicyList);
    counts(app, 7, 5, 1, 28);
    let policy = app.global::<Policy>();
    policy.set_new_count(1);
    let mut rows = vec![
        row(pick(app, "高龄津贴", "High-age allowance"), PolicyField::Elder, monthly("100")),
        row(
            pick(app, "城乡居民基本养老保险待遇", "Basic pension of urban and rural residents"),
            PolicyField::Pension,
            amount(PolicyWorth::AtLeast, "143", "", PolicyPeriod::Month),
        ),
        row(
            pick(app, "六十五岁以上老人免费体检", "Free health check from the age of 65"),
            PolicyField::Health,
            thing(app, "每年一次，不收钱", "Once a year, free of charge"),
        ),
        row(
            pick(app, "最低生活保障家庭老年人增发补助", "Supplement for old people on subsistence allowance"),
            PolicyField::Relief,
            amount(PolicyWorth::Between, "50", "300", PolicyPeriod::Month),
        ),
        row(
            pick(app, "公租房租赁补贴", "Rent subsidy"),
            PolicyField::Housing,
            amount(PolicyWorth::AtMost, "", "480", PolicyPeriod::Month),
        ),
        row(
            pick(app, "住院费用报销", "Hospital costs"),
            PolicyField::Health,
            PolicyAmount { unit: PolicyUnit::Percent, ..amount(PolicyWorth::Exactly, "70", "", PolicyPeriod::Lasting) },
        ),
        row(
            pick(app, "遗属抚恤金", "Survivors' grant"),
            PolicyField::Veteran,
            amount(PolicyWorth::Exactly, "2000", "", PolicyPeriod::Once),
        ),
    ];
    rows[0].new = true;
    rows[0].differs = true;
    rows[1].differs = true;
    rows[3].new = true;
    policy.set_rows(list(rows));
}

/// What may apply when some questions are answered.
fn needs(app: &App) {
    applies(app);
    let policy = app.global::<Policy>();
    policy.set_group(PolicyGroup::Needs);
    let mut rows = vec![
        row(
            pick(app, "困难残疾人生活补贴", "Living allowance for disabled people in need"),
            PolicyField::Disability,
            amount(PolicyWorth::AtLeast, "157", "", PolicyPeriod::Month),
        ),
        row(
            pick(app, "临时救助", "Temporary relief"),
            PolicyField::Relief,
            amount(PolicyWorth::Open, "", "", PolicyPeriod::Once),
        ),
        row(
            pick(app, "失业保险金", "Unemployment benefit"),
            PolicyField::Work,
            amount(PolicyWorth::Exactly, "1764", "", PolicyPeriod::Month),
        ),
        row(
            pick(app, "育儿补贴", "Childcare allowance"),
            PolicyField::Family,
            amount(PolicyWorth::Exactly, "3600", "", PolicyPeriod::Year),
        ),
        row(
            pick(app, "国家助学金", "State grant for students"),
            PolicyField::Study,
            amount(PolicyWorth::AtMost, "", "3700", PolicyPeriod::Year),
        ),
    ];
    for (place, row) in rows.iter_mut().enumerate() {
        row.questions = place as i32 % 3 + 1;
    }
    rows[0].differs = true;
    policy.set_rows(list(rows));
}

fn later(year: i32, month: i32, turn: PolicyTurn, number: i32) -> PolicyLater {
    PolicyLater { year, month, day: 3, turn, number, ..PolicyLater::default() }
}

/// What will apply by itself.
fn laters(app: &App) {
    applies(app);
    let policy = app.global::<Policy>();
    policy.set_group(PolicyGroup::Later);
    counts(app, 2, 0, 4, 34);
    let mut rows = vec![
        row(
            pick(app, "老年人免费乘车", "Free bus rides for the old"),
            PolicyField::Elder,
            thing(app, "公交车不用买票", "No bus fares"),
        ),
        row(pick(app, "失业补助金", "Unemployment assistance"), PolicyField::Work, monthly("820")),
        row(
            pick(app, "长期护理保险待遇", "Long-term care insurance"),
            PolicyField::Health,
            amount(PolicyWorth::Between, "600", "1800", PolicyPeriod::Month),
        ),
        row(
            pick(app, "殡葬补助", "Funeral grant"),
            PolicyField::Other,
            amount(PolicyWorth::Exactly, "1200", "", PolicyPeriod::Once),
        ),
    ];
    rows[0].later = later(2026, 12, PolicyTurn::Age, 65);
    rows[1].later = PolicyLater {
        term: PolicyTerm::Months,
        label: pick(app, "失业", "unemployment"),
        ..later(2027, 2, PolicyTurn::Since, 6)
    };
    rows[2].later = later(2027, 1, PolicyTurn::Begins, 0);
    rows[3].later = later(2027, 5, PolicyTurn::ByTime, 0);
    policy.set_rows(list(rows));
}

/// What does not apply: a long list, of which a page is seen.
fn nots(app: &App) {
    applies(app);
    let policy = app.global::<Policy>();
    policy.set_group(PolicyGroup::Not);
    let title = |place: i32| match place % 3 {
        0 => pick(app, "退役军人优待金", "Grant for veterans"),
        1 => pick(app, "孤儿基本生活费", "Living allowance for orphans"),
        _ => pick(app, "创业担保贷款贴息", "Interest subsidy on loans for founders"),
    };
    let field = |place: i32| match place % 3 {
        0 => PolicyField::Veteran,
        1 => PolicyField::Family,
        _ => PolicyField::Work,
    };
    let money = |place: i32| (600 + 10 * place).to_string();
    policy.set_rows(list(
        (0..28)
            .map(|place| row(format!("{} {}", title(place), place + 1).into(), field(place), monthly(&money(place))))
            .collect(),
    ));
    policy.set_first_row(7);
}

fn empty(app: &App, group: PolicyGroup) {
    to(app, Screen::PolicyList, Prompt::PolicyList);
    app.global::<Policy>().set_group(group);
}
