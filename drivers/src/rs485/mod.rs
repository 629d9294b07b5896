// SPDX-License-Identifier: MIT OR Apache-2.0
//! A half-duplex line on which devices speak only when they are asked: lock boards and Modbus RTU.
//!
//! What all of them share is here: one transaction at a time, the end of a frame by quiet time, stale input, and
//! adapters that echo what they send. Such an adapter hands every request back as if the device had sent it, and
//! several protocols have answers that are byte for byte their request ("the lock is still closed", "the coil is
//! set"). So the line is tried for an echo before anything is believed ([`Rs485Line::find_echo`]), and every question
//! whose answer cannot look like it tries it again ([`Exchange::distinct`]).

use std::time::{Duration, Instant};

use thiserror::Error;

use crate::device::{CommandLimit, DeviceError};
use crate::transport::{BytePipe, PipeError};

/// Longest frame that is collected, in bytes: the longest of Modbus RTU.
pub const LONGEST_FRAME_BYTES: usize = 256;

/// Time to hand a request to the system; a request is some ten bytes.
const WRITE_LIMIT: Duration = Duration::from_secs(1);

/// Why what came on the line was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LineError {
    /// The adapter echoes, but what came first was not the request.
    #[error("the adapter echoes what it sends, but gave back something else")]
    EchoDiffers,
    /// More bytes came than any frame has.
    #[error("the device does not stop sending")]
    TooLong,
}

/// A transaction without an answer.
#[derive(Debug)]
pub struct Failed {
    /// Whether at least a part of the request left this side: it may have had its effect.
    pub sent: bool,
    /// Why.
    pub error: DeviceError,
}

impl From<Failed> for DeviceError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// How a request and its answer go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// How long to wait for its answer.
    pub answer: Duration,
    /// How long the device may be at work with it, or be speaking: when the wait is called back, the next request is
    /// held back until then.
    pub reserve: Duration,
    /// Whether no answer can ever begin with the request: then a frame that does is an echo, and the line knows from
    /// then on that its adapter echoes.
    pub distinct: bool,
}

/// What a frame is to the one who waits for an answer.
#[derive(Debug)]
pub enum Frame<T> {
    /// The answer.
    Answer(T),
    /// In the protocol, but the answer to something else, such as a request that was given up: wait on.
    Other,
}

/// A half-duplex line. One request is on it at a time; see the [module](self).
pub struct Rs485Line {
    pipe: Box<dyn BytePipe>,
    quiet: Duration,
    echoes: bool,
    /// Until when a device may still be speaking because of a request whose answer was not waited for.
    busy_until: Option<Instant>,
}

impl std::fmt::Debug for Rs485Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Rs485Line")
            .field("pipe", &self.pipe.describe())
            .field("echoes", &self.echoes)
            .finish_non_exhaustive()
    }
}

impl Rs485Line {
    /// Usual quiet time that ends a frame. Far more than 3.5 characters at 9600 bits a second (4 ms): USB adapters
    /// hand bytes over in lots that are up to 16 ms apart.
    pub const QUIET: Duration = Duration::from_millis(30);

    /// A line whose frames end when nothing comes for `quiet`.
    #[must_use]
    pub fn new(pipe: Box<dyn BytePipe>, quiet: Duration) -> Self {
        Self { pipe, quiet, echoes: false, busy_until: None }
    }

    /// Which wire this is, for the log.
    #[must_use]
    pub fn describe(&self) -> String {
        self.pipe.describe()
    }

    /// Whether the adapter echoes what it sends.
    #[must_use]
    pub fn echoes(&self) -> bool {
        self.echoes
    }

