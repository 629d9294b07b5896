// SPDX-License-Identifier: GPL-3.0-only
//! A long text that is read aloud, and what its listener wants of it.

use doorstep_drivers::audio::Clip;

use super::Utterance;
use super::spoken::{Spoken, spoken};

/// Most segments of one reading; the rest stays unread. A page of text has some thirty sentences.
pub const MOST_READING_SEGMENTS: usize = 256;

/// Longest segment of a reading in bytes of UTF-8, some 2700 characters of Chinese; a longer one stays unread.
pub const LONGEST_READING_SEGMENT_BYTES: usize = 8 * 1024;

/// How quickly a long text is read. Prompts keep their own speed, because most of them are recordings, and a
/// stretched recording sounds worse than one at its own speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Speed {
    /// About two and a half syllables of Mandarin a second, or two words of English.
    Slow,
    /// About three and a third syllables, or two and a half words: the speed of the prompts.
    #[default]
    Normal,
    /// About four and a half syllables, or three and a half words.
    Fast,
}

/// Where a paused reading goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResumeAt {
    /// Where it was paused, a quarter of a second before. At the start of the segment when the speed was changed
    /// or a prompt was said meanwhile.
    Place,
    /// At the start of the segment in which it was paused.
    Segment,
}

/// How a reading is. Segments count from 0, as the caller gave them; `of` is how many will be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadingState {
    /// There is nothing to read.
    Idle,
    /// This segment is read, or will be as soon as a prompt has been said.
    Reading {
        /// Which.
        segment: usize,
        /// Of how many.
        of: usize,
    },
    /// It waits for [`super::Voice::resume`].
    Paused {
        /// Which segment comes next or goes on.
        segment: usize,
        /// Of how many.
        of: usize,
    },
    /// It cannot be heard: the engine or the loudspeaker fails, which [`super::Voice::health`] tells. It keeps its place;
    /// [`super::Voice::resume`] tries again.
    Unable {
        /// Which segment could not be read.
        segment: usize,
        /// Of how many.
        of: usize,
    },
    /// All was read; [`super::Voice::repeat`] reads it again.
    Done {
        /// How many segments there were.
        of: usize,
    },
}

/// What was asked for since the thread looked last. A mailbox and no queue: only the last word counts.
#[derive(Default)]
pub(super) struct Wishes {
    /// Another text.
    fresh: Option<Utterance>,
    /// Go back, before anything else.
    back: Option<Back>,
    /// Be read (`true`) or wait.
    run: Option<bool>,
    /// Forget it.
    stop: bool,
    /// How quickly; for all readings until silence.
    speed: Option<Speed>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    Segment,
    Start,
}

impl Wishes {
    pub(super) fn is_pending(&self) -> bool {
        self.fresh.is_some() || self.back.is_some() || self.run.is_some() || self.stop || self.speed.is_some()
    }

    /// Asks for `utterance`; gives back one that was not begun.
    pub(super) fn read(&mut self, utterance: Utterance) -> Option<Utterance> {
        self.back = None;
        self.run = Some(true);
        self.stop = false;
        self.fresh.replace(utterance)
    }

    pub(super) fn pause(&mut self) {
        self.run = Some(false);
    }

    pub(super) fn resume(&mut self, at: ResumeAt) {
        self.run = Some(true);
        if at == ResumeAt::Segment && self.back.is_none() {
            self.back = Some(Back::Segment);
        }
    }

    pub(super) fn repeat(&mut self) {
        self.run = Some(true);
        self.back = Some(Back::Start);
    }

    pub(super) fn stop(&mut self) -> Option<Utterance> {
        let speed = self.speed;
        let before = std::mem::replace(self, Self { stop: true, speed, ..Self::default() });
        before.fresh
    }

    pub(super) fn set_speed(&mut self, speed: Speed) {
        self.speed = Some(speed);
    }
}

/// A text on its way. Wipes itself; it has no `Debug`.
pub(super) struct Reading {
    text: Utterance,
    of: usize,
    /// The segment that is read.
    segment: usize,
    /// What is left of it for the engine, the next call last; `None` before it was looked at.
    calls: Option<Vec<Spoken>>,
    /// What is left of the clip that was cut off.
    rest: Option<Clip>,
    /// Whether it is to be read, or waits.
    pub run: bool,
    /// The last attempt failed.
    pub failed: bool,
}

impl Reading {
    fn new(text: Utterance) -> Self {
        let of = text.segments.len().min(MOST_READING_SEGMENTS);
        Self { text, of, segment: 0, calls: None, rest: None, run: true, failed: false }
    }

    /// Does what was wished: the reading, if there still is one, and the speed.
    pub(super) fn after(before: Option<Self>, wishes: Wishes, speed: &mut Speed) -> Option<Self> {
        let Wishes { fresh, back, run, stop, speed: wished } = wishes;
        let is_other_speed = wished.is_some_and(|wished| std::mem::replace(speed, wished) != wished);
        let mut reading = match fresh {
            Some(text) => Some(Self::new(text)),
            None if stop => None,
            None => before,
        }?;
        match back {
            Some(Back::Start) => {
                reading.segment = 0;
                reading.begin_segment();
            }
            Some(Back::Segment) => reading.begin_segment(),
            None => {}
        }
        if let Some(run) = run {
            reading.run = run;
            reading.failed = false;
        }
        if is_other_speed {
            reading.begin_segment();
        }
        Some(reading)
    }

