// SPDX-License-Identifier: GPL-3.0-only
//! What may pass from a foreign text to the screen, the loudspeaker and the printer.

/// `text` without control and direction-changing characters, without space at its ends, or `None` where
/// nothing is left. A centre's text is printed and drawn: an escape byte would be a printer command, a
/// direction mark could show a plate backwards.
pub(in crate::services) fn clean(text: &str) -> Option<String> {
    let kept: String = text.chars().filter(|character| !is_hidden(*character)).collect();
    let trimmed = kept.trim();
    if trimmed.is_empty() { None } else { Some(trimmed.to_owned()) }
}

/// [`clean`], cut after `max_chars` characters: for names, of which the beginning still helps.
pub(in crate::services) fn clean_cut(text: &str, max_chars: usize) -> Option<String> {
    clean(text).map(|cleaned| cleaned.chars().take(max_chars).collect())
}

/// [`clean`], or `None` where it is longer than `max_chars` characters: for plates, numbers and ids, of
/// which a part is a wrong one.
pub(in crate::services) fn clean_whole(text: &str, max_chars: usize) -> Option<String> {
    clean(text).filter(|cleaned| cleaned.chars().count() <= max_chars)
}

/// Characters that are not drawn or that change how others are.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E007F}')
}

/// Whether `text` is written in Chinese characters throughout (the dot between the parts of a
/// minority name included), so that the family name stands first and no space belongs between.
pub(in crate::services) fn is_chinese(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|character| {
            matches!(character,
                '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' | '〇' | '·' | '•')
        })
}

/// `text` with every run of three or more digits replaced by `…`: for the log, where a centre's words
/// may repeat a phone number that it did not like.
pub(in crate::services) fn without_numbers(text: &str) -> String {
    const LONGEST_KEPT_RUN: usize = 2;
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    for character in text.chars() {
        if character.is_ascii_digit() {
            run.push(character);
            continue;
        }
        flush_run(&mut kept, &mut run, LONGEST_KEPT_RUN);
        kept.push(character);
    }
    flush_run(&mut kept, &mut run, LONGEST_KEPT_RUN);
    kept
}

fn flush_run(kept: &mut String, run: &mut String, longest_kept: usize) {
    kept.push_str(if run.len() > longest_kept { "…" } else { run });
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::{clean, clean_cut, clean_whole, is_chinese, without_numbers};

    #[test]
    fn commands_and_direction_marks_do_not_pass() {
        assert_eq!(clean("\u{1b}@鲁G\u{202e}A1234\u{7}\r\n").as_deref(), Some("@鲁GA1234"));
        assert_eq!(clean(" \u{200b}\t "), None);
    }

    #[test]
    fn names_are_cut_and_plates_are_not() {
        assert_eq!(clean_cut("王小明", 2).as_deref(), Some("王小"));
        assert_eq!(clean_whole("王小明", 2), None);
        assert_eq!(clean_whole("王小明", 3).as_deref(), Some("王小明"));
    }

    #[test]
    fn chinese_names_are_told_from_others() {
        assert!(is_chinese("阿卜杜拉·买买提") && is_chinese("𠮷") && is_chinese("䶮"));
        assert!(!is_chinese("Jean") && !is_chinese("王 Li") && !is_chinese(""));
    }

    #[test]
    fn numbers_do_not_reach_the_log() {
        assert_eq!(without_numbers("13800001111 at 400: bad +86 139 0000 1111"), "… at …: bad +86 … … …");
        assert_eq!(without_numbers("Wait 30 s"), "Wait 30 s");
    }
}
