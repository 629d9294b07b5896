// SPDX-License-Identifier: GPL-3.0-only
//! The page of one policy and the questions, for an invented woman of 72 in a city.

use super::*;

fn value(value: PolicyValue) -> PolicyFact {
    PolicyFact { value, ..PolicyFact::default() }
}

pub(super) fn own_age(years: &str) -> PolicyFact {
    PolicyFact { low: years.into(), ..value(PolicyValue::Age) }
}

pub(super) fn number(low: &str, high: &str, unit: SharedString, kind: PolicyValue) -> PolicyFact {
    PolicyFact { low: low.into(), high: high.into(), unit_word: unit, ..value(kind) }
}

pub(super) fn chosen(text: SharedString) -> PolicyFact {
    PolicyFact { text, ..value(PolicyValue::Choice) }
}

fn reason(label: SharedString, outcome: PolicyOutcome, fact: PolicyFact, want: PolicyWant) -> PolicyReason {
    PolicyReason { role: PolicyRole::Clause, outcome, label, fact, want, ..PolicyReason::default() }
}

/// The age, and what is asked of it.
fn aged(app: &App, years: &str, wanted: &str) -> PolicyReason {
    let met = years.parse::<i32>().unwrap() >= wanted.parse::<i32>().unwrap();
    let outcome = if met { PolicyOutcome::Met } else { PolicyOutcome::Failed };
    PolicyReason {
        origin: PolicyOrigin::Card,
        termed: true,
        age: true,
        number: wanted.into(),
        term: PolicyTerm::Years,
        ..reason(pick(app, "年龄", "Age"), outcome, own_age(years), PolicyWant::AtLeast)
    }
}

fn document(name: SharedString, proof: PolicyProof, ready: bool) -> PolicyDocument {
    PolicyDocument { name, proof, ready, ..PolicyDocument::default() }
}

fn documents(app: &App) {
    let mut rows = vec![
        document(pick(app, "居民身份证", "Resident ID card"), PolicyProof::Shown, true),
        document(pick(app, "户口簿", "Household register"), PolicyProof::Bring, true),
        document(pick(app, "低保证或者低保边缘证明", "Certificate of subsistence allowance"), PolicyProof::Told, false),
        document(pick(app, "本人银行卡", "Your own bank card"), PolicyProof::Bring, false),
        document(pick(app, "申请表", "Application form"), PolicyProof::Bring, false),
        document(
            pick(app, "近六个月的收入证明或者个人书面说明", "Proof of income of the last six months"),
            PolicyProof::Bring,
            false,
        ),
    ];
    rows[1].note = pick(app, "原件和复印件", "original and copy");
    rows[4].from = pick(app, "街道便民服务中心", "the sub-district office");
    app.global::<Policy>().set_documents(list(rows));
}

/// Why it applies: what the card told, the data service, an answer, and what is not known.
fn reasons(app: &App) {
    let policy = app.global::<Policy>();
    policy.set_reasons(list(vec![
        aged(app, "72", "60"),
        PolicyReason {
            words: pick(app, "户籍在本省", "Registered in this province"),
            origin: PolicyOrigin::Card,
            ..reason(
                pick(app, "户籍地", "Register"),
                PolicyOutcome::Met,
                chosen(pick(app, "山东潍坊", "Weifang, Shandong")),
                PolicyWant::Within,
            )
        },
        PolicyReason { role: PolicyRole::AnyOf, outcome: PolicyOutcome::Met, ..PolicyReason::default() },
        PolicyReason {
            depth: 1,
            origin: PolicyOrigin::Service,
            register: pick(app, "民政救助登记", "Civil affairs relief register"),
            year: 2026,
            month: 10,
            day: 31,
            ..reason(
                pick(app, "低保", "Subsistence allowance"),
                PolicyOutcome::Met,
                value(PolicyValue::Yes),
                PolicyWant::Yes,
            )
        },
        PolicyReason {
            depth: 1,
            origin: PolicyOrigin::Answer,
            number: "1470".into(),
            unit_word: pick(app, "元/月", "yuan a month"),
            ..reason(
                pick(app, "家庭人均月收入", "Household income per person"),
                PolicyOutcome::Open,
                value(PolicyValue::Unknown),
                PolicyWant::Below,
            )
        },
        PolicyReason {
            origin: PolicyOrigin::Answer,
            options: list(vec![pick(app, "中度失能", "moderate"), pick(app, "重度失能", "severe")]),
            ..reason(
                pick(app, "失能等级", "Need of care"),
                PolicyOutcome::Met,
                chosen(pick(app, "中度失能", "moderate")),
                PolicyWant::OneOf,
            )
        },
    ]));
}

