// SPDX-License-Identifier: MIT OR Apache-2.0
//! The inside of the simulated printer: buffer, paper, sensors. Without I/O and without a clock of its own.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use qrcode::{Color, EcLevel, QrCode};

use super::fault::{SimFault, SimState};
use super::paper::{Cell, LONGEST_DOTS, Picture, Strip};
use crate::printer::escpos::{Charset, Command, DOTS_PER_COLUMN, MAX_COMMAND_BYTES};
use crate::printer::{Alignment, PaperStatus, code128};

/// Slips that are kept; the oldest is forgotten.
pub const KEPT_SLIPS: usize = 32;

/// Received commands, counted as in [`weight`], beyond which nothing more is read: the buffer of a real printer is
/// no larger, but it never holds a command as a whole.
const BUFFER_BYTES: usize = MAX_COMMAND_BYTES;

/// Most bytes of answers that wait for one connection.
const OUTBOX_BYTES: usize = 4096;

/// Dots from the top of one line to the top of the next, where none were set.
const DEFAULT_SPACING: u8 = 34;

/// Bar codes after power-up: height, and width of a module, in dots.
const DEFAULT_BAR_HEIGHT: u8 = 162;
const DEFAULT_BAR_WIDTH: u8 = 3;

/// Dots from the head to the knife.
const KNIFE_DOTS: usize = 60;

/// What is sent instead of an answer when rubbish is wanted.
const GARBAGE: [u8; 2] = [0xFF, 0xA5];

/// Which connection asked.
pub(super) type ConnectionId = u64;

/// Print settings; a new one is what `1B 40` makes.
struct Layout {
    alignment: Alignment,
    bold: bool,
    width: u8,
    height: u8,
    spacing: u8,
    qr_module: u8,
    qr_level: EcLevel,
    qr_data: Vec<u8>,
    bar_height: u8,
    bar_width: u8,
    /// Above, below.
    bar_text: (bool, bool),
    line: Vec<Cell>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            alignment: Alignment::Left,
            bold: false,
            width: 1,
            height: 1,
            spacing: DEFAULT_SPACING,
            qr_module: 3,
            qr_level: EcLevel::L,
            qr_data: Vec::new(),
            bar_height: DEFAULT_BAR_HEIGHT,
            bar_width: DEFAULT_BAR_WIDTH,
            bar_text: (false, false),
            line: Vec::new(),
        }
    }
}

/// The printer.
pub(super) struct Machine {
    charset: Charset,
    columns: u32,
    state: SimState,
    layout: Layout,
    queue: VecDeque<(ConnectionId, Command)>,
    queued_bytes: usize,
    busy_until: Option<Instant>,
    strip: Strip,
    finished: VecDeque<Strip>,
    /// Slips finished since the start.
    count: u64,
    outboxes: BTreeMap<ConnectionId, Vec<(Instant, u8)>>,
}

/// What a command takes in the buffer.
fn weight(command: &Command) -> usize {
    let data = match command {
        Command::Text(text) => text.len(),
        Command::QrStore(data) | Command::Code128(data) | Command::Raster { data, .. } => data.len(),
        _ => 0,
    };
    data + 32
}

impl Machine {
    pub(super) fn new(charset: Charset, columns: u32) -> Self {
        Self {
            charset,
            columns,
            state: SimState::default(),
            layout: Layout::default(),
            queue: VecDeque::new(),
            queued_bytes: 0,
            busy_until: None,
            strip: Strip::default(),
            finished: VecDeque::new(),
            count: 0,
            outboxes: BTreeMap::new(),
        }
    }

    pub(super) fn state(&self) -> &SimState {
        &self.state
    }

    /// Sets a fault and works off what it no longer stops.
    pub(super) fn set(&mut self, fault: SimFault, now: Instant) {
        let was_out = self.state.paper == PaperStatus::Out;
        self.state.set(fault);
        if self.state.absent {
            self.forget();
            self.outboxes.values_mut().for_each(Vec::clear);
        }
        // Who puts in a new roll tears off what hangs out.
        if was_out && self.state.paper != PaperStatus::Out {
            self.finish();
        }
        self.run(now);
    }

    /// Whether more may be received.
    pub(super) fn has_room(&self) -> bool {
        self.queued_bytes < BUFFER_BYTES
    }

