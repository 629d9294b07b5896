// SPDX-License-Identifier: GPL-3.0-only
//! What a keyboard relies on: choosing in parts, taking back, pages, nine keys, and that nothing stays behind.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic")]

use doorstep_writing::{Fuzzy, Key, MAX_COMPOSITION, Method, Settings, Update, Writer};
use proptest::prelude::*;

fn writer(method: Method) -> Writer {
    let mut writer = Writer::new(Settings { page: 10, ..Settings::default() });
    writer.set_method(method);
    writer
}

fn key(letter: char) -> Key {
    match letter {
        '\'' => Key::Apostrophe,
        '0'..='9' => Key::Digit(u8::try_from(u32::from(letter) - u32::from('0')).unwrap()),
        letter => Key::Letter(letter),
    }
}

fn typed(writer: &mut Writer, keys: &str) -> Update {
    keys.chars().map(|letter| writer.press(key(letter))).last().unwrap()
}

/// The candidates on the first page for `keys`.
fn first(keys: &str) -> Vec<String> {
    typed(&mut writer(Method::Pinyin), keys).candidates.clone()
}

#[test]
fn words_and_sentences_come_first() {
    for (keys, text) in [
        ("tushuguan", "图书馆"),
        ("hongloumeng", "红楼梦"),
        ("pingfandeshijie", "平凡的世界"),
        ("zhangsan", "张三"),
        ("nvren", "女人"),
        ("xi'an", "西安"),
        ("chaoyangqu", "朝阳区"),
        ("wozaitushuguanjieshu", "我在图书馆借书"),
    ] {
        assert_eq!(first(keys)[0], text, "{keys}");
    }
    // Capital letters are the same keys.
    assert_eq!(first("TuShuGuan")[0], "图书馆");
}

#[test]
fn initials_and_unfinished_syllables_are_enough() {
    for (keys, text) in
        [("tsg", "图书馆"), ("tushug", "图书馆"), ("tshug", "图书馆"), ("zgr", "中国人"), ("beij", "北京")]
    {
        assert!(first(keys).iter().take(3).any(|found| found == text), "{keys}");
    }
    assert!(first("h").iter().any(|found| found == "和"));
}

#[test]
fn sounds_that_are_mixed_up_find_the_word_behind_the_exact_ones() {
    for (keys, text) in [
        ("zongguo", "中国"),
        ("cifan", "吃饭"),
        ("sanghai", "上海"),
        ("lanjing", "南京"),
        ("hulan", "湖南"),
        ("beijin", "北京"),
        ("xinhuazidian", "新华字典"),
        ("tusuguang", "图书馆"),
        ("fuanghe", "黄河"),
        ("zanglao", "长老"),
    ] {
        assert!(first(keys).iter().any(|found| found == text), "{keys}");
    }
    assert_eq!(first("zongjie")[0], "总结", "what was typed exactly goes first");
    let mut strict = Writer::new(Settings { fuzzy: Fuzzy::NONE, page: 50 });
    let update = typed(&mut strict, "zongguo");
    assert!(!update.candidates.iter().any(|found| found == "中国"));
}

#[test]
fn a_name_is_written_character_by_character() {
    let mut writer = writer(Method::Pinyin);
    let mut update = typed(&mut writer, "liyiming");
    for (character, left) in [("黎", "yi'ming"), ("毅", "ming"), ("铭", "")] {
        while !update.candidates.iter().any(|found| found == character) {
            assert!(update.more, "{character}");
            update = writer.more();
        }
        let index = update.candidates.iter().position(|found| found == character).unwrap();
        update = writer.choose(index);
        assert_eq!(update.committed.as_deref(), Some(character));
        assert_eq!(update.composition, left);
    }
    assert!(writer.is_empty());
}

#[test]
fn what_was_chosen_tells_how_to_go_on() {
    let mut writer = writer(Method::Pinyin);
    assert_eq!(typed(&mut writer, "jieshu").candidates[0], "结束");
    writer.clear();
    let update = typed(&mut writer, "tushuguanjieshu");
    let index = update.candidates.iter().position(|found| found == "图书馆").unwrap();
    assert_eq!(writer.choose(index).candidates[0], "借书", "in a library one borrows books");
}

