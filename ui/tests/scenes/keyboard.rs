// SPDX-License-Identifier: GPL-3.0-only
//! The keyboard in every way of writing, idle and at work: what its engine answers, as it answered.

use super::{Scene, list, to};
use doorstep_ui::{App, InkDot, Keyboard, KeyboardSize, Library, Prompt, Screen, WritingMethod};
use slint::{ComponentHandle, ModelRc, SharedString};

fn texts(texts: &[&str]) -> ModelRc<SharedString> {
    list(texts.iter().map(|text| SharedString::from(*text)).collect())
}

/// The search page with an idle keyboard.
fn page(app: &App, method: WritingMethod, text: &str) {
    to(app, Screen::LibrarySearch, Prompt::None);
    app.global::<Library>().set_search_text(text.into());
    app.global::<Keyboard>().set_method(method);
}

/// Nothing is being written.
pub fn reset(app: &App) {
    let keyboard = app.global::<Keyboard>();
    keyboard.set_shown(true);
    keyboard.set_method(WritingMethod::Pinyin);
    keyboard.set_handwriting_offered(true);
    keyboard.set_composition(SharedString::new());
    keyboard.set_candidates(list(Vec::new()));
    keyboard.set_syllables(list(Vec::new()));
    keyboard.set_more(false);
    keyboard.set_less(false);
    keyboard.set_marks(false);
    keyboard.set_replacing(false);
    keyboard.set_more_syllables(false);
    keyboard.set_shift(false);
    keyboard.set_ink(list(Vec::new()));
}

/// As many of the candidates as stand in the row.
fn candidates(app: &App, words: &[&str]) {
    let size = app.global::<KeyboardSize>();
    let mut taken = 0.0;
    let fits = |text: &&&str| {
        taken += size.invoke_taken(i32::try_from(text.chars().count()).unwrap_or(i32::MAX));
        taken <= 1.0
    };
    let count = words.iter().take_while(fits).count().max(1);
    let keyboard = app.global::<Keyboard>();
    keyboard.set_candidates(texts(&words[..count]));
    keyboard.set_more(count < words.len());
}

/// 十, in two strokes.
fn ten() -> Vec<InkDot> {
    let across = (0..60).map(|i| InkDot { x: 0.4 + i as f32 * 0.0085, y: 0.42 - i as f32 * 0.0004 });
    let down = (0..90).map(|i| InkDot { x: 0.65, y: 0.12 + i as f32 * 0.0085 });
    across.chain(down).collect()
}

/// Every way of writing, idle and at work.
pub static KEYBOARD: &[Scene] = &[
    Scene { name: "keyboard-pinyin", set: |a| page(a, WritingMethod::Pinyin, "") },
    Scene {
        name: "keyboard-pinyin-word",
        set: |a| {
            page(a, WritingMethod::Pinyin, "曹雪芹");
            a.global::<Keyboard>().set_composition("hong'lou'meng".into());
            candidates(a, &["红楼梦", "红楼", "红", "洪", "宏", "虹", "鸿", "轰"]);
        },
    },
    Scene {
        name: "keyboard-pinyin-page",
        set: |a| {
            page(a, WritingMethod::Pinyin, "");
            a.global::<Keyboard>().set_composition("shi".into());
            candidates(a, &["是", "时", "事", "使", "十", "市", "式", "世", "师", "始"]);
            a.global::<Keyboard>().set_less(true);
        },
    },
    Scene {
        name: "keyboard-pinyin-sentence",
        set: |a| {
            page(a, WritingMethod::Pinyin, "");
            a.global::<Keyboard>().set_composition("…kan'shi'jie'shang'zui'you'ming'de'gu'shi".into());
            candidates(a, &["我想看世界上最有名的故事书全集", "我想看", "我想"]);
        },
    },
    Scene {
        name: "keyboard-pinyin-marks",
        set: |a| {
            page(a, WritingMethod::Pinyin, "三国");
            a.global::<Keyboard>().set_marks(true);
            candidates(a, &["，", "。", "、", "？", "！", "：", "；", "“", "”", "‘"]);
        },
    },
    Scene {
        name: "keyboard-nine",
        set: |a| {
            page(a, WritingMethod::NineKeys, "");
            a.global::<Keyboard>().set_syllables(texts(&["，", "。", "？", "！"]));
        },
    },
    Scene {
        name: "keyboard-nine-word",
        set: |a| {
            page(a, WritingMethod::NineKeys, "");
            let keyboard = a.global::<Keyboard>();
            keyboard.set_composition("zhong'guo".into());
            keyboard.set_syllables(texts(&["zhong", "xiong", "zhon"]));
            keyboard.set_more_syllables(true);
            candidates(a, &["中国", "终过", "中", "种", "重", "众"]);
        },
    },
    Scene { name: "keyboard-hand", set: |a| page(a, WritingMethod::Handwriting, "") },
    Scene {
        name: "keyboard-hand-ink",
        set: |a| {
            page(a, WritingMethod::Handwriting, "红楼");
            a.global::<Keyboard>().set_ink(list(ten()));
            candidates(a, &["十", "士", "土", "干", "千", "于", "上", "卡", "下"]);
        },
    },
    Scene {
        name: "keyboard-hand-replace",
        set: |a| {
            page(a, WritingMethod::Handwriting, "红楼十");
            a.global::<Keyboard>().set_replacing(true);
            candidates(a, &["十", "士", "土", "干", "千", "于", "上", "卡", "下"]);
        },
    },
    Scene {
        name: "keyboard-letters",
        set: |a| {
            page(a, WritingMethod::Letters, "Harry");
            a.global::<Keyboard>().set_marks(true);
            candidates(a, &[",", ".", "?", "!", "-", "/", "@", "#", ":", ";"]);
        },
    },
    Scene {
        name: "keyboard-letters-shift",
        set: |a| {
            page(a, WritingMethod::Letters, "");
            a.global::<Keyboard>().set_shift(true);
            a.global::<Keyboard>().set_marks(true);
            candidates(a, &[",", ".", "?", "!", "-", "/", "@", "#", ":", ";"]);
        },
    },
    Scene { name: "keyboard-digits", set: |a| page(a, WritingMethod::Digits, "978") },
];
