// SPDX-License-Identifier: GPL-3.0-only
//! Every message as one type, and which answer belongs to which request.

use super::layout::{Body, DecodeError, Layout, Writer};
use super::{FieldCode, requests, responses};

macro_rules! all_messages {
    ($($module:ident::$name:ident),* $(,)?) => {
        /// A message of SIP 2.00.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $(#[doc = concat!("See [`", stringify!($module), "::", stringify!($name), "`].")] $name($module::$name),)*
        }

        impl Message {
            /// Its two digits.
            #[must_use]
            pub fn code(&self) -> &'static str {
                match self { $(Self::$name(_) => $module::$name::CODE,)* }
            }

            pub(super) fn read(code: &str, body: &mut Body<'_>) -> Result<Self, DecodeError> {
                match code {
                    $($module::$name::CODE => $module::$name::read(body).map(Self::$name),)*
                    _ => Err(DecodeError::UnknownMessage(FieldCode::new(
                        code.as_bytes().try_into().unwrap_or(*b"??"),
                    ))),
                }
            }

            pub(super) fn write(&self, writer: &mut Writer) {
                match self { $(Self::$name(message) => message.write(writer),)* }
            }

            /// One of every kind.
            #[cfg(test)]
            pub(super) fn made_up_all(source: &mut super::made_up::Source) -> Vec<Self> {
                use super::made_up::MadeUp;
                vec![$(Self::$name(MadeUp::made_up(source)),)*]
            }
        }

        $(
            impl From<$module::$name> for Message {
                fn from(message: $module::$name) -> Self {
                    Self::$name(message)
                }
            }

            impl TryFrom<Message> for $module::$name {
                type Error = Message;

                fn try_from(message: Message) -> Result<Self, Message> {
                    match message {
                        Message::$name(message) => Ok(message),
                        other => Err(other),
                    }
                }
            }
        )*
    };
}

all_messages! {
    requests::PatronStatusRequest,
    requests::PatronInformation,
    requests::Login,
    requests::ScStatus,
    requests::ItemInformation,
    requests::Checkout,
    requests::Checkin,
    requests::Renew,
    requests::RenewAll,
    requests::EndPatronSession,
    requests::Hold,
    requests::FeePaid,
    requests::BlockPatron,
    requests::ItemStatusUpdate,
    requests::PatronEnable,
    requests::RequestAcsResend,
    responses::PatronStatusResponse,
    responses::PatronInformationResponse,
    responses::LoginResponse,
    responses::AcsStatus,
    responses::ItemInformationResponse,
    responses::CheckoutResponse,
    responses::CheckinResponse,
    responses::RenewResponse,
    responses::RenewAllResponse,
    responses::EndSessionResponse,
    responses::HoldResponse,
    responses::FeePaidResponse,
    responses::ItemStatusUpdateResponse,
    responses::PatronEnableResponse,
    responses::RequestScResend,
}

/// A request with the answer that belongs to it.
pub trait Request: Layout + Into<Message> {
    /// The answer.
    type Answer: Layout + TryFrom<Message>;
}

macro_rules! pairs {
    ($($request:ident => $answer:ident,)*) => {
        $(impl Request for requests::$request {
            type Answer = responses::$answer;
        })*
    };
}

pairs! {
    PatronStatusRequest => PatronStatusResponse,
    PatronInformation => PatronInformationResponse,
    Login => LoginResponse,
    ScStatus => AcsStatus,
    ItemInformation => ItemInformationResponse,
    Checkout => CheckoutResponse,
    Checkin => CheckinResponse,
    Renew => RenewResponse,
    RenewAll => RenewAllResponse,
    EndPatronSession => EndSessionResponse,
    Hold => HoldResponse,
    FeePaid => FeePaidResponse,
    BlockPatron => PatronStatusResponse,
    ItemStatusUpdate => ItemStatusUpdateResponse,
    PatronEnable => PatronEnableResponse,
}