    pub(super) fn slips(&self) -> impl DoubleEndedIterator<Item = &Strip> {
        self.finished.iter()
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Counts received bytes; after how many of them the connection breaks, if it does.
    pub(super) fn breaks_after(&mut self, bytes: usize) -> Option<usize> {
        let left = self.state.drop_after;
        self.state.count_bytes(bytes).then(|| left.map_or(0, |left| left as usize))
    }

    /// Takes commands: real-time ones at once, all others in their turn.
    pub(super) fn receive(&mut self, from: ConnectionId, commands: Vec<Command>, now: Instant) {
        for command in commands {
            match command {
                Command::RealTimeStatus(kind) => {
                    let half = self.state.half_status && kind > 2;
                    if let Some(answer) = self.state.real_time_answer(kind).filter(|_| !half) {
                        self.answer(from, answer, now);
                    }
                }
                Command::ClearBuffer => self.forget(),
                command => {
                    self.queued_bytes += weight(&command);
                    self.queue.push_back((from, command));
                    self.run(now);
                }
            }
        }
    }

    /// Forgets what was received and not printed.
    pub(super) fn forget(&mut self) {
        self.queue.clear();
        self.queued_bytes = 0;
        self.layout = Layout::default();
    }

    /// Works off what nothing stops.
    pub(super) fn run(&mut self, now: Instant) {
        while !self.state.is_stopped() && self.busy_until.is_none_or(|busy| busy <= now) {
            self.busy_until = None;
            let Some((from, command)) = self.queue.pop_front() else { return };
            self.queued_bytes -= weight(&command);
            self.execute(from, command, now);
        }
    }

    /// The answers that are due; a connection that is gone gets none any more.
    pub(super) fn take_due(&mut self, connection: ConnectionId, now: Instant) -> Vec<u8> {
        let Some(outbox) = self.outboxes.get_mut(&connection) else { return Vec::new() };
        let due = outbox.iter().take_while(|(at, _)| *at <= now).count();
        outbox.drain(..due).map(|(_, byte)| byte).collect()
    }

    pub(super) fn connect(&mut self, connection: ConnectionId) {
        self.outboxes.insert(connection, Vec::new());
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId) {
        self.outboxes.remove(&connection);
    }

    fn answer(&mut self, to: ConnectionId, byte: u8, now: Instant) {
        if self.state.silent {
            return;
        }
        let due = now + self.state.delay;
        let Some(outbox) = self.outboxes.get_mut(&to).filter(|outbox| outbox.len() < OUTBOX_BYTES) else { return };
        if self.state.garbage {
            outbox.extend(GARBAGE.map(|byte| (due, byte)));
        } else {
            outbox.push((due, byte));
        }
    }

    fn execute(&mut self, from: ConnectionId, command: Command, now: Instant) {
        let layout = &mut self.layout;
        match command {
            Command::Text(text) => self.text(&text, now),
            Command::LineFeed => self.end_line(now),
            Command::Initialise => *layout = Layout::default(),
            Command::Align(alignment) => layout.alignment = alignment,
            Command::Bold(on) => layout.bold = on,
            Command::Size { width, height } => (layout.width, layout.height) = (width, height),
            Command::LineSpacing(dots) => layout.spacing = dots.unwrap_or(DEFAULT_SPACING),
            Command::FeedLines(lines) => {
                let printed = usize::from(self.end_begun_line(now));
                let lines = usize::from(lines).saturating_sub(printed);
                self.feed(lines * usize::from(self.layout.spacing));
            }
            Command::FeedDots(dots) => {
                self.end_begun_line(now);
                self.feed(dots.into());
            }
            Command::QrModuleSize(dots) => layout.qr_module = dots,
            Command::QrLevel(level) => layout.qr_level = level,
            Command::QrStore(data) => layout.qr_data = data,
            Command::QrPrint => self.symbol(now),
            Command::BarHeight(dots) => layout.bar_height = dots,
            Command::BarWidth(dots) => layout.bar_width = dots,
            Command::BarText { above, below } => layout.bar_text = (above, below),
            Command::Code128(data) => self.bar_code(&data, now),
            Command::Raster { double_width, double_height, row_bytes, data } => {
                self.raster((double_width, double_height), row_bytes, &data, now);
            }
            Command::Cut { partial, feed } => {
                self.end_begun_line(now);
                if let Some(feed) = feed {
                    self.feed(KNIFE_DOTS + usize::from(feed));
                }
                self.strip.cut(partial);
                self.finish();
            }
            Command::StatusInTurn(1 | b'1') if self.state.answers_in_turn => {
                let answer = self.state.answer_in_turn();
                self.answer(from, answer, now);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, now: Instant) {
        let paper_dots = (self.columns * DOTS_PER_COLUMN) as usize;
        for character in text.chars() {
            let columns = if self.charset.columns_of(character) > 1 { 2 } else { 1 };
            let Layout { bold, width, height, .. } = self.layout;
            let cell = Cell { character, bold, columns, width, height };
            let used: usize = self.layout.line.iter().map(Cell::dots).sum();
            if used + cell.dots() > paper_dots && used > 0 {
                self.end_line(now);
            }
            self.layout.line.push(cell);
        }
    }

    fn end_begun_line(&mut self, now: Instant) -> bool {
        let begun = !self.layout.line.is_empty();
        if begun {
            self.end_line(now);
        }
        begun
    }

    fn end_line(&mut self, now: Instant) {
        // Paper that ran out within one command takes no more.
        if self.state.is_stopped() {
            return;
        }
        let cells = std::mem::take(&mut self.layout.line);
        self.strip.line(self.layout.alignment, cells, self.layout.spacing.into());
        self.marked(now);
    }

    /// Something came onto the paper, which took its time.
    fn marked(&mut self, now: Instant) {
        self.state.count_lines(1);
        if !self.state.line_time.is_zero() {
            self.busy_until = Some(now + self.state.line_time);
        }
        self.tear_when_full();
    }

    fn feed(&mut self, dots: usize) {
        if dots > 0 {
            self.strip.feed(dots);
            self.tear_when_full();
        }
    }

    fn symbol(&mut self, now: Instant) {
        let data = std::mem::take(&mut self.layout.qr_data);
        // What is too long for any symbol is not printed, as on the real ones.
        let Ok(code) = QrCode::with_error_correction_level(&data, self.layout.qr_level) else { return };
        let (modules, dots) = (code.width(), usize::from(self.layout.qr_module));
        let colors = code.to_colors();
        let side = modules * dots;
        let black = (0..side * side)
            .map(|index| colors.get(index / side / dots * modules + index % side / dots) == Some(&Color::Dark))
            .collect();
        let caption = format!("[QR {}]", String::from_utf8_lossy(&data));
        self.strip.picture(self.layout.alignment, Picture { width: side, height: side, black }, caption);
        self.marked(now);
    }

    fn bar_code(&mut self, data: &[u8], now: Instant) {
        let Layout { alignment, bar_height, bar_width, bar_text, .. } = self.layout;
        let Some(symbol) = code128::symbol(data) else { return };
        let (dots, height) = (usize::from(bar_width), usize::from(bar_height));
        let width = symbol.modules.len() * dots;
        // What is wider than the paper is not printed, as on the real ones.
        if width > (self.columns * DOTS_PER_COLUMN) as usize {
            return;
        }
        let black = (0..width * height).map(|index| symbol.modules.get(index % width / dots) == Some(&true)).collect();
        let readable = |machine: &mut Self| {
            machine.end_begun_line(now);
            machine.layout.line = symbol.text.chars().map(Cell::plain).collect();
            machine.end_line(now);
        };
        if bar_text.0 {
            readable(self);
        }
        let caption = format!("[Code 128 {}]", symbol.text);
        self.strip.picture(alignment, Picture { width, height, black }, caption);
        if bar_text.1 {
            readable(self);
        }
        self.marked(now);
    }

    fn raster(&mut self, (double_width, double_height): (bool, bool), row_bytes: usize, data: &[u8], now: Instant) {
        let (across, down) = (1 + usize::from(double_width), 1 + usize::from(double_height));
        // What is wider than the paper is lost, as on the real ones.
        let width = (row_bytes * 8 * across).min((self.columns * DOTS_PER_COLUMN) as usize);
        let height = (data.len() / row_bytes.max(1) * down).min(LONGEST_DOTS);
        if width == 0 || height == 0 {
            return;
        }
        let bit = |x: usize, y: usize| data.get(y * row_bytes + x / 8).is_some_and(|byte| byte >> (7 - x % 8) & 1 == 1);
        let black = (0..width * height).map(|index| bit(index % width / across, index / width / down)).collect();
        let caption = format!("[picture {width}x{height}]");
        self.strip.picture(self.layout.alignment, Picture { width, height, black }, caption);
        self.marked(now);
    }

    fn tear_when_full(&mut self) {
        if self.strip.is_full() {
            self.finish();
        }
    }

    /// The piece of paper that hangs out becomes a slip.
    fn finish(&mut self) {
        if self.strip.is_empty() {
            return;
        }
        if self.finished.len() >= KEPT_SLIPS {
            self.finished.pop_front();
        }
        self.finished.push_back(std::mem::take(&mut self.strip));
        self.count += 1;
    }
}
