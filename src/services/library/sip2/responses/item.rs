// SPDX-License-Identifier: GPL-3.0-only
//! Answers about items, the terminal and the server.

use crate::protocol::Secret;
use crate::services::library::sip2::date::Stamp;
use crate::services::library::sip2::fixed::{CirculationStatus, Code, Flag, Number};
use crate::services::library::sip2::layout::message;

message! {
    /// 94: Answers 93.
    LoginResponse "94"
    fixed {
        /// Whether it was done.
        ok: bool,
    }
    fields {
    }
}

message! {
    /// 98: Answers 99. Its flags are advice: servers serve what they say N to, and the other way round.
    AcsStatus "98"
    fixed {
        /// Whether the server is there.
        online: Flag,
        /// Whether it takes items back.
        checkin_ok: Flag,
        /// Whether it charges items.
        checkout_ok: Flag,
        /// Whether it renews.
        renewal_ok: Flag,
        /// Whether it takes patron status updates.
        status_update_ok: Flag,
        /// Whether it takes transactions that were made offline.
        offline_ok: Flag,
        /// Time to wait for an answer in tenths of a second; 000 offline, 999 unknown.
        timeout: Number<3>,
        /// How often a message may be sent again; 999 unknown.
        retries: Number<3>,
        /// The time of the server.
        date: Option<Stamp>,
        /// `2.00`.
        version: Code<4>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Name of the library.
        AM library_name: Option<String>,
        /// 16 times Y or N: 23 11 09 01 99 97 93 63 35 37 17 19 25 15 29 65.
        BX supported_messages: String,
        /// Where the terminal stands.
        AN terminal_location: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 18: Answers 17.
    ItemInformationResponse "18"
    fixed {
        /// Where the item is.
        status: CirculationStatus,
        /// Kind of security marker.
        security_marker: Number<2>,
        /// Kind of the fee.
        fee_type: Number<2>,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// Length of the queue of holds.
        CF hold_queue_length: Option<String>,
        /// When the item is due, in the form of the server.
        AH due: Option<String>,
        /// Day of the recall, in the form of the server.
        CJ recall_date: Option<String>,
        /// Last day of picking it up, in the form of the server.
        CM hold_pickup_date: Option<String>,
        /// Barcode of the item.
        AB item: String,
        /// Title of the item.
        AJ title: String,
        /// Who owns the item.
        BG owner: Option<String>,
        /// Currency of the amount, such as CNY.
        BH currency: Option<String>,
        /// Amount of money.
        BV fee_amount: Option<String>,
        /// Kind of medium, in three digits.
        CK media_type: Option<String>,
        /// Where the item belongs.
        AQ permanent_location: Option<String>,
        /// Where the item is now.
        AP current_location: Option<String>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Collection of the item.
        CR collection_code: Option<String>,
        /// Call number of the item.
        CS call_number: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 12: Answers 11.
    CheckoutResponse "12"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// Whether the item was with this patron before: renewed.
        renewal_ok: Flag,
        /// Whether the item is a magnetic medium.
        magnetic: Flag,
        /// Whether the security marker must be made to sleep.
        desensitize: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Barcode of the item.
        AB item: String,
        /// Title of the item.
        AJ title: Secret,
        /// When the item is due, in the form of the server.
        AH due: String,
        /// Kind of the fee, in two digits.
        BT fee_type: Option<String>,
        /// Whether the security marker must stay as it is.
        CI security_inhibit: Option<Flag>,
        /// Currency of the amount, such as CNY.
        BH currency: Option<String>,
        /// Amount of money.
        BV fee_amount: Option<String>,
        /// Kind of medium, in three digits.
        CK media_type: Option<String>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Identifier of the transaction.
        BK transaction: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 10: Answers 09.
    CheckinResponse "10"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// Whether the security marker must be woken.
        resensitize: Flag,
        /// Whether the item is a magnetic medium.
        magnetic: Flag,
        /// Whether staff is to be alerted.
        alert: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Barcode of the item.
        AB item: String,
        /// Where the item belongs.
        AQ permanent_location: String,
        /// Title of the item.
        AJ title: Option<Secret>,
        /// Bin into which the item goes.
        CL sort_bin: Option<String>,
        /// Card number of the patron.
        AA patron: Option<Secret>,
        /// Kind of medium, in three digits.
        CK media_type: Option<String>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Collection of the item.
        CR collection_code: Option<String>,
        /// Call number of the item.
        CS call_number: Option<String>,
        /// Where the item has to go.
        CT destination: Option<String>,
        /// Why staff is alerted, in two digits.
        CV alert_type: Option<String>,
        /// Card number of the one who waits for the item.
        CY hold_patron: Option<Secret>,
        /// Name of the one who waits for the item.
        DA hold_patron_name: Option<Secret>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 30: Answers 29.
    RenewResponse "30"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// Whether the item was with this patron before: renewed.
        renewal_ok: Flag,
        /// Whether the item is a magnetic medium.
        magnetic: Flag,
        /// Whether the security marker must be made to sleep.
        desensitize: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Barcode of the item.
        AB item: String,
        /// Title of the item.
        AJ title: Secret,
        /// When the item is due, in the form of the server.
        AH due: String,
        /// Kind of the fee, in two digits.
        BT fee_type: Option<String>,
        /// Whether the security marker must stay as it is.
        CI security_inhibit: Option<Flag>,
        /// Currency of the amount, such as CNY.
        BH currency: Option<String>,
        /// Amount of money.
        BV fee_amount: Option<String>,
        /// Kind of medium, in three digits.
        CK media_type: Option<String>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Identifier of the transaction.
        BK transaction: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 20: Answers 19.
    ItemStatusUpdateResponse "20"
    fixed {
        /// Whether it was done.
        ok: bool,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// Barcode of the item.
        AB item: String,
        /// Title of the item.
        AJ title: Option<String>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// What the server wants on the screen.
        AF screen_messages: Vec<Secret>,
        /// What the server wants on paper.
        AG print_lines: Vec<Secret>,
    }
}

message! {
    /// 96: The server did not take the last message and wants it again.
    RequestScResend "96"
    fixed {
    }
    fields {
    }
}
