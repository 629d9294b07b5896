// SPDX-License-Identifier: MIT OR Apache-2.0
//! Why a command to a device was not carried out.

use std::error::Error;
use std::fmt;

use thiserror::Error;

use super::DeviceStatus;
use crate::transport::{PipeError, WriteError};

/// A command that was not carried out. No variant holds anything of a resident.
#[derive(Debug, Error)]
pub enum DeviceError {
    /// Opening the wire, or listening on it, failed.
    #[error("the wire to the device failed")]
    Pipe(#[from] PipeError),
    /// The command could not be sent whole; what was sent may have had its effect.
    #[error("the command could not be sent whole")]
    Send(#[from] WriteError),
    /// Nothing was heard within the time limit. For a command that changes something its outcome is unknown: ask
    /// for the state before trying again.
    #[error("the device did not answer in time")]
    NoAnswer,
    /// The command was called back by the program.
    #[error("the command was called back")]
    Cancelled,
    /// What came is not in the device's protocol.
    #[error("the answer of the device is not in its protocol")]
    Protocol(#[source] Box<dyn Error + Send + Sync>),
    /// The device answered that it cannot or will not; the source says what and why.
    #[error("the device did not carry out the command")]
    Refused(#[source] Box<dyn Error + Send + Sync>),
    /// The device has no such command, or the settings do not allow it.
    #[error("the device has no command `{command}`")]
    Unsupported {
        /// Name of the command.
        command: &'static str,
    },
    /// A part outside the program (a system service, a library of the system) failed.
    #[error("{service} failed")]
    Service {
        /// Which.
        service: &'static str,
        /// Its own words.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The driver came upon a fault of its own program; the device is opened anew.
    #[error("the driver of the device failed")]
    Driver,
}

impl DeviceError {
    /// An answer that is not in the protocol.
    pub fn protocol(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Protocol(Box::new(source))
    }

    /// A refusal by the device.
    pub fn refused(source: impl Error + Send + Sync + 'static) -> Self {
        Self::Refused(Box::new(source))
    }

    /// Whether the device has to be opened anew before anything else can be done with it.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Pipe(error) => !matches!(error, PipeError::TimedOut),
            Self::Send(error) => !matches!(error.source, PipeError::TimedOut),
            Self::Service { .. } | Self::Driver => true,
            _ => false,
        }
    }

    /// What the error says of the device.
    #[must_use]
    pub fn status(&self) -> DeviceStatus {
        match self {
            Self::Pipe(error) | Self::Send(WriteError { source: error, .. }) => match error {
                PipeError::Absent(_) | PipeError::Disconnected => DeviceStatus::NoDevice,
                PipeError::Busy(_) => DeviceStatus::DeviceBusy,
                PipeError::TimedOut => DeviceStatus::Offline,
                PipeError::PermissionDenied(_) | PipeError::Io { .. } => DeviceStatus::HardwareError,
            },
            Self::NoAnswer | Self::Service { .. } => DeviceStatus::Offline,
            Self::Protocol(_) | Self::Driver => DeviceStatus::HardwareError,
            Self::Cancelled | Self::Refused(_) | Self::Unsupported { .. } => DeviceStatus::Online,
        }
    }

    /// The completion code of XFS4IoT.
    #[must_use]
    pub fn completion(&self) -> CompletionCode {
        match self {
            Self::Pipe(PipeError::TimedOut) | Self::NoAnswer => CompletionCode::TimeOut,
            Self::Pipe(PipeError::PermissionDenied(_)) => CompletionCode::AuthorisationRequired,
            Self::Pipe(_) | Self::Send(_) | Self::Service { .. } => CompletionCode::DeviceNotReady,
            Self::Cancelled => CompletionCode::Canceled,
            Self::Protocol(_) => CompletionCode::HardwareError,
            Self::Refused(_) => CompletionCode::CommandErrorCode,
            Self::Unsupported { .. } => CompletionCode::UnsupportedCommand,
            Self::Driver => CompletionCode::InternalError,
        }
    }
}

/// How a command ended, with the words of XFS4IoT that occur here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompletionCode {
    /// Done.
    Success,
    /// The device answered with an error of its own.
    CommandErrorCode,
    /// Called back.
    Canceled,
    /// Not there, or not to be opened.
    DeviceNotReady,
    /// The device does not work as it should.
    HardwareError,
    /// A fault of the program.
    InternalError,
    /// No answer in time.
    TimeOut,
    /// There is no such command.
    UnsupportedCommand,
    /// The user of the program has no right to the device.
    AuthorisationRequired,
}

impl CompletionCode {
    /// The word as XFS4IoT writes it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::CommandErrorCode => "commandErrorCode",
            Self::Canceled => "canceled",
            Self::DeviceNotReady => "deviceNotReady",
            Self::HardwareError => "hardwareError",
            Self::InternalError => "internalError",
            Self::TimeOut => "timeOut",
            Self::UnsupportedCommand => "unsupportedCommand",
            Self::AuthorisationRequired => "authorisationRequired",
        }
    }
}

impl fmt::Display for CompletionCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}
