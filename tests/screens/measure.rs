// SPDX-License-Identifier: GPL-3.0-only
//! What a screen consists of, measured: texts, controls and panels with their places, from the tree of items that
//! the renderer itself walks, and the colours of every text from the picture.
//!
//! The size that a text would like to have and its size of letters are known to Slint only inside; the tree is
//! reached through the module that generated code uses. It has no semver, like the testing backend, and is tied
//! to the same exact version.

use crate::ink::{self, Inked};
use crate::look::{DENSITY, Look};
use crate::stage::{Picture, Stage};
use crate::states::State;
use slint::private_unstable_api::re_exports as inside;
use slint::{ComponentHandle, SharedString};
use std::pin::Pin;

use inside::{
    AccessibleRole, AccessibleStringProperty, BasicBorderRectangle, BorderRectangle, ComplexText, ItemRc, LogicalPoint,
    Orientation, SimpleText, TextHorizontalAlignment, TextOverflow, TextVerticalAlignment, TextWrap, WindowAdapterRc,
    WindowInner,
};

/// Height of a capital letter in em: `sCapHeight` of both of our fonts. `rare.rs` measures it in pixels.
pub const CAP_HEIGHT: f32 = 0.733;

/// A rectangle in pixels of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Area {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
}

impl Area {
    pub fn width(&self) -> f32 {
        self.right - self.left
    }
    pub fn height(&self) -> f32 {
        self.bottom - self.top
    }
    /// Whether `other` lies inside, but for `slack` pixels.
    pub fn holds(&self, other: &Self, slack: f32) -> bool {
        self.left <= other.left + slack
            && self.top <= other.top + slack
            && self.right >= other.right - slack
            && self.bottom >= other.bottom - slack
    }
    /// Whether the two share more than `slack` pixels both ways.
    pub fn meets(&self, other: &Self, slack: f32) -> bool {
        self.left + slack < other.right
            && other.left + slack < self.right
            && self.top + slack < other.bottom
            && other.top + slack < self.bottom
    }
    /// Pixels between the two, across or down, whichever is more; negative when they overlap.
    pub fn gap(&self, other: &Self) -> f32 {
        let across = (other.left - self.right).max(self.left - other.right);
        let down = (other.top - self.bottom).max(self.top - other.bottom);
        across.max(down)
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{:.0},{:.0} {:.0}x{:.0}]", self.left, self.top, self.width(), self.height())
    }
}

/// Something to tap.
#[derive(Clone, Debug)]
pub struct Control {
    pub label: String,
    pub area: Area,
    pub primary: bool,
}

/// Something filled or bordered, or a control: what stands on the screen as a body.
#[derive(Clone, Debug)]
pub struct Panel {
    pub area: Area,
    /// The panels it stands in, outermost first.
    pub inside: Vec<usize>,
    /// The control it belongs to, and whether it is that control itself.
    pub control: Option<usize>,
    pub keyed: bool,
}

/// A text as it is drawn.
#[derive(Clone, Debug)]
pub struct Text {
    pub words: String,
    pub area: Area,
    /// Size of the font in pixels.
    pub font: f32,
    /// Where its letters can leave ink: less than the lines are high, and outside the area when there is no room.
    pub ink: Area,
    /// Width of the words on one line, and of the longest part that does not break.
    pub one_line: f32,
    pub least_width: f32,
    pub wraps: bool,
    /// What does not fit gives way to an ellipsis.
    pub elides: bool,
    pub inside: Vec<usize>,
    pub inked: Inked,
}

impl Text {
    /// Height of a capital letter in millimetres.
    pub fn cap_mm(&self) -> f32 {
        self.font * CAP_HEIGHT / DENSITY
    }
}

/// A state in a look, measured.
pub struct View {
    pub state: &'static str,
    pub look: Look,
    pub window: Area,
    pub texts: Vec<Text>,
    pub controls: Vec<Control>,
    pub panels: Vec<Panel>,
}

