// SPDX-License-Identifier: GPL-3.0-only
//! A screen without a display, the keyboard on it, and an owner of the text.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use doorstep::domain::session::Language;
use doorstep::presenter::keyboard::{Keyboard, Place, Typed};
use doorstep_ui::{App, Library, Screen, Session, WritingMethod};
use i_slint_backend_testing::{AccessibleRole, ElementHandle, TestingBackend, TestingBackendOptions};
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle, LogicalPosition, Model, PhysicalSize};

/// The three characters of a title, stroke by stroke, in thousandths of the height of the sheet.
pub const RED_CHAMBER: [(&str, &str); 3] = [
    (
        "红",
        "250,120 140,300 280,290;330,260 140,520 370,470;120,760 390,650;480,260 850,240;660,260 660,740;430,760 920,740",
    ),
    (
        "楼",
        "80,330 400,310;240,100 240,900;240,350 80,640;250,400 390,560;520,130 590,250;860,110 770,250;450,330 950,310;\
         690,100 690,540;680,340 480,520;700,340 930,500;640,560 540,740 830,930;820,620 720,800 480,950;430,700 960,680",
    ),
    (
        "梦",
        "100,220 450,200;280,80 280,540;270,230 90,440;290,250 430,370;520,210 920,190;710,80 710,540;700,220 520,430;\
         720,230 930,430;480,500 190,760;420,600 740,590 560,820 200,960;420,700 540,790",
    ),
];

/// A place in Chinese.
pub fn zh(session: bool, page: bool, elder: bool) -> Place {
    Place { session, page, elder, language: Language::Zh }
}

pub fn nobody() -> Place {
    zh(false, false, false)
}

pub fn page() -> Place {
    zh(true, true, false)
}

pub fn elder() -> Place {
    zh(true, true, true)
}

pub fn english() -> Place {
    Place { language: Language::En, ..page() }
}

pub struct Bench {
    pub app: App,
    pub keyboard: Keyboard,
    text: Rc<RefCell<String>>,
    done: Rc<Cell<u32>>,
}