/// The page of a policy that applies.
pub(super) fn detail(app: &App) {
    applies(app);
    to(app, Screen::PolicyDetail, Prompt::PolicyDetail);
    let policy = app.global::<Policy>();
    policy.set_detail(PolicyDetail {
        title: pick(app, "经济困难的高龄失能老人补贴", "Subsidy for old people in need of care"),
        summary: pick(
            app,
            "年满 60 周岁、家里经济困难、生活不能自理的老人，每月有一笔补贴，用来买照料、买护理用品，也可以抵养老院的费用。",
            "Old people of 60 or more who are in need and cannot look after themselves get a monthly subsidy for care, \
             for what nursing needs, or towards the fees of a home.",
        ),
        field: PolicyField::Elder,
        group: PolicyGroup::Applies,
        amount: PolicyAmount {
            in_kind: pick(app, "也可以换成上门服务", "or as care at home"),
            ..amount(PolicyWorth::Between, "50", "300", PolicyPeriod::Month)
        },
        differs: true,
        institution: pick(app, "民政局", "Civil affairs office"),
        place: pick(app, "户籍所在地的街道便民服务中心，周一至周五 9:00—17:00", "Service centre of the sub-district, Mon–Fri 9:00–17:00"),
        apply: pick(app, "本人或者家人带材料到窗口办，也可以请社区代办。", "Come in person, send a relative, or ask the community to."),
        deadline: pick(app, "随时都能申请，从批准的下个月起发", "At any time; paid from the month after approval"),
        phone: "0536-12345".into(),
        source: pick(
            app,
            "关于建立健全经济困难的高龄、失能等老年人补贴制度的通知",
            "Notice on subsidies for old people in financial need",
        ),
        source_number: "财社〔2014〕113号".into(),
        source_article: pick(app, "第一条", "Article 1"),
        source_year: 2014,
        source_month: 9,
        source_day: 10,
        version: 3,
        ..PolicyDetail::default()
    });
    reasons(app);
    documents(app);
}

pub(super) fn part(app: &App, part: PolicyPart) {
    detail(app);
    app.global::<Policy>().set_part(part);
}

fn other(app: &App, group: PolicyGroup, change: impl FnOnce(&mut PolicyDetail)) {
    let policy = app.global::<Policy>();
    let mut detail = policy.get_detail();
    detail.group = group;
    detail.differs = false;
    change(&mut detail);
    policy.set_detail(detail);
}

/// A policy that does not apply, why, and what would change it.
pub(super) fn detail_not(app: &App) {
    detail(app);
    other(app, PolicyGroup::Not, |detail| {
        detail.title = pick(app, "失业保险金", "Unemployment benefit");
        detail.field = PolicyField::Work;
    });
    let policy = app.global::<Policy>();
    policy.set_part(PolicyPart::Why);
    policy.set_changes(list(vec![PolicyChange {
        label: pick(app, "参加失业保险的时间", "Time insured"),
        to: PolicyFact { low: "12".into(), term: PolicyTerm::Months, ..value(PolicyValue::TermAtLeast) },
    }]));
    policy.set_reasons(list(vec![
        PolicyReason {
            origin: PolicyOrigin::Answer,
            termed: true,
            number: "12".into(),
            term: PolicyTerm::Months,
            ..reason(
                pick(app, "参加失业保险的时间", "Time insured"),
                PolicyOutcome::Failed,
                PolicyFact { low: "8".into(), term: PolicyTerm::Months, ..value(PolicyValue::Term) },
                PolicyWant::AtLeast,
            )
        },
        PolicyReason {
            origin: PolicyOrigin::Answer,
            ..reason(
                pick(app, "自己辞职", "Gave notice yourself"),
                PolicyOutcome::Met,
                value(PolicyValue::No),
                PolicyWant::No,
            )
        },
        PolicyReason {
            origin: PolicyOrigin::Card,
            termed: true,
            age: true,
            number: "723".into(),
            term: PolicyTerm::Months,
            ..reason(pick(app, "年龄", "Age"), PolicyOutcome::Met, own_age("41"), PolicyWant::Below)
        },
    ]));
}

/// A policy that still needs answers.
pub(super) fn detail_needs(app: &App) {
    part(app, PolicyPart::Why);
    other(app, PolicyGroup::Needs, |detail| {
        detail.title = pick(app, "困难残疾人生活补贴", "Living allowance for disabled people in need");
        detail.field = PolicyField::Disability;
        detail.questions = 2;
    });
}

/// A policy that will apply by itself.
pub(super) fn detail_later(app: &App) {
    detail(app);
    other(app, PolicyGroup::Later, |detail| {
        detail.title = pick(app, "老年人免费乘车", "Free bus rides for the old");
        detail.amount = thing(app, "市内公交车不用买票", "No fares on city buses");
        detail.later = later(2026, 12, PolicyTurn::Age, 65);
        detail.new = true;
    });
}

