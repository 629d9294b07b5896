// SPDX-License-Identifier: GPL-3.0-only
//! What a failed request or connection means.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use crate::services::library::sip2::frame::FrameError;
use crate::services::library::sip2::layout::{DecodeError, EncodeError};

/// A request without an answer.
#[derive(Debug, Error)]
pub enum CallError {
    /// The library did not take it.
    #[error("the request was not taken by the library")]
    NotSent(#[from] NotSent),
    /// Whether the library carried it out must be asked for.
    #[error("whether the library carried the request out is unknown")]
    Unknown(#[from] Doubt),
}

/// Why a request was certainly not taken.
#[derive(Debug, Error)]
pub enum NotSent {
    /// More than [`super::MAX_QUEUED_CALLS`] wait.
    #[error("too many requests wait")]
    QueueFull,
    /// The client has ended.
    #[error("the client has ended")]
    Stopped,
    /// The server, whose flags are to be believed, says that it does not do this.
    #[error("the library says that it does not do this now")]
    NotServed,
    /// There is no connection.
    #[error("there is no connection")]
    NoConnection(#[source] Arc<ConnectError>),
    /// A value cannot be sent.
    #[error("the request cannot be written")]
    Encode(#[source] EncodeError),
    /// The server asked for it again (96) each time.
    #[error("the library asked {times} times for the request again and did not take it")]
    Rejected {
        /// How often it was sent.
        times: u32,
    },
}

/// Why nobody knows whether a request was carried out.
#[derive(Debug, Error)]
pub enum Doubt {
    /// No answer within the time limit.
    #[error("no answer came in time")]
    Timeout,
    /// The connection failed after the request was sent.
    #[error("the connection failed before the answer")]
    Lost(#[source] io::Error),
    /// The server closed the connection without an answer.
    #[error("the library closed the connection before the answer")]
    Closed,
    /// The server closed the connection in the middle of its answer.
    #[error("the library closed the connection in the middle of its answer")]
    HalfAnswer,
    /// What came is no message, and asking for it again (97) did not help.
    #[error("the answer is broken")]
    Broken(#[source] DecodeError),
    /// What came is too long.
    #[error("the answer is broken")]
    Frame(#[source] FrameError),
    /// What came were answers to other requests.
    #[error("what came was no answer to the request")]
    OtherAnswer,
    /// The client ended meanwhile.
    #[error("the client has ended before the answer")]
    Stopped,
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The host is not found, or nobody listens.
    #[error("the library system cannot be reached")]
    Tcp(#[source] io::Error),
    /// Not within the time limit.
    #[error("the library system cannot be reached in time")]
    Timeout,
    /// The TLS handshake failed; most often the certificate.
    #[error("the secure connection to the library system failed")]
    Tls(#[source] io::Error),
    /// The host cannot be the name in a certificate.
    #[error("the host of the library system is no name that a certificate can have")]
    TlsName(#[source] rustls::pki_types::InvalidDnsNameError),
    /// The certificate authorities cannot be read.
    #[error("the certificate authorities in {path} cannot be read")]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    TlsSetup(#[source] rustls::Error),
    /// The server refuses the terminal's login.
    #[error("the library system refuses the login of the terminal")]
    LoginRefused,
    /// The exchange of 93 and 94 failed.
    #[error("the login of the terminal was not answered")]
    Login(#[source] Box<CallError>),
    /// The exchange of 99 and 98 failed.
    #[error("the library system did not tell its status")]
    Status(#[source] Box<CallError>),
    /// The server says that it is offline, and its profile says that this is to be believed.
    #[error("the library system says that it is offline")]
    Offline,
    /// A connection that worked ended.
    #[error("the connection to the library system ended")]
    Ended,
}
