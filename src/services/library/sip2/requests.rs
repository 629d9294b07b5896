// SPDX-License-Identifier: GPL-3.0-only
//! What the terminal (SC) sends. Layouts of SIP 2.00 and its common extensions.

use super::date::Stamp;
use super::fixed::{Code, Flag, HoldMode, Language, Number, ScCondition, SummaryClass};
use super::layout::message;
use crate::protocol::Secret;

message! {
    /// 23: Asks whether a card is valid and what its patron may do. AC and AD are needed even when empty.
    PatronStatusRequest "23"
    fixed {
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
        /// Password of the terminal.
        AC terminal_password: Secret,
        /// PIN of the patron.
        AD patron_password: Secret,
    }
}

message! {
    /// 63: Asks for a patron and one list of items.
    PatronInformation "63"
    fixed {
        /// Language wanted.
        language: Language,
        /// When the message was made.
        date: Option<Stamp>,
        /// The one list wanted.
        summary: Option<SummaryClass>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Number of the first list entry wanted, from 1.
        BP start_item: Option<String>,
        /// Number of the last list entry wanted.
        BQ end_item: Option<String>,
    }
}

message! {
    /// 93: Logs the terminal in.
    Login "93"
    fixed {
        /// Encryption of the user: 0 is none.
        user_algorithm: Number<1>,
        /// Encryption of the password: 0 is none.
        password_algorithm: Number<1>,
    }
    fields {
        /// Login of the terminal.
        CN user: Secret,
        /// Password of that login.
        CO password: Secret,
        /// Where the terminal stands.
        CP location_code: Option<String>,
    }
}

message! {
    /// 99: Tells how the terminal is, and asks for the rules of the server.
    ScStatus "99"
    fixed {
        /// How the terminal is.
        condition: ScCondition,
        /// Characters in a line of its printer.
        print_width: Number<3>,
        /// `2.00`.
        version: Code<4>,
    }
    fields {
    }
}

message! {
    /// 17: Asks for an item.
    ItemInformation "17"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Barcode of the item.
        AB item: String,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
    }
}

message! {
    /// 11: Charges an item to a patron. Sent again for the same patron it counts as a renewal on some servers.
    Checkout "11"
    fixed {
        /// Whether a renewal is wanted where the patron already has the item.
        renewal_policy: Flag,
        /// Whether it has physically happened already, so that the server must not refuse.
        no_block: Flag,
        /// When the message was made.
        date: Option<Stamp>,
        /// Due date given while offline.
        no_block_due: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Barcode of the item.
        AB item: String,
        /// Password of the terminal.
        AC terminal_password: Secret,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Whether the patron agreed to the fee.
        BO fee_acknowledged: Option<Flag>,
        /// Whether an earlier transaction that failed is to be cancelled.
        BI cancel: Option<Flag>,
    }
}

message! {
    /// 09: Takes an item back.
    Checkin "09"
    fixed {
        /// Whether it has physically happened already, so that the server must not refuse.
        no_block: Flag,
        /// When the message was made.
        date: Option<Stamp>,
        /// When the item was returned.
        returned: Option<Stamp>,
    }
    fields {
        /// Where the item is now.
        AP current_location: String,
        /// The library as an institution.
        AO institution: String,
        /// Barcode of the item.
        AB item: String,
        /// Password of the terminal.
        AC terminal_password: Secret,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Whether an earlier transaction that failed is to be cancelled.
        BI cancel: Option<Flag>,
    }
}

message! {
    /// 29: Renews one item.
    Renew "29"
    fixed {
        /// Whether somebody else may renew for the patron.
        third_party: Flag,
        /// Whether it has physically happened already, so that the server must not refuse.
        no_block: Flag,
        /// When the message was made.
        date: Option<Stamp>,
        /// Due date given while offline.
        no_block_due: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Barcode of the item.
        AB item: Option<String>,
        /// Title of the item.
        AJ title: Option<Secret>,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// Properties of the item.
        CH item_properties: Option<String>,
        /// Whether the patron agreed to the fee.
        BO fee_acknowledged: Option<Flag>,
    }
}

message! {
    /// 65: Renews every item of a patron.
    RenewAll "65"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// Whether the patron agreed to the fee.
        BO fee_acknowledged: Option<Flag>,
    }
}

message! {
    /// 35: Tells that the patron has gone.
    EndPatronSession "35"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
    }
}

message! {
    /// 15: Places, takes back or changes a hold.
    Hold "15"
    fixed {
        /// What to do with the hold.
        mode: HoldMode,
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
        /// Where the item will be picked up.
        BS pickup_location: Option<String>,
        /// 1 other, 2 any copy, 3 specific copy, 4 any copy at a location.
        BY hold_type: Option<String>,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Barcode of the item.
        AB item: Option<String>,
        /// Title of the item.
        AJ title: Option<Secret>,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// Whether the patron agreed to the fee.
        BO fee_acknowledged: Option<Flag>,
    }
}

message! {
    /// 37: Tells that a fee was paid.
    FeePaid "37"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
        /// Kind of the fee.
        fee_type: Number<2>,
        /// How it was paid: 00 cash, 01 and 02 card.
        payment_type: Number<2>,
        /// Such as CNY.
        currency: Code<3>,
    }
    fields {
        /// Amount of money.
        BV fee_amount: String,
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
        /// Identifier of the fee.
        CG fee: Option<String>,
        /// Identifier of the transaction.
        BK transaction: Option<String>,
    }
}

message! {
    /// 01: Asks to block a card; answered by 24.
    BlockPatron "01"
    fixed {
        /// Whether the terminal kept the card.
        retained: Flag,
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Why the card is to be blocked.
        AL blocked_card_message: Secret,
        /// Card number of the patron.
        AA patron: Secret,
        /// Password of the terminal.
        AC terminal_password: Secret,
    }
}

message! {
    /// 19: Sends properties of an item.
    ItemStatusUpdate "19"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Barcode of the item.
        AB item: String,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// Properties of the item.
        CH item_properties: String,
    }
}

message! {
    /// 25: Asks to unblock a card.
    PatronEnable "25"
    fixed {
        /// When the message was made.
        date: Option<Stamp>,
    }
    fields {
        /// The library as an institution.
        AO institution: String,
        /// Card number of the patron.
        AA patron: Secret,
        /// Password of the terminal.
        AC terminal_password: Option<Secret>,
        /// PIN of the patron.
        AD patron_password: Option<Secret>,
    }
}

message! {
    /// 97: Asks the server to send its last message again.
    RequestAcsResend "97"
    fixed {
    }
    fields {
    }
}
