// SPDX-License-Identifier: GPL-3.0-only
//! The two-letter codes of variable fields, as SIP 2.00 and its common extensions name them.

/// Code of a variable field, such as `AB`. It names a kind of value, never a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldCode([u8; 2]);

impl FieldCode {
    /// A code of two bytes; only letters and digits are ever shown.
    #[must_use]
    pub const fn new(code: [u8; 2]) -> Self {
        Self(code)
    }

    /// The code as two characters; what is no letter or digit is `?`.
    #[must_use]
    pub fn characters(self) -> [char; 2] {
        self.0.map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte) } else { '?' })
    }
}

impl std::fmt::Display for FieldCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [first, second] = self.characters();
        write!(formatter, "{first}{second}")
    }
}

impl std::fmt::Debug for FieldCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

macro_rules! codes {
    ($($code:ident $meaning:literal),* $(,)?) => {
        $(
            #[doc = $meaning]
            pub const $code: [u8; 2] = {
                let text = stringify!($code).as_bytes();
                [text[0], text[1]]
            };
        )*
    };
}

codes! {
    AA "Patron identifier.", AB "Item identifier.", AC "Terminal password.", AD "Patron password.",
    AE "Personal name.", AF "Screen message.", AG "Print line.", AH "Due date.", AJ "Title identifier.",
    AL "Blocked card message.", AM "Library name.", AN "Terminal location.", AO "Institution.",
    AP "Current location.", AQ "Permanent location.", AS "Hold items.", AT "Overdue items.",
    AU "Charged items.", AV "Fine items.", AY "Sequence number.", BD "Home address.", BE "E-mail.",
    BF "Home phone.", BG "Owner.", BH "Currency.", BI "Cancel.", BK "Transaction.", BL "Valid patron.",
    BM "Renewed items.", BN "Unrenewed items.", BO "Fee acknowledged.", BP "Start item.", BQ "End item.",
    BR "Queue position.", BS "Pickup location.", BT "Fee type.", BU "Recall items.", BV "Fee amount.",
    BW "Expiration date.", BX "Supported messages.", BY "Hold type.", BZ "Hold limit.",
    CA "Overdue limit.", CB "Charged limit.", CC "Fee limit.", CD "Unavailable hold items.",
    CF "Hold queue length.", CG "Fee identifier.", CH "Item properties.", CI "Security inhibit.",
    CJ "Recall date.", CK "Media type.", CL "Sort bin.", CM "Hold pickup date.", CN "Login user.",
    CO "Login password.", CP "Location code.", CQ "Valid patron password.", CR "Collection code.",
    CS "Call number.", CT "Destination location.", CV "Alert type.", CY "Hold patron.", DA "Hold patron name.",
}