fn question(app: &App, zh: &str, en: &str, left: i32) {
    to(app, Screen::PolicyQuestion, Prompt::PolicyQuestion);
    let policy = app.global::<Policy>();
    policy.set_question(pick(app, zh, en));
    policy.set_questions_left(left);
}

pub(super) fn ask_yes(app: &App) {
    question(app, "您家是低保家庭吗？", "Does your family get subsistence allowance?", 5);
    app.global::<Policy>().set_answers(list(vec![value(PolicyValue::Yes), value(PolicyValue::No)]));
}

pub(super) fn ask_choice(app: &App) {
    question(app, "您的残疾证是几级？", "Which grade does your disability certificate say?", 3);
    let policy = app.global::<Policy>();
    policy.set_question_hint(pick(
        app,
        "残疾证的内页上写着等级。",
        "The grade stands on the inner page of the certificate.",
    ));
    policy.set_can_ask_before(true);
    policy.set_answers(list(vec![
        chosen(pick(app, "一级", "Grade 1")),
        chosen(pick(app, "二级", "Grade 2")),
        chosen(pick(app, "三级", "Grade 3")),
        chosen(pick(app, "四级", "Grade 4")),
        value(PolicyValue::Nothing),
    ]));
}

/// More answers than a page has room for.
pub(super) fn ask_many(app: &App) {
    question(app, "您参加的是哪一种医疗保险？", "Which health insurance do you have?", 4);
    let kinds = [
        ("职工基本医疗保险", "Employees' basic insurance"),
        ("城乡居民基本医疗保险", "Residents' basic insurance"),
        ("公费医疗", "State-paid care"),
        ("离休人员医疗统筹", "Scheme for retired cadres"),
        ("商业健康保险", "Private insurance"),
        ("外地的医疗保险", "Insurance of another place"),
        ("刚停了，还没续上", "It has just ended"),
        ("没有参加", "None"),
    ];
    let answers = kinds.map(|(zh, en)| chosen(pick(app, zh, en)));
    app.global::<Policy>().set_answers(list(answers.to_vec()));
}

pub(super) fn ask_band(app: &App) {
    question(app, "您家平均每人每月收入大约多少？", "How much does your household have a month, for each person?", 2);
    let policy = app.global::<Policy>();
    let unit = || pick(app, "元", "yuan");
    policy.set_question_hint(pick(
        app,
        "全家收入加起来，除以人数。工资、养老金、房租都算。",
        "Add up all income, with wages, pensions and rents, and divide it by the number of people.",
    ));
    policy.set_answers(list(vec![
        number("", "735", unit(), PolicyValue::Below),
        number("735", "1102", unit(), PolicyValue::Between),
        number("1102", "1470", unit(), PolicyValue::Between),
        number("1470", "", unit(), PolicyValue::Above),
    ]));
}

pub(super) fn ask_term(app: &App) {
    question(app, "您失业多久了？", "How long have you been out of work?", 1);
    let term = |low: &str, high: &str, kind| PolicyFact {
        low: low.into(),
        high: high.into(),
        term: PolicyTerm::Months,
        high_term: PolicyTerm::Months,
        ..value(kind)
    };
    app.global::<Policy>().set_answers(list(vec![
        term("", "6", PolicyValue::TermBelow),
        term("6", "12", PolicyValue::TermBetween),
        term("12", "24", PolicyValue::TermBetween),
        term("24", "", PolicyValue::TermAtLeast),
        value(PolicyValue::TermToCome),
        value(PolicyValue::Nothing),
    ]));
}

pub(super) fn ask_age(app: &App) {
    question(app, "您今年多大年纪？", "How old are you?", 6);
    let policy = app.global::<Policy>();
    policy.set_ask(PolicyAsk::Age);
    policy.set_digits_most(3);
    policy.set_typed("7".into());
    policy.set_typed_most("130".into());
    policy.set_typed_complete(true);
}

pub(super) fn ask_number(app: &App) {
    question(app, "您去年住院一共花了多少钱？", "How much did your stays in hospital cost last year?", 2);
    let policy = app.global::<Policy>();
    policy.set_ask(PolicyAsk::Number);
    policy.set_question_hint(pick(app, "看出院结算单上的总费用。", "The total stands on the hospital's final bill."));
    policy.set_typed("18640".into());
    policy.set_typed_unit(pick(app, "元", "yuan"));
    policy.set_typed_most("1000000".into());
    policy.set_typed_point(true);
    policy.set_typed_complete(true);
    policy.set_typed_or_nothing(true);
}

fn day(year: i32, month: i32, day: i32) -> PolicyFact {
    PolicyFact { year, month, day, ..value(PolicyValue::Date) }
}

