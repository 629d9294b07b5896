// SPDX-License-Identifier: GPL-3.0-only
//! The keyboard on the glass, from the key to the text: the real screen and the real engine, pressed by the words on
//! the keys and by a finger.
#![cfg(feature = "terminal")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

#[path = "keyboard/bench.rs"]
mod bench;

use std::time::Duration;

use bench::{Bench, elder, english, nobody, page, texts_of_the_border, zh};
use doorstep_ui::{KeyboardSize, SessionActions, WritingMethod};
use slint::ComponentHandle;

/// Longer than the pause after a character, in elder mode too.
const PAUSE: Duration = Duration::from_millis(2_500);

#[test]
fn pinyin_becomes_a_title() {
    let bench = Bench::at(page());
    bench.type_keys("hongloumeng");
    assert_eq!(bench.composition(), "hong'lou'meng");
    bench.press("红楼梦");
    assert_eq!(bench.text(), "红楼梦");
    assert_eq!((bench.composition(), bench.candidates()), (String::new(), Vec::new()));
}

#[test]
fn nine_keys_become_a_title() {
    let bench = Bench::at(page());
    bench.press("九键");
    for key in ["ghi", "mno", "mno", "ghi", "jkl", "mno", "tuv", "mno", "def", "mno", "ghi"] {
        bench.press(key);
    }
    bench.press_on_some_page("红楼梦");
    assert_eq!(bench.text(), "红楼梦");
    // The column at the left divides what may be read in several ways.
    for key in ["wxyz", "ghi", "mno", "mno", "ghi"] {
        bench.press(key);
    }
    bench.press_on_some_reading("zhong");
    assert!(bench.composition().starts_with("zhong"), "{}", bench.composition());
    bench.press_on_some_page("中");
    assert_eq!(bench.text(), "红楼梦中");
    // Idle, it holds marks.
    bench.press("，");
    assert_eq!(bench.text(), "红楼梦中，");
}

#[test]
fn characters_drawn_with_a_finger_become_a_title() {
    let bench = Bench::at(page());
    bench.press("手写");
    for (character, drawing) in bench::RED_CHAMBER {
        bench.draw(drawing);
        assert!(bench.ink() > 100, "ink is seen while it is drawn");
        bench.press_on_some_page(character);
        assert_eq!(bench.ink(), 0);
    }
    assert_eq!(bench.text(), "红楼梦");
}

#[test]
fn after_a_pause_the_likeliest_is_written_and_can_be_changed() {
    let bench = Bench::at(page());
    bench.press("手写");
    bench.draw(bench::RED_CHAMBER[0].1);
    let offered = bench.candidates();
    bench.wait(PAUSE);
    assert_eq!(bench.text(), offered[0]);
    assert_eq!(bench.ink(), 0);
    assert_eq!(bench.candidates(), offered, "the others stay");
    bench.press(&offered[1]);
    assert_eq!(bench.text(), offered[1], "another in its place");
    bench.draw(bench::RED_CHAMBER[2].1);
    assert_ne!(bench.candidates(), offered);
    bench.wait(PAUSE);
    assert_eq!(bench.text().chars().count(), 2);
}

#[test]
fn strokes_are_taken_back_one_by_one_or_all() {
    let bench = Bench::at(page());
    bench.press("手写");
    bench.draw("100,500 900,500");
    let one = bench.ink();
    bench.draw("500,100 500,900");
    assert!(bench.candidates().contains(&"十".to_owned()), "{:?}", bench.candidates());
    bench.press("退一笔");
    assert_eq!(bench.ink(), one);
    assert!(bench.candidates().contains(&"一".to_owned()), "{:?}", bench.candidates());
    bench.press("擦掉");
    assert_eq!((bench.ink(), bench.candidates()), (0, Vec::new()));
    bench.wait(PAUSE);
    assert_eq!(bench.text(), "", "nothing was written");
}

#[test]
fn candidates_turn_forth_and_back() {
    let bench = Bench::at(page());
    bench.type_keys("shi");
    let mut rows = vec![bench.candidates()];
    for _ in 0..20 {
        bench.press("更多");
        rows.push(bench.candidates());
    }
    let mut all: Vec<&String> = rows.iter().flatten().collect();
    assert!(all.len() > 100, "beyond what the engine gives at once");
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), rows.iter().map(Vec::len).sum::<usize>(), "each once");
    for row in rows.iter().rev().skip(1) {
        bench.press("前面");
        assert_eq!(bench.candidates(), *row);
    }
    bench.press("更多");
    let chosen = bench.candidates()[2].clone();
    bench.press(&chosen);
    assert_eq!(bench.text(), chosen);
}

#[test]
fn a_row_is_never_wider_than_the_keyboard() {
    let bench = Bench::at(page());
    for place in [page(), elder()] {
        bench.go(place);
        bench.press("拼音");
        for keys in ["shi", "zhongguo", "woxiangkanshijieshangzuiyoumingdegushishu"] {
            bench.type_keys(keys);
            let size = bench.app.global::<KeyboardSize>();
            for _ in 0..5 {
                let row = bench.candidates();
                let taken: f32 = row.iter().map(|c| size.invoke_taken(c.chars().count() as i32)).sum();
                assert!(!row.is_empty() && (taken <= 1.001 || row.len() == 1), "{taken} {keys}");
                bench.press("更多");
            }
            bench.press("重来");
        }
    }
}