impl View {
    pub fn name(&self) -> String {
        format!("{} {}", self.state, self.look.name())
    }
    /// Whether it is the key as large as the screen that wakes the terminal.
    pub fn covers_all(&self, area: &Area) -> bool {
        area.holds(&self.window, 1.0)
    }
}

/// Shows a state and measures it.
pub fn measure(stage: &Stage, state: &State, look: Look) -> View {
    stage.show(state, look);
    let picture = stage.picture();
    let (width, height) = look.size();
    let window = Area { left: 0.0, top: 0.0, right: width as f32, bottom: height as f32 };
    let inner = WindowInner::from_pub(stage.app.window());
    let mut walk = Walk {
        adapter: inner.window_adapter(),
        picture: &picture,
        view: View { state: state.name, look, window, texts: vec![], controls: vec![], panels: vec![] },
    };
    let root = ItemRc::new_root(inner.component());
    walk.children(&root, &[], None);
    walk.view
}

struct Walk<'a> {
    adapter: WindowAdapterRc,
    picture: &'a Picture,
    view: View,
}

impl Walk<'_> {
    fn children(&mut self, item: &ItemRc, inside: &[usize], control: Option<usize>) {
        let mut next = item.first_child();
        while let Some(child) = next {
            if child.is_visible() {
                self.item(&child, inside, control);
            }
            next = child.next_sibling();
        }
    }

    fn item(&mut self, item: &ItemRc, inside: &[usize], control: Option<usize>) {
        let area = area_of(item);
        let mut inside = inside.to_vec();
        let mut control = control;
        let is_control = item.accessible_role() == AccessibleRole::Button;
        if is_control || is_body(item) {
            let panel = self.view.panels.len();
            if is_control {
                control = Some(self.view.controls.len());
                self.view.controls.push(control_of(item, area));
            }
            self.view.panels.push(Panel { area, inside: inside.clone(), control, keyed: is_control });
            inside.push(panel);
        }
        if let Some(text) = self.text(item, area, &inside) {
            self.view.texts.push(text);
        }
        self.children(item, &inside, control);
    }

    fn text(&self, item: &ItemRc, area: Area, inside: &[usize]) -> Option<Text> {
        let style = style_of(item)?;
        if style.words.trim().is_empty() {
            return None;
        }
        let across = self.layout(item, Orientation::Horizontal, -1.0);
        let down = self.layout(item, Orientation::Vertical, area.width());
        let ink = ink_of(&style, &area, across.preferred, down.preferred);
        Some(Text {
            area,
            ink,
            font: style.font,
            one_line: across.preferred,
            least_width: across.min,
            wraps: style.wraps,
            elides: style.elides,
            inside: inside.to_vec(),
            inked: ink::look_at(self.picture, &ink, style.colour),
            words: style.words,
        })
    }

    fn layout(&self, item: &ItemRc, orientation: Orientation, across: f32) -> inside::LayoutInfo {
        item.borrow().as_ref().layout_info(orientation, across, &self.adapter, item)
    }
}

fn area_of(item: &ItemRc) -> Area {
    let geometry = item.geometry();
    let origin = item.map_to_window(LogicalPoint::new(geometry.origin.x, geometry.origin.y));
    Area {
        left: origin.x,
        top: origin.y,
        right: origin.x + geometry.size.width,
        bottom: origin.y + geometry.size.height,
    }
}

fn control_of(item: &ItemRc, area: Area) -> Control {
    let property = |which| item.accessible_string_property(which).unwrap_or_default();
    let names = item.element_type_names_and_ids(0).unwrap_or_default();
    Control {
        label: property(AccessibleStringProperty::Label).to_string(),
        area,
        primary: names.iter().any(|(component, _)| component == "PrimaryButton"),
    }
}

