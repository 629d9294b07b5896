// SPDX-License-Identifier: GPL-3.0-only
//! Answers about patrons.

use crate::protocol::Secret;
use crate::services::library::sip2::date::Stamp;
use crate::services::library::sip2::fixed::{Flag, Language, Number, PatronStatus};
use crate::services::library::sip2::layout::message;

message! {
    /// 24: Answers 23 and 01.
    PatronStatusResponse "24"
    fixed {
        /// What the patron may not do.
        status: PatronStatus,
        /// Language wanted.
        language: Language,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Name of the patron.
        AE name: Secret,
        /// Whether the card is one of a patron.
        BL valid_patron: Option<Flag>,
        /// Whether the PIN is right.
        CQ valid_password: Option<Flag>,
        /// Currency of the amount, such as CNY.
        BH currency: Option<String>,
        /// Amount of money.
        BV fee_amount: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 64: Answers 63.
    PatronInformationResponse "64"
    fixed {
        /// What the patron may not do.
        status: PatronStatus,
        /// Language wanted.
        language: Language,
        /// When the message was made.
        date: Option<Stamp>,
        /// Number of holds; `None` where the server does not tell.
        hold_count: Number<4>,
        /// Number of overdue items; `None` where the server does not tell.
        overdue_count: Number<4>,
        /// Number of charged items; `None` where the server does not tell.
        charged_count: Number<4>,
        /// Number of items with fines; `None` where the server does not tell.
        fine_count: Number<4>,
        /// Number of recalled items; `None` where the server does not tell.
        recall_count: Number<4>,
        /// Number of holds not yet available; `None` where the server does not tell.
        unavailable_hold_count: Number<4>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Name of the patron.
        AE name: Secret,
        /// Most holds.
        BZ hold_limit: Option<String>,
        /// Most overdue items.
        CA overdue_limit: Option<String>,
        /// Most charged items.
        CB charged_limit: Option<String>,
        /// Whether the card is one of a patron.
        BL valid_patron: Option<Flag>,
        /// Whether the PIN is right.
        CQ valid_password: Option<Flag>,
        /// Currency of the amount, such as CNY.
        BH currency: Option<String>,
        /// Amount of money.
        BV fee_amount: Option<String>,
        /// Most money owed.
        CC fee_limit: Option<String>,
        /// Holds ready to be picked up.
        AS hold_items: Vec<Secret>,
        /// Overdue items.
        AT overdue_items: Vec<Secret>,
        /// Charged items.
        AU charged_items: Vec<Secret>,
        /// Items with fines.
        AV fine_items: Vec<Secret>,
        /// Recalled items.
        BU recall_items: Vec<Secret>,
        /// Holds not yet available.
        CD unavailable_hold_items: Vec<Secret>,
        /// Home address.
        BD home_address: Option<Secret>,
        /// E-mail address.
        BE email: Option<Secret>,
        /// Home phone number.
        BF home_phone: Option<Secret>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 66: Answers 65.
    RenewAllResponse "66"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// Number of items renewed.
        renewed_count: Number<4>,
        /// Number of items not renewed.
        unrenewed_count: Number<4>,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Items that were renewed.
        BM renewed_items: Vec<Secret>,
        /// Items that were not renewed.
        BN unrenewed_items: Vec<Secret>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 36: Answers 35.
    EndSessionResponse "36"
    fixed {
        /// Whether the session was ended.
        ended: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 16: Answers 15.
    HoldResponse "16"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// Whether the item can be had now.
        available: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Day after which the hold is void, in the form of the server.
        BW expiration: Option<String>,
        /// Place in the queue of holds.
        BR queue_position: Option<String>,
        /// Where the item will be picked up.
        BS pickup_location: Option<String>,
        /// Barcode of the item.
        AB item: Option<String>,
        /// Title of the item.
        AJ title: Option<Secret>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 38: Answers 37.
    FeePaidResponse "38"
    fixed {
        /// Whether the payment was taken.
        accepted: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Identifier of the transaction.
        BK transaction: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 26: Answers 25.
    PatronEnableResponse "26"
    fixed {
        /// What the patron may not do.
        status: PatronStatus,
        /// Language wanted.
        language: Language,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Name of the patron.
        AE name: Secret,
        /// Whether the card is one of a patron.
        BL valid_patron: Option<Flag>,
        /// Whether the PIN is right.
        CQ valid_password: Option<Flag>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}
