// SPDX-License-Identifier: GPL-3.0-only
//! The keyboard on the glass: its keys go to the engine of [`doorstep_writing`], what the engine answers goes onto
//! the keyboard, and what is written goes on to whoever owns the text. Nothing is kept: see [`Keyboard::follow`].

mod desk;
mod ink;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use doorstep_ui::{App, InkDot, KeyboardSize, WritingMethod};
use slint::{ComponentHandle, Model, ModelRc, SharedString, Timer, TimerMode, VecModel, Weak};

use crate::domain::session::Language;
use crate::protocol::Secret;
use desk::Desk;

/// So long after the last stroke the character is written.
const PAUSE: Duration = Duration::from_millis(1_200);
/// The same in elder mode.
const PAUSE_ELDER: Duration = Duration::from_millis(2_200);
/// Letters and marks of what is being spelt that stand in its line in the smallest size.
const MOST_COMPOSITION: usize = 42;

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// Goes to the end of the text.
    Text(Secret),
    /// The last character of the text goes.
    Erase,
    /// The whole text goes.
    Clear,
    /// The main action.
    Done,
}

/// Where the resident is, for the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Somebody's session runs.
    pub session: bool,
    /// A page is shown on which text is written.
    pub page: bool,
    /// Large letters.
    pub elder: bool,
    /// Language of the screens.
    pub language: Language,
}

impl Default for Place {
    fn default() -> Self {
        Self { session: false, page: false, elder: false, language: Language::Zh }
    }
}

impl Place {
    /// The way to write that is there at first. Who chose large letters learnt characters with a pen, often before
    /// pinyin or in a dialect that is far from it: they draw. Who reads English has no use for either.
    fn method(self) -> WritingMethod {
        match (self.language, self.elder) {
            (Language::En, _) => WritingMethod::Letters,
            (Language::Zh, true) => WritingMethod::Handwriting,
            (Language::Zh, false) => WritingMethod::Pinyin,
        }
    }
}

/// The lists of the screen; each stays the same one, so that only what changed is drawn anew.
struct Lists {
    candidates: Rc<VecModel<SharedString>>,
    column: Rc<VecModel<SharedString>>,
    ink: Rc<VecModel<InkDot>>,
}

struct State {
    app: Weak<App>,
    desk: RefCell<Desk>,
    place: Cell<Place>,
    /// The resident chose the way to write.
    chosen: Cell<bool>,
    /// It stands on the page.
    shown: Cell<bool>,
    lists: Lists,
    pause: Timer,
    on_text: Box<dyn Fn(Typed)>,
}

/// The keyboard of a screen.
#[derive(Clone)]
pub struct Keyboard(Rc<State>);

impl std::fmt::Debug for Keyboard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keyboard")
    }
}

impl Keyboard {
    /// Answers the keys of `app` from now on; what is typed goes to `on_text`, which must not block.
    #[must_use]
    pub fn connect(app: &App, on_text: impl Fn(Typed) + 'static) -> Self {
        let lists = Lists {
            candidates: Rc::new(VecModel::default()),
            column: Rc::new(VecModel::default()),
            ink: Rc::new(VecModel::default()),
        };
        let global = app.global::<doorstep_ui::Keyboard>();
        global.set_candidates(ModelRc::from(Rc::clone(&lists.candidates)));
        global.set_syllables(ModelRc::from(Rc::clone(&lists.column)));
        global.set_ink(ModelRc::from(Rc::clone(&lists.ink)));
        let keyboard = Self(Rc::new(State {
            app: app.as_weak(),
            desk: RefCell::new(Desk::new()),
            place: Cell::default(),
            chosen: Cell::default(),
            shown: Cell::default(),
            lists,
            pause: Timer::default(),
            on_text: Box::new(on_text),
        }));
        keyboard.listen(app);
        keyboard.show();
        keyboard
    }

