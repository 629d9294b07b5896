// SPDX-License-Identifier: GPL-3.0-only
//! The numbers that a screen has to reach, each as a function from a measured view to findings.

use crate::look::DENSITY;
use crate::measure::{Area, Panel, Text, View};

/// Least height of a capital letter: 0.7 degrees of arc at 600 mm (EN 301 549, 5.1.4, closed functionality).
pub const CAP_LEAST_MM: f32 = 7.3;
/// Least side of a target, least height of the main action, least gap of two targets: larger than the standards ask
/// (9.5 mm for elder users), for gloves, cold and tremor.
pub const TARGET_LEAST_MM: f32 = 15.0;
pub const PRIMARY_LEAST_MM: f32 = 20.0;
pub const GAP_LEAST_MM: f32 = 3.0;
/// In low-reach mode the middle of every control lies in so many millimetres at the lower edge of the glass. Reach
/// ends 1220 mm above the floor (ADA 308): with the lower edge at 950 mm, where a standing person still reads the
/// top of a 476 mm tall screen, that leaves 270 mm. A portrait screen keeps its upper 43 % free of controls, and a
/// landscape screen, 268 mm tall, is in reach as a whole.
pub const LOW_BAND_MM: f32 = 270.0;
/// Least contrast of text, and in elder and high-contrast mode (WCAG 2.2, 1.4.3 and 1.4.6).
pub const CONTRAST_LEAST: f32 = 4.5;
pub const CONTRAST_LEAST_ENHANCED: f32 = 7.0;
/// Least pixels of a text in its full colour: less is a text that did not draw.
const INK_LEAST: usize = 8;
/// Least room between a word and the edge of the control it stands on, left and right.
const PADDING_LEAST_MM: f32 = 1.5;
/// Where a border of the colour of the letters may be taken for them, in pixels around.
const BESIDE: f32 = 14.0;
/// Layout rounds to whole pixels.
const SLACK: f32 = 1.01;

/// A text or control that is not whole inside what holds it.
pub fn cut_off(view: &View) -> Vec<String> {
    let mut findings = Vec::new();
    for control in &view.controls {
        if !view.window.holds(&control.area, SLACK) {
            findings.push(format!("control {:?} {} leaves the screen", control.label, control.area));
        }
    }
    for text in &view.texts {
        findings.extend(text_cut_off(view, text));
    }
    findings
}

fn text_cut_off(view: &View, text: &Text) -> Vec<String> {
    let mut findings = Vec::new();
    let mut say = |what: String| findings.push(format!("text {:?} {} {what}", text.words, text.area));
    let width = text.area.width() + SLACK;
    if text.elides && text.one_line > width {
        say(format!("ends in an ellipsis, {:.0} px too wide", text.one_line - text.area.width()));
    }
    if text.wraps && text.least_width > width {
        say(format!("has a word that is {:.0} px too wide", text.least_width - text.area.width()));
    }
    if tails_cut(text) {
        say(format!("has letters cut off: ink {}", text.ink));
    }
    if !view.window.holds(&text.ink, SLACK) {
        say("leaves the screen".into());
    }
    for outer in text.inside.iter().map(|index| &view.panels[*index]) {
        if !outer.area.holds(&text.ink, SLACK) {
            say(format!("leaves what it stands on {}", outer.area));
        }
    }
    for control in text.inside.iter().map(|index| &view.panels[*index]).filter(|panel| panel.keyed) {
        let room = (text.ink.left - control.area.left).min(control.area.right - text.ink.right);
        if room < PADDING_LEAST_MM * DENSITY {
            say(format!("stands {:.1} mm from the edge of its control", room / DENSITY));
        }
    }
    if text.inked.pixels < INK_LEAST {
        say(format!("did not draw: {} pixels", text.inked.pixels));
    }
    findings
}