    pub(super) fn state(&self) -> ReadingState {
        let (segment, of) = (self.segment, self.of);
        match (self.failed, self.run) {
            _ if segment >= of => ReadingState::Done { of },
            (true, _) => ReadingState::Unable { segment, of },
            (false, true) => ReadingState::Reading { segment, of },
            (false, false) => ReadingState::Paused { segment, of },
        }
    }

    /// Whether there is something to do now.
    pub(super) fn is_due(&self) -> bool {
        self.run && !self.failed && self.segment < self.of
    }

    /// What comes next in the segment: the rest of a clip, or a text for the engine.
    pub(super) fn next(&mut self) -> Next {
        if let Some(rest) = self.rest.take() {
            return Next::Rest(rest);
        }
        if self.calls.is_none() {
            let text = self.text.segments.get(self.segment).map_or("", String::as_str);
            if text.len() > LONGEST_READING_SEGMENT_BYTES {
                self.calls = Some(Vec::new());
                return Next::TooLong;
            }
            let mut calls = spoken(text, self.text.language);
            calls.reverse();
            self.calls = Some(calls);
        }
        match self.calls.as_mut().and_then(Vec::pop) {
            Some(call) => Next::Call(call),
            None => Next::End,
        }
    }

    /// Whether more follows in the segment.
    pub(super) fn has_more(&self) -> bool {
        self.calls.as_ref().is_none_or(|calls| !calls.is_empty())
    }

    /// Puts back what could not be read or was cut off before it sounded.
    pub(super) fn put_back(&mut self, call: Spoken) {
        self.calls.get_or_insert_default().push(call);
    }

    /// Keeps what is left of a clip that was cut off.
    pub(super) fn keep(&mut self, rest: Option<Clip>) {
        self.rest = rest;
    }

    pub(super) fn next_segment(&mut self) {
        self.segment = self.segment.saturating_add(1);
        self.begin_segment();
    }

    pub(super) fn begin_segment(&mut self) {
        self.calls = None;
        self.rest = None;
    }

    /// Whether some of the text is over the bound on segments.
    pub(super) fn is_cut(&self) -> bool {
        self.text.segments.len() > self.of
    }
}

/// What comes next of a segment.
pub(super) enum Next {
    /// A clip that was cut off goes on.
    Rest(Clip),
    /// The engine reads this.
    Call(Spoken),
    /// The segment is over its bound.
    TooLong,
    /// It was read.
    End,
}

#[cfg(test)]
mod tests {
    use super::super::{Urgency, VoiceLanguage};
    use super::*;

    fn text(segments: usize) -> Utterance {
        Utterance::new(VoiceLanguage::En, Urgency::Normal, vec!["one two".to_owned(); segments])
    }

    fn wished(before: Option<Reading>, wish: impl FnOnce(&mut Wishes)) -> Option<Reading> {
        let mut wishes = Wishes::default();
        wish(&mut wishes);
        assert!(wishes.is_pending());
        Reading::after(before, wishes, &mut Speed::default())
    }

    fn begun(segments: usize) -> Reading {
        wished(None, |wishes| drop(wishes.read(text(segments)))).unwrap()
    }

    #[test]
    fn the_last_word_counts() {
        // Paused before it was begun: it waits at the start.
        let reading = wished(None, |wishes| {
            wishes.read(text(2));
            wishes.pause();
        });
        assert_eq!(reading.unwrap().state(), ReadingState::Paused { segment: 0, of: 2 });
        // Stopped before it was begun: nothing is left of it.
        assert!(
            wished(Some(begun(3)), |wishes| {
                wishes.read(text(2));
                assert!(wishes.stop().is_some());
            })
            .is_none()
        );
        // Repeated and paused: it waits at the start, not where it was.
        let mut reading = begun(3);
        reading.next_segment();
        let reading = wished(Some(reading), |wishes| {
            wishes.repeat();
            wishes.pause();
        });
        assert_eq!(reading.unwrap().state(), ReadingState::Paused { segment: 0, of: 3 });
    }

    #[test]
    fn wishes_without_a_reading_do_nothing() {
        for wish in [Wishes::pause, Wishes::repeat, |wishes: &mut Wishes| wishes.resume(ResumeAt::Place)] {
            assert!(wished(None, wish).is_none());
        }
    }

    #[test]
    fn segments_over_the_bounds_stay_unread() {
        let reading = begun(MOST_READING_SEGMENTS + 1);
        assert!(reading.is_cut());
        assert_eq!(reading.state(), ReadingState::Reading { segment: 0, of: MOST_READING_SEGMENTS });
        let long = Utterance::new(VoiceLanguage::En, Urgency::Normal, vec!["a".repeat(8193)]);
        let mut reading = wished(None, |wishes| drop(wishes.read(long))).unwrap();
        assert!(matches!(reading.next(), Next::TooLong));
        assert!(matches!(reading.next(), Next::End));
    }

    #[test]
    fn a_reading_of_nothing_is_done() {
        assert_eq!(begun(0).state(), ReadingState::Done { of: 0 });
    }
}