#[test]
fn the_last_thing_is_taken_back() {
    let bench = Bench::at(page());
    bench.type_keys("shu");
    bench.press("书");
    bench.type_keys("x");
    bench.press("删掉");
    assert_eq!((bench.text().as_str(), bench.composition().as_str()), ("书", ""));
    bench.press("删掉");
    assert_eq!(bench.text(), "");
    bench.type_keys("shu");
    bench.press("书");
    bench.type_keys("xy");
    bench.press("重来");
    assert_eq!((bench.text().as_str(), bench.composition().as_str()), ("书", ""));
    bench.press("清空");
    assert_eq!(bench.text(), "");
}

#[test]
fn a_key_acts_when_the_finger_comes_down_and_backspace_goes_on() {
    let bench = Bench::at(page());
    bench.press("123");
    for _ in 0..12 {
        bench.press("7");
    }
    let key = bench.middle("删掉");
    bench.finger_down(key);
    assert_eq!(bench.text().len(), 11, "at once");
    bench.wait(Duration::from_millis(400));
    assert_eq!(bench.text().len(), 11, "a slow finger is no held key");
    for _ in 0..5 {
        bench.wait(Duration::from_millis(120));
    }
    assert!((5..=8).contains(&bench.text().len()), "{}", bench.text().len());
    bench.finger_up(key);
    let left = bench.text();
    bench.wait(PAUSE);
    assert_eq!(bench.text(), left, "until it is lifted");
}

#[test]
fn a_tap_between_the_keys_does_nothing_but_tell_that_somebody_is_there() {
    let bench = Bench::at(page());
    let touched = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = touched.clone();
    bench.app.global::<SessionActions>().on_touched(move || count.set(count.get() + 1));
    let (q, w) = (bench.middle("q"), bench.middle("w"));
    let between = slint::LogicalPosition::new(f32::midpoint(q.x, w.x), q.y);
    bench.finger_down(between);
    bench.finger_up(between);
    assert_eq!((bench.composition(), bench.text()), (String::new(), String::new()));
    assert_eq!(touched.get(), 1);
}

#[test]
fn letters_capitals_digits_and_marks() {
    let bench = Bench::at(page());
    bench.press("ABC");
    bench.press("大写");
    bench.press("H");
    bench.type_keys("arry");
    bench.press("空格");
    bench.press("-");
    bench.press("123");
    bench.press("7");
    bench.press("X");
    bench.press("拼音");
    bench.press("标点");
    bench.press("？");
    assert_eq!(bench.text(), "Harry -7X？");
    bench.type_keys("shu");
    let likeliest = bench.candidates()[0].clone();
    bench.press("空格");
    assert_eq!(bench.text(), format!("Harry -7X？{likeliest}"));
}

#[test]
fn the_way_to_write_is_remembered_in_the_session_and_not_longer() {
    let bench = Bench::at(page());
    assert_eq!(bench.method(), WritingMethod::Pinyin);
    bench.press("九键");
    bench.go(zh(true, false, false));
    bench.go(page());
    assert_eq!(bench.method(), WritingMethod::NineKeys, "chosen");
    bench.go(elder());
    assert_eq!(bench.method(), WritingMethod::NineKeys, "large letters change nothing that was chosen");
    bench.go(nobody());
    bench.go(elder());
    assert_eq!(bench.method(), WritingMethod::Handwriting, "somebody else");
    bench.go(nobody());
    bench.go(english());
    assert_eq!(bench.method(), WritingMethod::Letters);
    bench.go(page());
    assert_eq!(bench.method(), WritingMethod::Pinyin, "the language was changed on the page");
}

#[test]
fn the_main_action_writes_what_is_half_written_and_goes() {
    let bench = Bench::at(page());
    bench.type_keys("hongloum");
    bench.press("找书");
    assert_eq!(bench.done(), 1);
    assert_eq!(bench.text(), "红楼梦");
    assert!(!bench.shown() && bench.keyboard.is_clean());
    bench.press("改几个字");
    assert!(bench.shown());
    bench.press("手写");
    bench.draw("100,500 900,500;500,100 500,900");
    let likeliest = bench.candidates()[0].clone();
    bench.press("找书");
    assert_eq!(bench.text(), format!("红楼梦{likeliest}"));
}

#[test]
fn nothing_is_left_when_the_session_ends() {
    let half_written: [fn(&Bench); 4] = [
        |bench| bench.type_keys("hongloumeng"),
        |bench| {
            bench.press("九键");
            for key in ["wxyz", "ghi", "mno", "mno", "ghi"] {
                bench.press(key);
            }
        },
        |bench| {
            bench.press("手写");
            bench.draw(bench::RED_CHAMBER[1].1);
        },
        |bench| {
            bench.press("手写");
            bench.draw(bench::RED_CHAMBER[1].1);
            bench.wait(PAUSE);
        },
    ];
    let bench = Bench::at(page());
    for write in half_written {
        // The page is left, and the session ends.
        for end in [zh(true, false, false), nobody()] {
            bench.go(page());
            bench.press("拼音");
            write(&bench);
            assert!(!texts_of_the_border(&bench.app).is_empty() && !bench.keyboard.is_clean());
            bench.go(end);
            assert_eq!(texts_of_the_border(&bench.app), Vec::<String>::new());
            assert!(bench.keyboard.is_clean() && !bench.shown());
            bench.wait(PAUSE);
            assert!(bench.keyboard.is_clean(), "nor does a pause bring it back");
        }
    }
}
