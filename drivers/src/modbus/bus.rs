// SPDX-License-Identifier: MIT OR Apache-2.0
//! One Modbus RTU line that several drivers share: doors, lamps and contacts often hang on the same two wires.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use super::codec::{Exception, ModbusError, Request, Response, Unit};
use crate::device::{CommandLimit, DeviceError};
use crate::rs485::{Exchange, Failed, Frame, Rs485Line};
use crate::transport::{BytePipe, Endpoint};

/// How long a device may be at work with a request.
const ANSWER: Duration = Duration::from_millis(150);

/// A Modbus RTU line. Clones are the same line; requests of several threads take turns.
#[derive(Clone, Debug)]
pub struct ModbusBus(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    free: Condvar,
    name: String,
    answer_limit: Duration,
}

#[derive(Debug)]
struct State {
    /// Taken out while a request is on it.
    line: Option<Rs485Line>,
    /// Whether it was tried for an echo.
    tried: bool,
    lost: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModbusBus {
    /// Usual time to wait for an answer.
    pub const ANSWER_LIMIT: Duration = Duration::from_secs(1);

    /// A line with the usual times.
    #[must_use]
    pub fn new(pipe: Box<dyn BytePipe>) -> Self {
        Self::with_limits(pipe, Rs485Line::QUIET, Self::ANSWER_LIMIT)
    }

    /// A line whose frames end when nothing comes for `quiet`, and whose devices answer within `answer_limit`.
    #[must_use]
    pub fn with_limits(pipe: Box<dyn BytePipe>, quiet: Duration, answer_limit: Duration) -> Self {
        let name = pipe.describe();
        let line = Some(Rs485Line::new(pipe, quiet));
        let state = Mutex::new(State { line, tried: false, lost: false });
        Self(Arc::new(Shared { state, free: Condvar::new(), name, answer_limit }))
    }

    /// Which wire this is, for the log.
    #[must_use]
    pub fn describe(&self) -> String {
        self.0.name.clone()
    }

    /// Whether the wire failed for good: it has to be opened anew.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.0.lock().lost
    }

    /// Asks for the states of outputs.
    ///
    /// # Errors
    /// [`DeviceError::Refused`] with an [`Exception`], or the wire's.
    pub fn read_coils(
        &self,
        unit: Unit,
        first: u16,
        count: u16,
        limit: &CommandLimit,
    ) -> Result<Vec<bool>, DeviceError> {
        self.bits(unit, Request::ReadCoils { first, count }, limit)
    }

    /// Asks for the states of inputs.
    ///
    /// # Errors
    /// As [`Self::read_coils`].
    pub fn read_inputs(
        &self,
        unit: Unit,
        first: u16,
        count: u16,
        limit: &CommandLimit,
    ) -> Result<Vec<bool>, DeviceError> {
        self.bits(unit, Request::ReadInputs { first, count }, limit)
    }

    /// Writes one output, once. The answer to a write is byte for byte the request, so the line is tried for an
    /// adapter that echoes before the first one.
    ///
    /// # Errors
    /// [`Failed`], which tells whether it may have been done.
    pub fn write_coil(&self, unit: Unit, address: u16, value: u16, limit: &CommandLimit) -> Result<(), Failed> {
        match self.ask(unit, Request::WriteCoil { address, value }, limit)? {
            Response::Exception(exception) => Err(Failed { sent: true, error: DeviceError::refused(exception) }),
            Response::Written | Response::Bits(_) => Ok(()),
        }
    }

    fn bits(&self, unit: Unit, request: Request, limit: &CommandLimit) -> Result<Vec<bool>, DeviceError> {
        match self.ask(unit, request, limit)? {
            Response::Bits(bits) => Ok(bits),
            Response::Exception(exception) => Err(DeviceError::refused(exception)),
            Response::Written => Ok(Vec::new()),
        }
    }

    fn ask(&self, unit: Unit, request: Request, limit: &CommandLimit) -> Result<Response, Failed> {
        let not_sent = |error| Failed { sent: false, error };
        let (line, tried) = self.take(limit).map_err(not_sent)?;
        let mut taken = Taken { bus: &self.0, line: Some(line), tried, lost: false };
        let result = taken.ask(unit, request, limit);
        taken.lost = result.as_ref().is_err_and(|failed| failed.error.is_lost());
        result
    }

    /// Takes the line, when it is free.
    fn take(&self, limit: &CommandLimit) -> Result<(Rs485Line, bool), DeviceError> {
        let mut state = self.0.lock();
        loop {
            limit.check()?;
            if let Some(line) = state.line.take() {
                return Ok((line, state.tried));
            }
            let waited = self.0.free.wait_timeout(state, limit.step());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The line while a request is on it; given back whatever happens.
struct Taken<'a> {
    bus: &'a Shared,
    line: Option<Rs485Line>,
    tried: bool,
    lost: bool,
}

impl Taken<'_> {
    fn ask(&mut self, unit: Unit, request: Request, limit: &CommandLimit) -> Result<Response, Failed> {
        let nothing = |error| Failed { sent: false, error };
        let Some(line) = self.line.as_mut() else { return Err(nothing(DeviceError::Driver)) };
        if !self.tried {
            // The answer to a read has another length than the question for eight bits.
            let probe = Request::ReadCoils { first: 0, count: 8 }.encode(unit);
            line.find_echo(&probe, &limit.at_most(self.bus.answer_limit)).map_err(nothing)?;
            self.tried = true;
        }
        let bytes = request.encode(unit);
        // In the place of the first address an answer to a read has its length, which is not 0.
        let distinct = match request {
            Request::ReadCoils { first, .. } | Request::ReadInputs { first, .. } => first < 0x100,
            Request::WriteCoil { .. } => false,
        };
        let exchange = Exchange { answer: self.bus.answer_limit, reserve: ANSWER, distinct };
        line.transact(&bytes, exchange, limit, |frame| match Response::decode(frame, unit, request) {
            Ok(response) => Ok(Frame::Answer(response)),
            Err(ModbusError::Unit(_) | ModbusError::Function(_) | ModbusError::OtherWrite) => Ok(Frame::Other),
            Err(error) => Err(error),
        })
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.bus.lock();
        state.line = self.line.take();
        state.tried = self.tried;
        state.lost |= self.lost;
        self.bus.free.notify_one();
    }
}

/// The Modbus lines of a terminal: the drivers that name the same endpoint get the same line.
#[derive(Debug, Default)]
pub struct ModbusBuses {
    open: Mutex<HashMap<String, Weak<Shared>>>,
}

impl ModbusBuses {
    /// None is open.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The line at `endpoint`: the one that is open, if another driver has it and it is not lost, or opened anew.
    ///
    /// # Errors
    /// Why it cannot be opened. After a loss [`crate::transport::PipeError::Busy`] until all drivers have let go of the
    /// lost line.
    pub fn get(&self, endpoint: &Endpoint) -> Result<ModbusBus, DeviceError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, shared| shared.strong_count() > 0);
        let name = endpoint.to_string();
        if let Some(bus) = open.get(&name).and_then(Weak::upgrade).map(ModbusBus)
            && !bus.is_lost()
        {
            return Ok(bus);
        }
        let bus = ModbusBus::new(endpoint.open()?);
        open.insert(name, Arc::downgrade(&bus.0));
        Ok(bus)
    }
}

/// The exception in an error, if a device gave one.
#[must_use]
pub fn exception(error: &DeviceError) -> Option<Exception> {
    match error {
        DeviceError::Refused(source) => source.downcast_ref::<Exception>().copied(),
        _ => None,
    }
}