/// The renderer draws no text outside its place. Letters are cut where they would need more room and their pixels go
/// up to the last row of the place, or where most of a line is outside.
fn tails_cut(text: &Text) -> bool {
    let (above, below) = (text.area.top - text.ink.top, text.ink.bottom - text.area.bottom);
    let Some((first, last)) = text.inked.rows.map(|(first, last)| (first as f32, last as f32)) else { return false };
    let at_edge = (above > SLACK && first <= text.area.top + 1.5) || (below > SLACK && last >= text.area.bottom - 2.5);
    at_edge || above.max(below) > text.font * 0.3
}

/// Texts whose pixels are not where their ink is reckoned to be: the other rules would be blind.
pub fn ink_where_reckoned(view: &View) -> Vec<String> {
    // A mark by itself does not reach where letters do.
    let letters = view.texts.iter().filter(|text| text.words.chars().any(char::is_alphanumeric));
    let astray = letters.filter_map(|text| {
        let (first, last) = text.inked.rows.map(|(first, last)| (first as f32, last as f32))?;
        // Letters that are cut off, and borders of the same colour beside the letters, are not this rule's matter.
        let (top, bottom) = (text.ink.top.max(text.area.top), text.ink.bottom.min(text.area.bottom));
        let outside = first < top - 2.0 || last > bottom + 1.0;
        let far = first > top + text.font * 0.5 || last < bottom - text.font * 0.5;
        let near = view.panels.iter().any(|panel| {
            let beside = Area {
                left: text.ink.left - BESIDE,
                top: text.ink.top - BESIDE,
                right: text.ink.right + BESIDE,
                bottom: text.ink.bottom + BESIDE,
            };
            panel.area.meets(&beside, 0.0) && !panel.area.holds(&beside, 0.0)
        });
        (!near && (outside || far)).then(|| format!("{:?} {} has ink from {first} to {last}", text.words, text.ink))
    });
    astray.collect()
}

/// Texts on texts, texts on foreign controls, controls on controls, panels half on panels.
pub fn overlaps(view: &View) -> Vec<String> {
    let mut findings = Vec::new();
    for (index, text) in view.texts.iter().enumerate() {
        for other in &view.texts[index + 1..] {
            if text.ink.meets(&other.ink, SLACK) {
                findings.push(format!("{:?} {} on {:?} {}", text.words, text.ink, other.words, other.ink));
            }
        }
        for (place, panel) in view.panels.iter().enumerate() {
            let foreign = !text.inside.contains(&place) && !view.covers_all(&panel.area);
            // A line or a picture may run round a text, a key may not.
            let round = panel.area.holds(&text.ink, SLACK) && (panel.control.is_none() || on_plate(view, panel, text));
            if foreign && !round && text.ink.meets(&panel.area, SLACK) {
                findings.push(format!("{:?} {} on a foreign panel {}", text.words, text.ink, panel.area));
            }
        }
    }
    for (index, panel) in view.panels.iter().enumerate() {
        for (place, other) in view.panels.iter().enumerate().skip(index + 1) {
            let related = other.inside.contains(&index) || panel.inside.contains(&place);
            let nested = panel.area.holds(&other.area, SLACK) || other.area.holds(&panel.area, SLACK);
            let controls = panel.control.is_some() && other.control.is_some() && panel.control != other.control;
            let whole = view.covers_all(&panel.area) || view.covers_all(&other.area);
            let allowed = related || whole || (nested && !controls) || (is_drawn(panel) && is_drawn(other));
            if panel.area.meets(&other.area, SLACK) && !allowed {
                findings.push(format!("panel {} on panel {}", panel.area, other.area));
            }
        }
    }
    findings
}

/// A line or a dot of a drawing: guides of the field for handwriting cross, and ink lies on them.
fn is_drawn(panel: &Panel) -> bool {
    /// Thickest stroke, in pixels of the window.
    const THICKEST: f32 = 24.0;
    panel.control.is_none() && panel.area.width().min(panel.area.height()) <= THICKEST
}

/// The number plate is a key of glass over its letters: a tap on it says it again.
fn on_plate(view: &View, panel: &Panel, text: &Text) -> bool {
    let label = panel.control.map(|control| view.controls[control].label.as_str()).unwrap_or_default();
    text.words.chars().count() == 1 && label.contains(text.words.as_str())
}