#[test]
fn backspace_takes_letters_and_then_belongs_to_the_field() {
    let mut writer = writer(Method::Pinyin);
    typed(&mut writer, "tushu");
    assert_eq!(writer.press(Key::Backspace).composition, "tu'sh");
    for _ in 0..4 {
        assert!(writer.press(Key::Backspace).taken);
    }
    assert!(writer.is_empty());
    assert!(!writer.press(Key::Backspace).taken);
}

#[test]
fn pages_go_on_and_back_and_end() {
    let mut writer = writer(Method::Pinyin);
    let mut update = typed(&mut writer, "yi");
    let mut seen = update.candidates.clone();
    assert!(!update.less && update.more);
    while update.more {
        update = writer.more();
        assert!(update.less);
        seen.extend(update.candidates.clone());
    }
    assert!(!writer.more().taken);
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), seen.len(), "nothing is offered twice");
    for rare in ["懿", "弈", "祎", "羿"] {
        assert!(seen.iter().any(|found| found == rare), "{rare} is in names");
    }
    while update.less {
        update = writer.less();
    }
    assert_eq!(update.candidates, seen[..10]);
    assert!(!writer.choose(10).taken, "not on this page");
}

#[test]
fn nine_keys_spell_and_offer_their_syllables() {
    let mut writer = writer(Method::NineKey);
    let update = typed(&mut writer, "887484826");
    assert_eq!((update.candidates[0].as_str(), update.composition.as_str()), ("图书馆", "tu'shu'guan"));
}

#[test]
fn a_chosen_syllable_stands_until_it_is_taken_back() {
    let mut writer = writer(Method::NineKey);
    let update = typed(&mut writer, "94664486");
    assert!(update.syllables.iter().any(|syllable| syllable == "zhong"), "{:?}", update.syllables);
    let index = update.syllables.iter().position(|syllable| syllable == "xiong").unwrap();
    let update = writer.choose_syllable(index);
    assert!(update.composition.starts_with("xiong'"));
    assert!(update.candidates.iter().all(|found| !found.starts_with('中')));
    assert!(!update.syllables.iter().any(|syllable| syllable == "xiong"), "the column goes on with the next digits");
    for _ in 0..3 {
        writer.press(Key::Backspace);
    }
    let update = writer.press(Key::Backspace);
    assert!(update.candidates.iter().any(|found| found.starts_with('中')), "digits again");
}

#[test]
fn other_keys_end_the_composition_with_its_first_candidate() {
    let mut writer = writer(Method::Pinyin);
    typed(&mut writer, "tushuguan");
    assert_eq!(writer.press(Key::Text("\u{ff0c}")).committed.as_deref(), Some("图书馆\u{ff0c}"));
    typed(&mut writer, "jianguolu");
    assert_eq!(writer.press(Key::Digit(8)).committed.as_deref(), Some("建国路8"));
    typed(&mut writer, "lao'she");
    assert_eq!(writer.press(Key::Enter).committed.as_deref(), Some("laoshe"));
    typed(&mut writer, "ren");
    assert_eq!(writer.press(Key::Space).committed.as_deref(), Some("人"));
    assert_eq!(writer.press(Key::Space).committed.as_deref(), Some(" "));
    // What is no pinyin is written as it is.
    typed(&mut writer, "uv");
    assert_eq!(writer.press(Key::Text("!")).committed.as_deref(), Some("uv!"));
    writer.set_method(Method::Latin);
    assert_eq!(writer.press(Key::Letter('Q')).committed.as_deref(), Some("Q"));
}

