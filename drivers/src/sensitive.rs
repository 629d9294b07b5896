// SPDX-License-Identifier: MIT OR Apache-2.0
//! The wrapper of everything that is read of a person.

use std::fmt;

use zeroize::Zeroize;

/// A value that belongs to a person (name, number, address, photo): shows nothing in `Debug`, has no `Display`, and
/// overwrites its memory when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps `value`, taking over its only copy.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Every call is a place to ask whether the value may leave here.
    #[must_use]
    pub fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, to be changed where it is.
    #[must_use]
    pub fn expose_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl Sensitive<String> {
    /// The first `head` and the last `tail` characters with `*` between them, such as `110***********002X`, for
    /// technicians. A value too short to hide at least half of it is hidden in whole.
    #[must_use]
    pub fn masked(&self, head: usize, tail: usize) -> String {
        let count = self.0.chars().count();
        let shown = if (head + tail) * 2 <= count { (head, tail) } else { (0, 0) };
        let place = |(at, character)| if at < shown.0 || at >= count - shown.1 { character } else { '*' };
        self.0.chars().enumerate().map(place).collect()
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sensitive(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Sensitive;

    #[test]
    fn nothing_shows_in_debug() {
        let number = Sensitive::new("11010519491231002X".to_owned());
        assert_eq!(format!("{number:?}"), "Sensitive(…)");
    }

    #[test]
    fn masking_hides_at_least_half() {
        let number = Sensitive::new("11010519491231002X".to_owned());
        assert_eq!(number.masked(3, 4), "110***********002X");
        assert_eq!(Sensitive::new("12345678".to_owned()).masked(3, 4), "********");
        assert_eq!(Sensitive::new(String::new()).masked(1, 0), "");
        assert_eq!(Sensitive::new("张三丰某".to_owned()).masked(1, 0), "张***");
    }
}