/// Whether it is drawn as a body: filled or bordered.
fn is_body(item: &ItemRc) -> bool {
    let drawn = |fill: slint::Brush, border: f32| fill.color().alpha() > 0 || border > 0.0;
    if let Some(body) = item.downcast::<BasicBorderRectangle>() {
        let body: Pin<&BasicBorderRectangle> = body.as_pin_ref();
        return drawn(body.background(), body.border_width().get());
    }
    if let Some(body) = item.downcast::<BorderRectangle>() {
        let body: Pin<&BorderRectangle> = body.as_pin_ref();
        return drawn(body.background(), body.border_width().get());
    }
    item.downcast::<inside::Rectangle>().is_some_and(|body| body.as_pin_ref().background().color().alpha() > 0)
}

struct Style {
    words: String,
    font: f32,
    colour: slint::Color,
    wraps: bool,
    elides: bool,
    line_em: f32,
    across: TextHorizontalAlignment,
    down: TextVerticalAlignment,
}

/// Natural distance of two lines of both of our fonts, in em: `hhea` ascent and descent.
const LINE: f32 = 1.448;
/// Where the base line of a line of natural height is, in em below its top: `hhea` ascent of both of our fonts.
const BASE: f32 = 1.16;
/// What the cell of a letter has free on either side, in em.
const CLEAR_BESIDE: f32 = 0.04;

/// How far letters reach over and below the base line, in em: the extremes of the outlines of both of our fonts.
fn reach_of(words: &str) -> (f32, f32) {
    let any = |these: &str| words.chars().any(|letter| these.contains(letter));
    let chinese = words.chars().any(|letter| letter >= '\u{2e80}');
    let above = if chinese || any("()[]|/") { 0.87 } else { 0.81 };
    let below = match () {
        () if any("gjpqy") => 0.25,
        () if any("Q,;()[]|/_") => 0.21,
        () if chinese => 0.14,
        () => 0.02,
    };
    (above, below)
}

/// The ink of a text whose lines want so much room, by its alignment in its area.
fn ink_of(style: &Style, area: &Area, one_line: f32, height: f32) -> Area {
    use TextHorizontalAlignment as Across;
    let spare = area.height() - height;
    let top = area.top
        + match style.down {
            TextVerticalAlignment::Center => spare / 2.0,
            TextVerticalAlignment::Bottom => spare,
            _ => 0.0,
        };
    // A line that is higher or lower than natural takes or gives half above and half below.
    let half_leading = (style.line_em - LINE) / 2.0;
    let side = CLEAR_BESIDE * style.font;
    let width = if style.wraps || style.elides { one_line.min(area.width()) } else { one_line };
    let spare = area.width() - width;
    let left = area.left
        + match style.across {
            Across::Center => spare / 2.0,
            Across::Right | Across::End => spare,
            _ => 0.0,
        };
    let (above, below) = reach_of(&style.words);
    Area {
        left: left + side,
        top: top + (BASE - above + half_leading) * style.font,
        right: left + width - side,
        bottom: top + height - (LINE - BASE - below + half_leading) * style.font,
    }
}

fn style_of(item: &ItemRc) -> Option<Style> {
    let words = |text: SharedString| text.to_string();
    if let Some(text) = item.downcast::<SimpleText>() {
        let text: Pin<&SimpleText> = text.as_pin_ref();
        return Some(Style {
            words: words(text.text()),
            font: text.font_size().get(),
            colour: text.color().color(),
            wraps: false,
            elides: false,
            line_em: LINE,
            across: text.horizontal_alignment(),
            down: text.vertical_alignment(),
        });
    }
    let text = item.downcast::<ComplexText>()?;
    let text: Pin<&ComplexText> = text.as_pin_ref();
    let factor = text.line_height_factor();
    Some(Style {
        words: words(text.text()),
        font: text.font_size().get(),
        colour: text.color().color(),
        wraps: text.wrap() != TextWrap::NoWrap,
        // A text of several lines that does not fit is found by its height.
        elides: text.overflow() == TextOverflow::Elide && text.wrap() == TextWrap::NoWrap,
        across: text.horizontal_alignment(),
        down: text.vertical_alignment(),
        line_em: LINE * if factor > 0.0 { factor } else { 1.0 },
    })
}