impl Bench {
    /// The search page, as the loop would show it. One a thread.
    pub fn at(place: Place) -> Self {
        slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
            mock_time: true,
            threading: false,
            renderer_name: Some("software".into()),
        })))
        .expect("this thread has no other platform");
        let app = App::new().expect("the window opens");
        app.window().set_size(PhysicalSize::new(1080, 1920));
        app.show().expect("the window shows");
        slint::select_bundled_translation("").expect("Chinese is there");
        app.global::<Session>().set_screen(Screen::LibrarySearch);
        let text = Rc::new(RefCell::new(String::new()));
        let done = Rc::new(Cell::new(0));
        let keyboard = Keyboard::connect(&app, owner(&app, text.clone(), done.clone()));
        let bench = Self { app, keyboard, text, done };
        bench.go(place);
        bench
    }

    /// The resident goes on; the screens follow.
    pub fn go(&self, place: Place) {
        self.app.global::<Session>().set_elder(place.elder);
        self.keyboard.follow(place);
        self.wait(Duration::from_millis(20));
    }

    pub fn wait(&self, time: Duration) {
        i_slint_backend_testing::mock_elapsed_time(time);
    }

    fn find(&self, label: &str) -> Option<ElementHandle> {
        // What is written stands on the page under the same words as a key.
        let is_text = |element: &ElementHandle| element.accessible_role() == Some(AccessibleRole::Text);
        ElementHandle::find_by_accessible_label(&self.app, label).find(|element| !is_text(element))
    }

    pub fn press(&self, label: &str) {
        let element = self.find(label).unwrap_or_else(|| panic!("no {label}; the row is {:?}", self.candidates()));
        element.invoke_accessible_default_action();
        self.wait(Duration::from_millis(20));
    }

    pub fn type_keys(&self, keys: &str) {
        for key in keys.chars() {
            self.press(&key.to_string());
        }
    }

    /// Turns the candidates until `text` stands in the row, and takes it.
    pub fn press_on_some_page(&self, text: &str) {
        for _ in 0..8 {
            if self.candidates().iter().any(|candidate| candidate == text) {
                return self.press(text);
            }
            self.press("更多");
        }
        panic!("{text} is nowhere");
    }

    /// The same in the column of readings.
    pub fn press_on_some_reading(&self, text: &str) {
        for _ in 0..8 {
            if self.find(text).is_some() {
                return self.press(text);
            }
            self.press("别的读音");
        }
        panic!("{text} is nowhere");
    }

    /// The middle of the element with this label.
    pub fn middle(&self, label: &str) -> LogicalPosition {
        let element = self.find(label).unwrap_or_else(|| panic!("no {label}"));
        let (at, size) = (element.absolute_position(), element.size());
        LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0)
    }

    pub fn finger_down(&self, position: LogicalPosition) {
        let button = PointerEventButton::Left;
        self.app.window().dispatch_event(WindowEvent::PointerPressed { position, button });
    }

    pub fn finger_up(&self, position: LogicalPosition) {
        let button = PointerEventButton::Left;
        self.app.window().dispatch_event(WindowEvent::PointerReleased { position, button });
    }

    /// Draws strokes of points in thousandths, as a finger does.
    pub fn draw(&self, strokes: &str) {
        let sheet = self.find("写字的地方").expect("there is a sheet");
        let (at, size) = (sheet.absolute_position(), sheet.size());
        let place = |text: &str| {
            let (x, y) = text.split_once(',').unwrap();
            let part = |number: &str| number.parse::<f32>().unwrap() / 1000.0 * size.height;
            LogicalPosition::new(at.x + part(x), at.y + part(y))
        };
        for stroke in strokes.split(';') {
            let corners: Vec<LogicalPosition> = stroke.split(' ').map(place).collect();
            self.finger_down(corners[0]);
            for way in corners.windows(2) {
                for step in 1..=12 {
                    let part = step as f32 / 12.0;
                    let along = |from: f32, to: f32| from + (to - from) * part;
                    let position = LogicalPosition::new(along(way[0].x, way[1].x), along(way[0].y, way[1].y));
                    self.app.window().dispatch_event(WindowEvent::PointerMoved { position });
                }
            }
            self.finger_up(*corners.last().unwrap());
            self.wait(Duration::from_millis(60));
        }
    }

    fn global(&self) -> doorstep_ui::Keyboard<'_> {
        self.app.global::<doorstep_ui::Keyboard>()
    }

    pub fn text(&self) -> String {
        self.text.borrow().clone()
    }

    pub fn done(&self) -> u32 {
        self.done.get()
    }

    pub fn shown(&self) -> bool {
        self.global().get_shown()
    }

    pub fn method(&self) -> WritingMethod {
        self.global().get_method()
    }

    pub fn composition(&self) -> String {
        self.global().get_composition().into()
    }

    pub fn candidates(&self) -> Vec<String> {
        self.global().get_candidates().iter().map(String::from).collect()
    }

    pub fn ink(&self) -> usize {
        self.global().get_ink().row_count()
    }
}

/// What the loop does with what is typed: it owns the text, and shows it.
fn owner(app: &App, text: Rc<RefCell<String>>, done: Rc<Cell<u32>>) -> impl Fn(Typed) + 'static {
    let app = app.as_weak();
    move |typed| {
        match typed {
            Typed::Text(part) => text.borrow_mut().push_str(part.expose()),
            Typed::Erase => drop(text.borrow_mut().pop()),
            Typed::Clear => text.borrow_mut().clear(),
            Typed::Done => done.set(done.get() + 1),
        }
        if let Some(app) = app.upgrade() {
            app.global::<Library>().set_search_text(text.borrow().as_str().into());
        }
    }
}

/// Every property of the border that can hold something written, and what it holds.
pub fn texts_of_the_border(app: &App) -> Vec<String> {
    let global = app.global::<doorstep_ui::Keyboard>();
    let mut held: Vec<(&str, String)> = vec![
        ("composition", global.get_composition().into()),
        ("candidates", global.get_candidates().iter().map(String::from).collect()),
        ("syllables", global.get_syllables().iter().map(String::from).collect()),
        ("ink", "ink".repeat(global.get_ink().row_count())),
    ];
    // The column of an idle keyboard holds marks; a hidden one holds nothing that anybody wrote.
    let border = include_str!("../../ui/slint/globals-keyboard.slint");
    let mut declared: Vec<&str> = border
        .lines()
        .filter_map(|line| line.trim().strip_prefix("in property <"))
        .filter_map(|rest| rest.split_once("> "))
        .filter(|(kind, _)| !matches!(*kind, "bool" | "WritingMethod"))
        .filter_map(|(_, rest)| rest.split([':', ';']).next())
        .collect();
    let mut known: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
    declared.sort_unstable();
    known.sort_unstable();
    assert_eq!(declared, known, "a property that this test does not read");
    held.retain(|(_, text)| !text.is_empty());
    held.into_iter().map(|(_, text)| text).collect()
}