/// A day of birth of which everything is typed but the day of the month.
pub(super) fn ask_day(app: &App) {
    question(app, "您今年多大年纪？", "How old are you?", 3);
    let policy = app.global::<Policy>();
    policy.set_question_birth(true);
    policy.set_ask(PolicyAsk::Day);
    policy.set_digits_most(8);
    policy.set_typed("196405".into());
    policy.set_typed_day(PolicyTypedDay { year: "1964".into(), month: "05".into(), day: "––".into() });
    policy.set_typed_first(day(1963, 11, 23));
    policy.set_typed_last(day(1964, 11, 22));
    policy.set_can_ask_before(true);
}

/// The same with a day that does not suit the age.
pub(super) fn ask_day_refused(app: &App) {
    ask_day(app);
    let policy = app.global::<Policy>();
    app.global::<Session>().set_prompt(Prompt::PolicyTypedRefused);
    policy.set_typed("19740512".into());
    policy.set_typed_day(PolicyTypedDay { year: "1974".into(), month: "05".into(), day: "12".into() });
    policy.set_typed_complete(true);
    policy.set_typed_refused(true);
    policy.set_typed_or_nothing(true);
}

/// Days to choose from, and none of them.
pub(super) fn ask_days(app: &App) {
    question(app, "您的配偶是哪一天出生的？", "When was your husband or wife born?", 2);
    let between = PolicyFact { to_year: 1964, to_month: 12, to_day: 31, ..day(1954, 1, 1) };
    app.global::<Policy>().set_answers(list(vec![
        PolicyFact { value: PolicyValue::DateFrom, ..day(1965, 1, 1) },
        PolicyFact { value: PolicyValue::DateBetween, ..between },
        PolicyFact { value: PolicyValue::DateUntil, ..day(1953, 12, 31) },
        value(PolicyValue::Other),
        value(PolicyValue::Some),
        value(PolicyValue::Nothing),
    ]));
}

/// A policy that would still be open after a change.
pub(super) fn detail_not_maybe(app: &App) {
    detail_not(app);
    let policy = app.global::<Policy>();
    policy.set_detail(PolicyDetail { changes_open: true, ..policy.get_detail() });
}

/// A place as the program names it, without its province for who reads large letters.
fn place(app: &App, zh: (&str, &str), en: (&str, &str)) -> SharedString {
    let elder = app.global::<Session>().get_elder();
    let zh = if elder { zh.1.to_owned() } else { format!("{}{}", zh.0, zh.1) };
    let en = if elder { en.0.to_owned() } else { format!("{}, {}", en.0, en.1) };
    pick(app, &zh, &en)
}

fn kuiwen(app: &App) -> SharedString {
    place(app, ("山东省", "潍坊市奎文区"), ("Kuiwen District, Weifang", "Shandong"))
}

fn shuangjiang(app: &App) -> SharedString {
    let en = "Shuangjiang Lahu, Va, Blang and Dai Autonomous County, Lincang";
    place(app, ("云南省", "临沧市双江拉祜族佤族布朗族傣族自治县"), (en, "Yunnan"))
}

/// Conditions of places: met, failed, and of more places than are told.
pub(super) fn detail_places(app: &App) {
    detail_not(app);
    let policy = app.global::<Policy>();
    let label = || pick(app, "户口所在地", "Place of registration");
    let pudong = || pick(app, "上海市浦东新区", "Pudong New Area, Shanghai");
    policy.set_changes(list(vec![PolicyChange { label: label(), to: chosen(shuangjiang(app)) }]));
    let reason = |outcome, want, options: Vec<SharedString>| PolicyReason {
        origin: PolicyOrigin::Card,
        options: list(options),
        ..reason(label(), outcome, chosen(kuiwen(app)), want)
    };
    policy.set_reasons(list(vec![
        reason(PolicyOutcome::Failed, PolicyWant::Within, vec![shuangjiang(app), pudong()]),
        reason(PolicyOutcome::Met, PolicyWant::Within, vec![pick(app, "山东省", "Shandong")]),
        reason(
            PolicyOutcome::Met,
            PolicyWant::Outside,
            vec![pick(app, "北京市", "Beijing"), pudong(), shuangjiang(app), pick(app, "浙江省", "Zhejiang")],
        ),
    ]));
}

/// Places to choose from.
pub(super) fn ask_places(app: &App) {
    question(app, "您的户口在哪里？", "Where is your household registered?", 2);
    app.global::<Policy>().set_answers(list(vec![
        chosen(kuiwen(app)),
        chosen(shuangjiang(app)),
        chosen(pick(app, "上海市浦东新区", "Pudong New Area, Shanghai")),
        value(PolicyValue::Elsewhere),
    ]));
}