    /// Sends `request` when the line is free, and waits for its answer as `exchange` says, both within `limit`.
    /// `answer` sorts each frame; frames that are rubbish are remembered and the wait goes on, because noise comes
    /// before answers.
    ///
    /// # Errors
    /// [`Failed`], which tells whether the request may have reached the device. Sent and [`DeviceError::NoAnswer`]:
    /// not one byte came. Sent and [`DeviceError::Protocol`]: what came was rubbish.
    pub fn transact<T, E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        request: &[u8],
        exchange: Exchange,
        limit: &CommandLimit,
        mut answer: impl FnMut(&[u8]) -> Result<Frame<T>, E>,
    ) -> Result<T, Failed> {
        self.send(request, exchange.reserve, limit)?;
        let limit = limit.at_most(exchange.answer);
        self.answer(request, exchange.distinct, &limit, &mut answer).map_err(|error| Failed { sent: true, error })
    }

    fn answer<T, E: std::error::Error + Send + Sync + 'static>(
        &mut self,
        request: &[u8],
        distinct: bool,
        limit: &CommandLimit,
        answer: &mut impl FnMut(&[u8]) -> Result<Frame<T>, E>,
    ) -> Result<T, DeviceError> {
        if self.echoes {
            self.take_echo(request, limit)?;
        }
        let mut rubbish = None;
        loop {
            let frame = match self.frame(limit) {
                Ok(frame) => frame,
                Err(DeviceError::NoAnswer) => return Err(rubbish.unwrap_or(DeviceError::NoAnswer)),
                Err(error) => return Err(error),
            };
            let frame = match frame.strip_prefix(request) {
                Some(rest) if distinct => {
                    self.echoes = true;
                    if rest.is_empty() {
                        continue;
                    }
                    rest
                }
                _ => &frame,
            };
            match answer(frame) {
                Ok(Frame::Answer(answer)) => {
                    self.busy_until = None;
                    return Ok(answer);
                }
                Ok(Frame::Other) => {}
                Err(error) => rubbish = Some(DeviceError::protocol(error)),
            }
        }
    }

    /// Finds out whether the adapter echoes, by sending `probe`: a request that changes nothing and whose answer can
    /// never be equal to it. Returns the first frame that is not the echo, if one came.
    ///
    /// No device need be there: an adapter echoes without one.
    ///
    /// # Errors
    /// The wire failed, or [`DeviceError::Cancelled`]. Silence is none.
    pub fn find_echo(&mut self, probe: &[u8], limit: &CommandLimit) -> Result<Option<Vec<u8>>, DeviceError> {
        self.echoes = false;
        self.send(probe, Duration::ZERO, limit)?;
        let first = match self.frame(limit) {
            Err(DeviceError::NoAnswer) => return Ok(None),
            other => other?,
        };
        // Anywhere in it: switching the line to sending may make a byte of noise.
        let place = first.windows(probe.len().max(1)).position(|bytes| bytes == probe);
        let Some(rest) = place.and_then(|at| first.get(at + probe.len()..)) else { return Ok(Some(first)) };
        self.echoes = true;
        if !rest.is_empty() {
            return Ok(Some(rest.to_vec()));
        }
        match self.frame(limit) {
            Err(DeviceError::NoAnswer) => Ok(None),
            other => other.map(Some),
        }
    }

    /// Listens until `limit` ends while no request is out, so that a wire that is pulled out is noticed. What comes
    /// is thrown away: devices here only ever answer.
    ///
    /// # Errors
    /// The wire failed. The end of the limit and cancellation are none.
    pub fn listen(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let mut buffer = [0; 64];
        loop {
            match self.pipe.receive(&mut buffer, limit) {
                Ok(_) if limit.check().is_ok() => {}
                Ok(_) | Err(DeviceError::NoAnswer | DeviceError::Cancelled) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    fn send(&mut self, request: &[u8], reserve: Duration, limit: &CommandLimit) -> Result<(), Failed> {
        let not_sent = |error: DeviceError| Failed { sent: false, error };
        self.wait_until_free(limit).map_err(not_sent)?;
        limit.check().map_err(not_sent)?;
        self.pipe.discard_input().map_err(|error| not_sent(error.into()))?;
        // From here on the device may be at work, whatever the system says of the write.
        self.busy_until = Some(Instant::now() + reserve.min(crate::device::Deadline::LONGEST));
        if let Err(error) = self.pipe.write_all(request, limit.remaining().min(WRITE_LIMIT)) {
            let sent = error.written_bytes > 0;
            if !sent {
                self.busy_until = None;
            }
            return Err(Failed { sent, error: error.into() });
        }
        Ok(())
    }

    /// Waits until the answer to a request that was given up is over: two that speak at once understand nothing.
    fn wait_until_free(&mut self, limit: &CommandLimit) -> Result<(), DeviceError> {
        let Some(until) = self.busy_until else { return Ok(()) };
        let rest = limit.at_most(until.saturating_duration_since(Instant::now()));
        if !rest.has_passed() {
            self.listen(&rest)?;
        }
        limit.check()?;
        self.busy_until = None;
        Ok(())
    }

    fn take_echo(&mut self, request: &[u8], limit: &CommandLimit) -> Result<(), DeviceError> {
        let mut rest = request;
        let mut buffer = [0; 64];
        while !rest.is_empty() {
            let room = rest.len().min(buffer.len());
            let count = self.pipe.receive(buffer.get_mut(..room).unwrap_or_default(), limit)?;
            let got = buffer.get(..count).unwrap_or_default();
            rest = rest.strip_prefix(got).ok_or_else(|| DeviceError::protocol(LineError::EchoDiffers))?;
        }
        Ok(())
    }

    /// The next frame: all bytes until it is quiet.
    fn frame(&mut self, limit: &CommandLimit) -> Result<Vec<u8>, DeviceError> {
        let mut buffer = [0; 64];
        let count = self.pipe.receive(&mut buffer, limit)?;
        let mut frame = buffer.get(..count).unwrap_or_default().to_vec();
        loop {
            match self.pipe.read(&mut buffer, self.quiet) {
                Ok(count) => frame.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                Err(PipeError::TimedOut) => return Ok(frame),
                Err(error) => return Err(error.into()),
            }
            if frame.len() > LONGEST_FRAME_BYTES {
                return Err(DeviceError::protocol(LineError::TooLong));
            }
            if limit.is_cancelled() {
                return Err(DeviceError::Cancelled);
            }
        }
    }
}

/// Waits until `limit` ends or is called back, with nothing to listen to.
pub(crate) fn pause(limit: &CommandLimit) {
    // Nothing is ever sent on this channel: it only waits.
    let (_sender, never) = std::sync::mpsc::channel::<()>();
    while limit.check().is_ok() {
        let _ = never.recv_timeout(limit.step());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{ReplayPipe, ReplayStep};

    const LIMIT: Duration = Duration::from_millis(60);
    const ASK: Exchange = Exchange { answer: LIMIT, reserve: Duration::from_millis(5), distinct: true };

    fn line(steps: impl IntoIterator<Item = ReplayStep>) -> Rs485Line {
        Rs485Line::new(Box::new(ReplayPipe::new(steps)), Duration::from_millis(5))
    }

    fn ask(line: &mut Rs485Line) -> Result<u8, DeviceError> {
        let answer = |frame: &[u8]| match frame {
            [0xA0, value] => Ok(Frame::Answer(*value)),
            [0xB0] => Ok(Frame::Other),
            _ => Err(LineError::TooLong),
        };
        Ok(line.transact(&[1, 2], ASK, &CommandLimit::after(LIMIT), answer)?)
    }

    #[test]
    fn frames_of_others_and_noise_before_the_answer_are_passed_over() {
        let mut line = line([
            ReplayStep::Expect(vec![1, 2]),
            ReplayStep::Send(vec![0xB0]),
            ReplayStep::Silence,
            ReplayStep::Send(vec![0, 0, 0]),
            ReplayStep::Silence,
            ReplayStep::Send(vec![0xA0, 7]),
        ]);
        assert_eq!(ask(&mut line).unwrap(), 7);
    }

    #[test]
    fn silence_and_rubbish_are_told_apart() {
        let mut silent = line([ReplayStep::Expect(vec![1, 2])]);
        assert!(matches!(ask(&mut silent), Err(DeviceError::NoAnswer)));
        let mut rubbish = line([ReplayStep::Expect(vec![1, 2]), ReplayStep::Send(vec![9])]);
        assert!(matches!(ask(&mut rubbish), Err(DeviceError::Protocol(_))));
        let flood = ReplayStep::Send(vec![9; LONGEST_FRAME_BYTES + 1]);
        let mut flooded = line([ReplayStep::Expect(vec![1, 2]), flood]);
        assert!(matches!(ask(&mut flooded), Err(DeviceError::Protocol(_))));
    }

    #[test]
    fn an_echo_is_found_without_a_device_and_taken_off_from_then_on() {
        let mut line = line([
            ReplayStep::Expect(vec![5, 6]),
            ReplayStep::Send(vec![0, 5, 6]),
            ReplayStep::Silence,
            ReplayStep::Expect(vec![1, 2]),
            ReplayStep::Send(vec![1, 2, 0xA0, 3]),
            ReplayStep::Silence,
            ReplayStep::Expect(vec![1, 2]),
            ReplayStep::Send(vec![1, 9]),
        ]);
        assert_eq!(line.find_echo(&[5, 6], &CommandLimit::after(LIMIT)).unwrap(), None);
        assert!(line.echoes());
        assert_eq!(ask(&mut line).unwrap(), 3);
        assert!(matches!(ask(&mut line), Err(DeviceError::Protocol(_))));
    }

    #[test]
    fn an_echo_that_appears_later_is_taken_off_too() {
        let mut line = line([
            ReplayStep::Expect(vec![1, 2]),
            ReplayStep::Send(vec![1, 2]),
            ReplayStep::Silence,
            ReplayStep::Send(vec![0xA0, 4]),
            ReplayStep::Silence,
            ReplayStep::Expect(vec![1, 2]),
            ReplayStep::Send(vec![1, 2]),
            ReplayStep::Silence,
        ]);
        assert_eq!(ask(&mut line).unwrap(), 4);
        assert!(line.echoes());
        assert!(matches!(ask(&mut line), Err(DeviceError::NoAnswer)));
    }

    #[test]
    fn a_request_that_was_called_back_keeps_the_line_busy() {
        let pipe = ReplayPipe::new([ReplayStep::Expect(vec![1, 2]), ReplayStep::Expect(vec![1, 2])]);
        let mut line = Rs485Line::new(Box::new(pipe), Duration::from_millis(5));
        let reserve = Duration::from_millis(120);
        let times = Exchange { answer: Duration::from_millis(10), reserve, distinct: false };
        let never = |_: &[u8]| Ok::<Frame<()>, LineError>(Frame::Other);
        let short = CommandLimit::after(Duration::from_millis(100));
        let sent = Instant::now();
        let silent = |result| matches!(result, Err(Failed { sent: true, error: DeviceError::NoAnswer }));
        assert!(silent(line.transact(&[1, 2], times, &short, never)));
        let none = CommandLimit::after(Duration::from_millis(10));
        let held = line.transact(&[1, 2], times, &none, never);
        assert!(matches!(held, Err(Failed { sent: false, error: DeviceError::NoAnswer })));
        let second = CommandLimit::after(Duration::from_millis(200));
        assert!(silent(line.transact(&[1, 2], times, &second, never)));
        assert!(sent.elapsed() >= reserve, "the second request came too early");
    }
}
