// SPDX-License-Identifier: GPL-3.0-only
//! The wrapper of everything personal.

use zeroize::Zeroize;

/// A personal value (name, phone number, plate, card number): shows nothing in `Debug`, has no
/// `Display`, cannot be serialised, and overwrites its memory when dropped.
///
/// Comparison is for the view, which is only sent again when something changed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `value`, taking over its only copy.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to ask whether the value may leave here.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends one character. The buffer is reserved in whole beforehand: a growing `String` would leave
    /// an unwiped copy behind.
    pub fn push(&mut self, character: char, capacity_bytes: usize) {
        if self.0.capacity() < capacity_bytes {
            let mut larger = String::with_capacity(capacity_bytes);
            larger.push_str(&self.0);
            self.0.zeroize();
            self.0 = larger;
        }
        self.0.push(character);
    }

    /// Removes the last character.
    pub fn pop(&mut self) {
        self.0.pop();
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let phone = Secret::from("13800001111");
        assert!(!format!("{phone:?} {:?}", Some(&phone)).contains("1380"));
    }

    #[test]
    fn digits_are_pushed_and_popped() {
        let mut phone = Secret::default();
        for digit in ['1', '3', '8'] {
            phone.push(digit, 16);
        }
        phone.pop();
        assert_eq!(phone.expose(), "13");
    }
}