    fn listen(&self, app: &App) {
        let global = app.global::<doorstep_ui::Keyboard>();
        let on = |act: fn(&Self)| {
            let keyboard = self.clone();
            move || act(&keyboard)
        };
        let keyboard = self.clone();
        global.on_key(move |text| keyboard.act(|desk| desk.key(&text)));
        let keyboard = self.clone();
        global.on_choose(move |index| {
            keyboard.0.pause.stop();
            keyboard.act(|desk| usize::try_from(index).map(|index| desk.choose(index)).unwrap_or_default());
        });
        let keyboard = self.clone();
        global.on_choose_syllable(move |index| {
            keyboard.act(|desk| usize::try_from(index).ok().and_then(|index| desk.choose_reading(index)));
        });
        let keyboard = self.clone();
        global.on_set_method(move |method| {
            keyboard.0.chosen.set(true);
            keyboard.set_method(method);
        });
        global.on_backspace(on(|keyboard| keyboard.act_stopping(Desk::backspace)));
        global.on_clear(on(|keyboard| keyboard.act_stopping(Desk::clear)));
        global.on_next_syllables(on(|keyboard| keyboard.look(Desk::next_readings)));
        global.on_toggle_marks(on(|keyboard| keyboard.look(Desk::toggle_marks)));
        global.on_toggle_shift(on(|keyboard| keyboard.look(Desk::toggle_shift)));
        global.on_show_more(on(|keyboard| keyboard.turn(Desk::more)));
        global.on_show_less(on(|keyboard| keyboard.turn(Desk::less)));
        global.on_done(on(Self::done));
        global.on_open(on(Self::open));
        let keyboard = self.clone();
        global.on_stroke_begin(move |x, y| keyboard.begin_stroke(x, y));
        let keyboard = self.clone();
        global.on_stroke_move(move |x, y| {
            keyboard.0.desk.borrow_mut().ink.extend(x, y);
            keyboard.show_ink();
        });
        global.on_stroke_end(on(Self::end_stroke));
        global.on_undo_stroke(on(Self::undo_stroke));
    }

    /// Follows the resident: comes with a page on which text is written, goes with it and forgets everything, and
    /// forgets the chosen way to write with the session. To be called with every picture; the rest is left alone.
    pub fn follow(&self, place: Place) {
        let before = self.0.place.replace(place);
        if !place.session {
            self.0.chosen.set(false);
        }
        if !(place.session && place.page) {
            if before.session && before.page {
                self.close();
            }
        } else if !(before.session && before.page) {
            self.open();
        } else if before != place {
            let idle = self.0.desk.borrow().is_idle();
            if idle && !self.0.chosen.get() && self.0.desk.borrow().method() != place.method() {
                self.set_method(place.method());
            }
            // The row is another in large letters.
            self.show();
        }
    }