#[test]
fn nothing_is_learnt_and_nothing_is_told() {
    let mut writer = writer(Method::Pinyin);
    let before = typed(&mut writer, "shiji").candidates.clone();
    for _ in 0..20 {
        writer.choose(7);
        writer.clear();
        typed(&mut writer, "shiji");
    }
    writer.clear();
    let update = typed(&mut writer, "shiji");
    assert_eq!(update.candidates, before);
    for text in [format!("{writer:?}"), format!("{update:?}"), format!("{:?}", Key::Letter('s'))] {
        assert!(!text.contains("shi") && !text.contains(&before[0]) && !text.contains("'s'"), "{text}");
    }
    writer.release();
    assert!(writer.is_empty());
    assert_eq!(typed(&mut writer, "shiji").candidates, before, "opens again by itself");
}

#[derive(Clone, Debug)]
enum Action {
    Press(char),
    Back,
    Space,
    Enter,
    Choose(usize),
    Syllable(usize),
    More,
    Less,
    Clear,
    Method(u8),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        12 => prop_oneof!["[a-z]", "[aeioughnzs]", "[2-9]"].prop_map(|text| Action::Press(text.chars().next().unwrap())),
        1 => Just(Action::Press('\'')),
        1 => any::<char>().prop_map(Action::Press),
        2 => Just(Action::Back),
        1 => Just(Action::Space),
        1 => Just(Action::Enter),
        3 => (0usize..12).prop_map(Action::Choose),
        2 => (0usize..6).prop_map(Action::Syllable),
        1 => Just(Action::More),
        1 => Just(Action::Less),
        1 => Just(Action::Clear),
        1 => (0u8..4).prop_map(Action::Method),
    ]
}

/// Letters of the composition, without what divides them.
fn letters(update: &Update) -> usize {
    update.composition.chars().filter(|letter| *letter != '\'').count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_keys_keep_the_bounds(actions in proptest::collection::vec(action(), 1..60)) {
        let mut writer = writer(Method::Pinyin);
        let mut before = 0;
        for action in actions {
            let update = match action {
                Action::Press(letter) if letter.is_ascii_digit() || letter == '\'' => writer.press(key(letter)),
                Action::Press(letter) => writer.press(Key::Letter(letter)),
                Action::Back => writer.press(Key::Backspace),
                Action::Space => writer.press(Key::Space),
                Action::Enter => writer.press(Key::Enter),
                Action::Choose(index) => {
                    let update = writer.choose(index);
                    if let Some(text) = &update.committed {
                        prop_assert!(!text.is_empty());
                        prop_assert!(letters(&update) < before, "what was chosen leaves the composition");
                    } else {
                        prop_assert_eq!(letters(&update), before, "nothing chosen, nothing gone");
                    }
                    update
                }
                Action::Syllable(index) => writer.choose_syllable(index),
                Action::More => writer.more(),
                Action::Less => writer.less(),
                Action::Clear => writer.clear(),
                Action::Method(number) => writer.set_method(match number {
                    0 => Method::Pinyin,
                    1 => Method::NineKey,
                    2 => Method::Handwriting,
                    _ => Method::Latin,
                }),
            };
            before = letters(&update);
            prop_assert!(before <= MAX_COMPOSITION);
            prop_assert!(update.candidates.len() <= 10);
            prop_assert!(update.composition.is_empty() == writer.is_empty());
            prop_assert!(!update.composition.is_empty() || update.candidates.is_empty());
        }
        let update = writer.clear();
        prop_assert!(writer.is_empty());
        prop_assert!(update.composition.is_empty() && update.candidates.is_empty() && update.committed.is_none());
    }

    #[test]
    fn choosing_the_first_writes_every_composition_to_its_end(keys in "[a-z]{1,70}") {
        let mut writer = writer(Method::Pinyin);
        typed(&mut writer, &keys);
        let mut left = letters(&writer.less());
        prop_assert!(left <= MAX_COMPOSITION);
        loop {
            let update = writer.choose(0);
            if update.committed.is_none() {
                break;
            }
            prop_assert!(letters(&update) < left);
            left = letters(&update);
        }
        // What is left is no pinyin: it begins with a letter that no syllable begins with.
        let update = writer.less();
        prop_assert!(update.candidates.is_empty());
        prop_assert!(update.composition.is_empty() || update.composition.starts_with(['i', 'u', 'v']));
    }
}
