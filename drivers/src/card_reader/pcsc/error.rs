// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the words of PC/SC mean for a device.

use std::io;

use pcsc::Error;

use crate::card_reader::CardError;
use crate::device::DeviceError;
use crate::transport::PipeError;

/// The service, as it is named in errors.
pub(super) const SERVICE: &str = "pcscd";

/// Sorts an error of a call that is about the service or a reader.
pub(super) fn of_service(error: Error) -> DeviceError {
    match error {
        Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable => {
            DeviceError::Pipe(PipeError::Disconnected)
        }
        // polkit says no.
        Error::SecurityViolation | Error::NoAccess => {
            DeviceError::Pipe(PipeError::PermissionDenied(io::Error::new(io::ErrorKind::PermissionDenied, error)))
        }
        Error::SharingViolation | Error::ServerTooBusy => {
            DeviceError::Pipe(PipeError::Busy(io::Error::new(io::ErrorKind::ResourceBusy, error)))
        }
        error => DeviceError::Service { service: SERVICE, source: Box::new(error) },
    }
}

/// Sorts an error of a call that is about a card. `None`: it says only that there was no answer, and whether the card
/// is still there has to be seen.
pub(super) fn of_card(error: Error) -> Option<DeviceError> {
    match error {
        Error::RemovedCard | Error::NoSmartcard => Some(DeviceError::refused(CardError::TakenAway)),
        Error::NotTransacted
        | Error::CommDataLost
        | Error::CommError
        | Error::InsufficientBuffer
        | Error::InvalidHandle
        | Error::InvalidValue
        | Error::ProtoMismatch
        | Error::ReaderUnavailable
        | Error::ResetCard
        | Error::Timeout
        | Error::UnpoweredCard
        | Error::UnresponsiveCard
        | Error::UnsupportedCard
        | Error::CardUnsupported
        | Error::InvalidAtr
        | Error::NotReady => None,
        error => Some(of_service(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::DeviceStatus;

    #[test]
    fn a_stopped_service_is_no_missing_reader() {
        for error in [Error::NoService, Error::ServiceStopped, Error::InvalidHandle, Error::CommError] {
            let sorted = of_service(error);
            assert!(matches!(sorted, DeviceError::Service { service: "pcscd", .. }), "{error:?}");
            assert!(sorted.is_lost());
        }
        assert_eq!(of_service(Error::UnknownReader).status(), DeviceStatus::NoDevice);
        assert_eq!(of_service(Error::SharingViolation).status(), DeviceStatus::DeviceBusy);
    }

    #[test]
    fn a_card_that_says_nothing_is_looked_for() {
        assert!(of_card(Error::NotTransacted).is_none());
        assert!(matches!(of_card(Error::RemovedCard), Some(DeviceError::Refused(_))));
        assert!(matches!(of_card(Error::NoService), Some(DeviceError::Service { .. })));
    }
}
