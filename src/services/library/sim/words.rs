// SPDX-License-Identifier: GPL-3.0-only
//! What the made-up library says on screens: words of the server's own, as every library system has them.

use super::books::{No, PatronView};

/// In which language the server speaks to a patron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    Chinese,
    English,
}

impl Tongue {
    /// The language that the library has noted for a patron.
    pub(super) fn of(patron: Option<&PatronView>) -> Self {
        if patron.is_some_and(|patron| patron.language == "en") { Self::English } else { Self::Chinese }
    }

    pub(super) fn say(self, chinese: &str, english: &str) -> String {
        if self == Self::Chinese { chinese } else { english }.to_owned()
    }
}

/// An amount as it is written in `BV`.
pub(super) fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths.rem_euclid(100))
}

/// Why not.
pub(super) fn refusal(no: No, tongue: Tongue) -> String {
    let (chinese, english) = match no {
        No::UnknownPatron => ("读者证号不存在", "Patron not found"),
        No::WrongPin => ("密码错误", "Wrong PIN"),
        No::PinMissing => ("请输入密码", "PIN required"),
        No::CardLost => ("此证已挂失", "This card was reported lost"),
        No::CardExpired => ("读者证已过期", "This card has expired"),
        No::CardBlocked => ("此证已停用", "This card is blocked"),
        No::TooManyLoans => ("已达最大借书册数", "Loan limit reached"),
        No::TooManyOverdue => ("有超期图书未还", "Overdue items must be returned first"),
        No::FeesOwed => ("欠费超过限额", "Fees exceed the limit"),
        No::UnknownItem => ("馆藏中没有此条码", "Item not found"),
        No::NotForLoan => ("此书不外借", "This item is for use in the library only"),
        No::NotThere => ("此书当前状态不可借", "This item cannot be borrowed now"),
        No::LentToOther => ("此书已借给他人", "This item is on loan to another patron"),
        No::LentAlready => ("此书已在您名下", "You have this item already"),
        No::HeldForOther => ("此书已被他人预约", "This item is reserved for another patron"),
        No::FeeNotAgreed(amount) => {
            let money = money(amount);
            return tongue.say(&format!("借阅此书需付费{money}元"), &format!("There is a charge of {money}"));
        }
        No::TooManyRenewals => ("已达最多续借次数", "Renewal limit reached"),
        No::NotLent => ("此书不在借", "This item is not on loan"),
        No::TooManyHolds => ("已达最多预约册数", "Hold limit reached"),
        No::HeldAlready => ("您已预约或已借此书", "You have reserved or borrowed this already"),
        No::NoSuchHold => ("没有此预约", "No such hold"),
        No::NotOwed => ("付款超过欠费", "More than is owed"),
        No::NoAmount => ("金额无效", "Not an amount"),
        No::Ordered => ("系统拒绝了本次操作", "The system refused the transaction"),
    };
    tongue.say(chinese, english)
}

/// What is said to a patron about how they stand.
pub(super) fn standing(patron: &PatronView, tongue: Tongue) -> Vec<String> {
    let mut lines: Vec<String> =
        patron.blocks().into_iter().filter(|no| *no != No::TooManyLoans).map(|no| refusal(no, tongue)).collect();
    if let Some(message) = patron.blocked.as_ref().filter(|message| !message.is_empty()) {
        lines.push(message.clone());
    }
    if !patron.blocks().contains(&No::TooManyOverdue) && patron.overdue() > 0 {
        let count = patron.overdue();
        lines.push(tongue.say(&format!("有{count}册图书已超期"), &format!("{count} item(s) overdue")));
    }
    lines
}

/// Holds, for a server that tells of them in no field.
pub(super) fn holds(patron: &PatronView, tongue: Tongue) -> Vec<String> {
    let line = |hold: &super::books::Waiting| {
        let title = &hold.title;
        if hold.ready {
            tongue.say(&format!("预约已到：{title}"), &format!("Ready for pickup: {title}"))
        } else {
            tongue.say(&format!("预约等待中：{title}"), &format!("Waiting for: {title}"))
        }
    };
    patron.holds.iter().map(line).collect()
}
