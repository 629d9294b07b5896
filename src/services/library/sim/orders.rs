// SPDX-License-Identifier: GPL-3.0-only
//! The lines of the control socket. What they tell of patrons goes to whoever asks on this machine, and to no log.

use std::fmt::Write as _;
use std::time::Duration;

use doorstep_drivers::sim::OrderError;

use super::books::{BooksError, Circulation, HoldMode, No, STATUS_WORDS};
use super::control::LibraryControl;
use super::faults::Faults;
use super::knobs::Knobs;

/// Lines beside those of knobs and faults.
const WORDS: &str = "state, item BARCODE, patron CARD, history [BARCODE], audit, lend CARD BARCODE, return BARCODE, \
    hold CARD BARCODE, unhold CARD BARCODE, block CARD [MESSAGE], enable CARD, lost CARD on|off, pin CARD PIN|none, \
    fee CARD HUNDREDTHS, flags CARD FLAG,…|none, status BARCODE STATUS, forward DAYS, password TEXT, down, up, kick, \
    clear, reset";
/// Most entries of the history in one answer, the newest.
const SHOWN_ENTRIES: usize = 200;

fn failed(error: BooksError) -> OrderError {
    OrderError(error.to_string())
}

fn decided<T>(done: Result<Result<T, No>, BooksError>) -> Result<String, OrderError> {
    match done.map_err(failed)? {
        Ok(_) => Ok(String::new()),
        Err(no) => Err(OrderError(no.word().to_owned())),
    }
}

fn known(found: Result<bool, BooksError>) -> Result<String, OrderError> {
    if found.map_err(failed)? { Ok(String::new()) } else { Err(OrderError("there is none".to_owned())) }
}

pub(super) fn order(control: &LibraryControl, line: &str) -> Result<String, OrderError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["help"] => Ok(format!("{WORDS}\n{}\n{}", Faults::HELP, Knobs::WORDS)),
        ["state"] => Ok(control.lines()),
        ["item", item] => told_item(control, item),
        ["patron", card] => told_patron(control, card),
        ["history"] => told_history(control, None),
        ["history", item] => told_history(control, Some(item)),
        ["audit"] => {
            let found = control.audit().map_err(failed)?;
            let lines: Vec<String> =
                found.iter().map(|line| format!("{} {}", line.item.as_deref().unwrap_or("-"), line.what)).collect();
            if lines.is_empty() { Ok("the books balance".to_owned()) } else { Err(OrderError(lines.join("; "))) }
        }
        ["lend", card, item] => decided(control.lend(card, item)),
        ["return", item] => decided(control.take_back(item)),
        ["hold", card, item] => decided(control.hold(HoldMode::Add, card, item)),
        ["unhold", card, item] => decided(control.hold(HoldMode::Delete, card, item)),
        ["block", card, message @ ..] => decided(control.block(card, &message.join(" "))),
        ["enable", card] => decided(control.enable(card)),
        ["lost", card, lost @ ("on" | "off")] => known(control.set_lost(card, *lost == "on")),
        ["pin", card, "none"] => known(control.set_pin(card, None)),
        ["pin", card, pin] => known(control.set_pin(card, Some(pin))),
        ["fee", card, amount] => {
            let amount = amount.parse().ok().filter(|amount| (1..=10_000_000).contains(amount));
            known(control.charge(card, 1, amount.ok_or_else(|| OrderError("a number of hundredths".to_owned()))?))
        }
        ["flags", card, flags] => known(control.set_flags(card, bits(flags)?)),
        ["status", item, word] => {
            let status = STATUS_WORDS.iter().find(|(known, _)| known == word);
            let (_, code) = status.ok_or_else(|| OrderError(format!("there is no status {word}")))?;
            known(control.set_circulation(item, Circulation(*code)))
        }
        ["forward", days] => {
            let days: u32 = days.parse().map_err(|_| OrderError("a number of days".to_owned()))?;
            control.forward(Duration::from_secs(u64::from(days) * 86_400)).map(|()| String::new())
        }
        ["password", password] => {
            control.set_password(password);
            Ok(String::new())
        }
        ["down"] => {
            control.set_open(false);
            Ok(String::new())
        }
        ["up"] => {
            control.set_open(true);
            Ok(String::new())
        }
        ["kick"] => {
            control.kick();
            Ok(String::new())
        }
        ["clear"] => {
            control.clear_faults();
            Ok(String::new())
        }
        ["reset"] => control.reset().map(|()| String::new()).map_err(failed),
        _ if control.set(line)? => Ok(String::new()),
        _ => Err(OrderError(format!("not understood; possible are: {WORDS}; {}; {}", Faults::HELP, Knobs::WORDS))),
    }
}

fn bits(flags: &str) -> Result<u16, OrderError> {
    if flags == "none" {
        return Ok(0);
    }
    flags.split(',').try_fold(0, |bits, flag| {
        let flag: u16 =
            flag.parse().ok().filter(|flag| *flag < 14).ok_or_else(|| OrderError("flags are 0 to 13".to_owned()))?;
        Ok(bits | 1 << flag)
    })
}

fn told_item(control: &LibraryControl, barcode: &str) -> Result<String, OrderError> {
    let item = control.item(barcode).map_err(failed)?.ok_or_else(|| OrderError("there is none".to_owned()))?;
    let mut lines =
        format!("title {}\nstatus {:02}\nhome {}\nplace {}", item.title, item.circulation.0, item.home, item.place);
    let optional = [
        ("holder", item.holder),
        ("due", item.due.map(|due| due.strftime("%Y-%m-%d").to_string())),
        ("held-for", item.held_for),
        ("destination", item.destination),
    ];
    for (word, value) in optional.into_iter().filter_map(|(word, value)| value.map(|value| (word, value))) {
        // Writing into a text cannot fail.
        let _ = write!(lines, "\n{word} {value}");
    }
    let _ = write!(lines, "\nqueue {}", item.queue);
    Ok(lines)
}

fn told_patron(control: &LibraryControl, card: &str) -> Result<String, OrderError> {
    let patron = control.patron(card).map_err(failed)?.ok_or_else(|| OrderError("there is none".to_owned()))?;
    let mut lines = format!("card {}\nname {}\nclass {}\nowes {}", patron.card, patron.name, patron.class, patron.owed);
    for no in patron.blocks() {
        let _ = write!(lines, "\nblock {}", no.word());
    }
    for loan in &patron.loans {
        let _ = write!(lines, "\nloan {} due {}", loan.item, loan.due.strftime("%Y-%m-%d"));
    }
    for hold in &patron.holds {
        let _ = write!(lines, "\nhold {} {}", hold.item, if hold.ready { "ready" } else { "waiting" });
    }
    Ok(lines)
}

fn told_history(control: &LibraryControl, item: Option<&str>) -> Result<String, OrderError> {
    let entries = control.history(item).map_err(failed)?;
    let skipped = entries.len().saturating_sub(SHOWN_ENTRIES);
    let line = |entry: &super::books::Entry| {
        format!(
            "{} {} {} item {} card {} terminal {}{}{}",
            entry.at.strftime("%Y-%m-%d %H:%M:%S"),
            entry.kind.word(),
            if entry.done { "done" } else { "refused" },
            entry.item.as_deref().unwrap_or("-"),
            entry.card.as_deref().unwrap_or("-"),
            entry.terminal,
            if entry.forced { " forced" } else { "" },
            entry.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default(),
        )
    };
    let lines: Vec<String> = entries.iter().skip(skipped).map(line).collect();
    Ok(lines.join("\n"))
}