    /// Whether nothing that was written is held any more, here or in the engine.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.desk.borrow().is_clean()
    }

    fn open(&self) {
        let place = self.0.place.get();
        if !(place.session && place.page) {
            return;
        }
        let kept = self.0.desk.borrow().method();
        self.0.shown.set(true);
        self.set_method(if self.0.chosen.get() { kept } else { place.method() });
    }

    fn close(&self) {
        self.0.pause.stop();
        self.0.desk.borrow_mut().release();
        self.0.shown.set(false);
        self.show();
    }

    fn set_method(&self, method: WritingMethod) {
        self.0.pause.stop();
        self.0.desk.borrow_mut().set_method(method);
        self.show();
    }

    fn done(&self) {
        self.act_stopping(Desk::finish);
        self.close();
        (self.0.on_text)(Typed::Done);
    }

    fn begin_stroke(&self, x: f32, y: f32) {
        self.0.pause.stop();
        self.0.desk.borrow_mut().begin_stroke(x, y);
        self.show();
    }

    fn end_stroke(&self) {
        if self.0.desk.borrow_mut().ink.end() {
            self.read_ink();
        }
    }

    fn undo_stroke(&self) {
        self.0.pause.stop();
        if self.0.desk.borrow_mut().ink.undo() {
            self.read_ink();
        }
    }

    fn read_ink(&self) {
        self.look(Desk::read_ink);
        if self.0.desk.borrow().ink.is_empty() {
            return;
        }
        let pause = if self.0.place.get().elder { PAUSE_ELDER } else { PAUSE };
        let state = Rc::downgrade(&self.0);
        self.0.pause.start(TimerMode::SingleShot, pause, move || {
            if let Some(state) = state.upgrade() {
                Self(state).act(Desk::settle_ink);
            }
        });
    }

    /// Does something that may write, shows what has become of it, and hands on what was written.
    fn act<T: IntoIterator<Item = Typed>>(&self, act: impl FnOnce(&mut Desk) -> T) {
        let typed = act(&mut self.0.desk.borrow_mut());
        self.show();
        for typed in typed {
            (self.0.on_text)(typed);
        }
    }

    fn act_stopping(&self, act: fn(&mut Desk) -> Option<Typed>) {
        self.0.pause.stop();
        self.act(act);
    }

    fn look(&self, act: fn(&mut Desk)) {
        act(&mut self.0.desk.borrow_mut());
        self.show();
    }

    fn turn(&self, act: fn(&mut Desk, desk::Width<'_>)) {
        let Some(app) = self.0.app.upgrade() else { return };
        act(&mut self.0.desk.borrow_mut(), &|characters| width(&app, characters));
        self.show();
    }

    fn show(&self) {
        let Some(app) = self.0.app.upgrade() else { return };
        let width = |characters: usize| width(&app, characters);
        let desk = self.0.desk.borrow();
        let global = app.global::<doorstep_ui::Keyboard>();
        global.set_shown(self.0.shown.get());
        global.set_method(desk.method());
        global.set_composition(end_of(desk.composition()).into());
        global.set_more(desk.has_more(&width));
        global.set_less(desk.has_less());
        global.set_marks(desk.offers_marks());
        global.set_replacing(desk.offers_others());
        global.set_shift(desk.shift());
        // An idle keyboard offers marks; one that is not there offers nothing.
        let (column, turns) = if self.0.shown.get() { desk.column() } else { (Vec::new(), false) };
        let row = if self.0.shown.get() { desk.row(&width) } else { Vec::new() };
        global.set_more_syllables(turns);
        set_texts(&self.0.lists.column, &column);
        set_texts(&self.0.lists.candidates, &row);
        drop(desk);
        self.show_ink();
    }

    /// Dots are added one by one: only what is new is drawn.
    fn show_ink(&self) {
        let desk = self.0.desk.borrow();
        let (dots, shown) = (desk.ink.dots(), &self.0.lists.ink);
        if dots.len() < shown.row_count() {
            shown.set_vec(Vec::new());
        }
        for (x, y) in dots.iter().skip(shown.row_count()) {
            shown.push(InkDot { x: *x, y: *y });
        }
    }
}

/// The last syllables of what is being spelt, with dots before them where there are more than a line holds: people look
/// at what they type.
fn end_of(composition: &str) -> String {
    let characters = composition.chars().count();
    if characters <= MOST_COMPOSITION {
        return composition.to_owned();
    }
    let end: String = composition.chars().skip(characters - MOST_COMPOSITION + 1).collect();
    // Half a syllable says nothing.
    let whole = end.find('\'').map_or(end.as_str(), |mark| &end[mark + 1..]);
    format!("…{whole}")
}

/// How wide a candidate is, as a part of the row; the screen knows.
fn width(app: &App, characters: usize) -> f32 {
    app.global::<KeyboardSize>().invoke_taken(i32::try_from(characters).unwrap_or(i32::MAX))
}

fn set_texts(list: &VecModel<SharedString>, texts: &[&str]) {
    let same = list.row_count() == texts.len() && list.iter().zip(texts).all(|(shown, text)| shown == **text);
    if !same {
        list.set_vec(texts.iter().map(|text| SharedString::from(*text)).collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_spelling_shows_its_end() {
        assert_eq!(end_of("wo'xiang"), "wo'xiang");
        let shown = end_of("wo'xiang'kan'shi'jie'shang'zui'you'ming'de'gu'shi");
        assert_eq!(shown, "…kan'shi'jie'shang'zui'you'ming'de'gu'shi");
        let unbroken = end_of(&"z".repeat(200));
        assert_eq!(unbroken.chars().count(), MOST_COMPOSITION);
    }
}