/// Size and distance of what can be tapped.
pub fn targets(view: &View) -> Vec<String> {
    let mut findings = Vec::new();
    let least = |mm: f32| mm * DENSITY - SLACK;
    for (index, control) in view.controls.iter().enumerate() {
        let (width, height) = (control.area.width(), control.area.height());
        if width.min(height) < least(TARGET_LEAST_MM) {
            findings.push(format!("{:?} {} is under {TARGET_LEAST_MM} mm", control.label, control.area));
        }
        if control.primary && height < least(PRIMARY_LEAST_MM) {
            findings.push(format!("{:?} {} is under {PRIMARY_LEAST_MM} mm", control.label, control.area));
        }
        for other in &view.controls[index + 1..] {
            let whole = view.covers_all(&control.area) || view.covers_all(&other.area);
            let gap = control.area.gap(&other.area);
            if !whole && gap < GAP_LEAST_MM * DENSITY - 0.51 {
                let mm = gap / DENSITY;
                findings.push(format!("{mm:.1} mm between {:?} and {:?}", control.label, other.label));
            }
        }
    }
    findings
}

/// In low-reach mode, controls too high to reach.
pub fn reach(view: &View) -> Vec<String> {
    if !view.look.mode.low() {
        return Vec::new();
    }
    let highest = view.window.bottom - LOW_BAND_MM * DENSITY;
    let high = view.controls.iter().filter(|control| !view.covers_all(&control.area));
    high.filter(|control| f32::midpoint(control.area.top, control.area.bottom) < highest)
        .map(|control| format!("{:?} {} is above {highest:.0} px", control.label, control.area))
        .collect()
}

/// Letters that are too small.
pub fn text_size(view: &View) -> Vec<String> {
    let small = view.texts.iter().filter(|text| text.cap_mm() < CAP_LEAST_MM - 0.005);
    small
        .map(|text| format!("{:?}: capitals are {:.2} mm ({:.1} px font)", text.words, text.cap_mm(), text.font))
        .collect()
}

/// The least contrast that a text of this view may have.
pub fn contrast_least(view: &View) -> f32 {
    let enhanced = view.look.mode.elder() || view.look.mode.contrast();
    if enhanced { CONTRAST_LEAST_ENHANCED } else { CONTRAST_LEAST }
}

/// Texts too pale for what is behind them.
pub fn contrast(view: &View) -> Vec<String> {
    let least = contrast_least(view);
    let pale = view.texts.iter().filter(|text| text.inked.contrast < least);
    pale.map(|text| format!("{:?} {} has {:.2}:1", text.words, text.area, text.inked.contrast)).collect()
}

/// Words of the controls that stand on every screen: help, the five modes; and the way home.
const ALWAYS_ZH: [&str; 6] = ["找人帮忙", "大字", "朗读", "高对比", "低位", "English"];
const ALWAYS_EN: [&str; 6] = ["Get help", "Large", "Aloud", "Contrast", "Low", "中文"];

/// Controls without words, with the words of another, or missing.
pub fn controls(view: &View) -> Vec<String> {
    let mut findings = Vec::new();
    let labels: Vec<&str> = view.controls.iter().map(|control| control.label.as_str()).collect();
    for (index, label) in labels.iter().enumerate() {
        if label.trim().is_empty() {
            findings.push(format!("a control without words {}", view.controls[index].area));
        }
        if labels[index + 1..].contains(label) {
            findings.push(format!("two controls say {label:?}"));
        }
    }
    let (always, home) = if view.look.english { (ALWAYS_EN, "Home") } else { (ALWAYS_ZH, "首页") };
    findings.extend(always.iter().filter(|label| !labels.contains(label)).map(|label| format!("{label:?} is missing")));
    // On the attract screen a touch anywhere leads home, and the home screen is there.
    let wanted = !view.state.starts_with("attract") && view.state != "home-empty" && !view.state.starts_with("home");
    if wanted && view.state != "still-there-home" && !labels.contains(&home) {
        findings.push(format!("{home:?} is missing"));
    }
    findings
}
