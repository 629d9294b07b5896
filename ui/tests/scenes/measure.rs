// SPDX-License-Identifier: GPL-3.0-only
//! What can be said about a screen without eyes: controls, their places, and what is wrong with them.

use super::{Look, Stage};
use i_slint_backend_testing::{AccessibleRole, ElementQuery};

/// Something with a label on the screen, in pixels.
#[derive(Clone, Debug)]
pub struct Control {
    /// Words on it.
    pub label: String,
    /// A button, otherwise a text.
    pub button: bool,
    /// Left, top, width, height.
    pub rect: [f32; 4],
}

impl Control {
    fn right(&self) -> f32 {
        self.rect[0] + self.rect[2]
    }
    fn bottom(&self) -> f32 {
        self.rect[1] + self.rect[3]
    }
    fn holds(&self, other: &Self) -> bool {
        self.rect[0] <= other.rect[0] + 1.0
            && self.rect[1] <= other.rect[1] + 1.0
            && self.right() >= other.right() - 1.0
            && self.bottom() >= other.bottom() - 1.0
    }
    fn meets(&self, other: &Self) -> bool {
        self.rect[0] + 1.0 < other.right()
            && other.rect[0] + 1.0 < self.right()
            && self.rect[1] + 1.0 < other.bottom()
            && other.rect[1] + 1.0 < self.bottom()
    }
    fn gap(&self, other: &Self) -> f32 {
        let across = (other.rect[0] - self.right()).max(self.rect[0] - other.right());
        let down = (other.rect[1] - self.bottom()).max(self.rect[1] - other.bottom());
        across.max(down)
    }
}

impl Stage {
    fn with_role(&self, button: bool) -> Vec<Control> {
        let mut found: Vec<Control> = ElementQuery::from_root(&self.app)
            .match_descendants()
            .match_accessible_role(if button { AccessibleRole::Button } else { AccessibleRole::Text })
            .find_all()
            .into_iter()
            .map(|e| Control {
                label: e.accessible_label().unwrap_or_default().to_string(),
                button,
                rect: [e.absolute_position().x, e.absolute_position().y, e.size().width, e.size().height],
            })
            .collect();
        // An element is found once for itself and once for each component it is built on.
        let mut seen: Vec<(String, [f32; 4])> = Vec::new();
        found.retain(|c| {
            let known = seen.contains(&(c.label.clone(), c.rect));
            seen.push((c.label.clone(), c.rect));
            !known
        });
        found
    }

    /// Everything that can be tapped.
    pub fn controls(&self) -> Vec<Control> {
        self.with_role(true)
    }

    /// Presses every control there is now, as an assistive program would.
    pub fn press_all(&self) {
        let buttons = ElementQuery::from_root(&self.app)
            .match_descendants()
            .match_accessible_role(AccessibleRole::Button)
            .find_all();
        for button in buttons {
            button.invoke_accessible_default_action();
        }
    }

    /// Everything to read that stands by itself.
    pub fn texts(&self) -> Vec<Control> {
        self.with_role(false).into_iter().filter(|t| !t.label.is_empty()).collect()
    }

    /// The cards and banners that texts stand on; they have no words of their own.
    pub fn surfaces(&self) -> Vec<Control> {
        let mut found: Vec<Control> = Vec::new();
        for kind in ["Card", "Banner", "PhoneCard", "PlateCard", "RideRow", "Confirming"] {
            for element in ElementQuery::from_root(&self.app).match_descendants().match_inherits(kind).find_all() {
                let rect = [
                    element.absolute_position().x,
                    element.absolute_position().y,
                    element.size().width,
                    element.size().height,
                ];
                if !found.iter().any(|f| f.rect == rect) {
                    found.push(Control { label: kind.into(), button: false, rect });
                }
            }
        }
        found
    }

    /// What is wrong with the screen as it is.
    pub fn faults(&self, look: &Look) -> Vec<String> {
        let mut faults = Vec::new();
        let (buttons, texts) = (self.controls(), self.texts());
        let (width, height) = (look.width as f32, look.height as f32);
        // Smaller screens shrink the sheet: the limits in millimetres hold for screens of the sheet's size.
        let fit = (width.min(height) / (267.9 * look.density)).min(width.max(height) / (476.4 * look.density)).min(1.0);
        let mm = look.density * fit;
        let surfaces = self.surfaces();
        let whole_screen = |c: &Control| c.rect[2] >= width && c.rect[3] >= height;
        for item in buttons.iter().chain(&texts).chain(&surfaces) {
            if item.rect[0] < -0.5 || item.rect[1] < -0.5 || item.right() > width + 0.5 || item.bottom() > height + 0.5
            {
                faults.push(format!("off the screen: {item:?}"));
            }
        }
        for (i, one) in buttons.iter().enumerate() {
            if one.rect[2].min(one.rect[3]) < 20.0 * mm - 1.0 {
                faults.push(format!("too small to hit: {one:?}"));
            }
            if one.label.is_empty() {
                faults.push(format!("a control without words: {one:?}"));
            }
            for other in &buttons[i + 1..] {
                if one.label == other.label {
                    faults.push(format!("two controls say {}", one.label));
                }
                if !whole_screen(one) && !whole_screen(other) && one.gap(other) < 3.0 * mm - 1.0 {
                    faults.push(format!("too near: {one:?} {other:?}"));
                }
            }
            for text in texts.iter().filter(|t| one.meets(t) && !one.holds(t)) {
                faults.push(format!("text over a control: {text:?} {one:?}"));
            }
            if look.low && height > width && !whole_screen(one) && one.rect[1] < 0.42 * height {
                faults.push(format!("out of reach: {one:?}"));
            }
        }
        for (i, card) in surfaces.iter().enumerate() {
            for button in buttons.iter().filter(|b| card.meets(b) && !card.holds(b) && !whole_screen(b)) {
                faults.push(format!("a card over a control: {card:?} {button:?}"));
            }
            for other in surfaces[i + 1..].iter().filter(|o| card.meets(o) && !card.holds(o) && !o.holds(card)) {
                faults.push(format!("cards overlap: {card:?} {other:?}"));
            }
            for text in texts.iter().filter(|t| card.meets(t) && !card.holds(t)) {
                faults.push(format!("text over the edge of a card: {text:?} {card:?}"));
            }
        }
        for (i, one) in texts.iter().enumerate() {
            for other in texts[i + 1..].iter().filter(|o| one.meets(o) && one.label != o.label) {
                faults.push(format!("texts overlap: {one:?} {other:?}"));
            }
        }
        faults
    }
}
