// SPDX-License-Identifier: GPL-3.0-only
//! Numbers that look random and repeat from a seed, so that a simulated day can be run again.

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for invented drivers. Not for secrets.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number under `limit`; 0 where `limit` is 0.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next().checked_rem(limit).unwrap_or(0)
    }

    /// A number from 0 to below 1.
    pub(super) fn fraction(&mut self) -> f64 {
        // 53 bits fit a double exactly.
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let numerator = (self.next() >> 11) as f64;
        numerator / 9_007_199_254_740_992.0
    }

    /// One of `choices`; `None` only where there are none.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> Option<&'a T> {
        let index = usize::try_from(self.below(choices.len() as u64)).ok()?;
        choices.get(index)
    }

    /// The hexadecimal form of a version 4 UUID.
    pub(super) fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 50) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }

    /// Seven hexadecimal characters, as le.taxi's hails have.
    pub(super) fn short_id(&mut self) -> String {
        format!("{:07x}", self.next() & 0x0fff_ffff)
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_seed_repeats_and_forms_hold() {
        let (mut one, mut other) = (Random::new(7), Random::new(7));
        for _ in 0..200 {
            assert_eq!(one.next(), other.next());
            assert!((0.0..1.0).contains(&one.fraction()) && other.fraction() < 1.0);
        }
        assert_eq!(one.short_id().len(), 7);
        let uuid = one.uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14], uuid.matches('-').count()), (36, b'4', 4));
        assert!(b"89ab".contains(&uuid.as_bytes()[19]));
        assert_eq!((one.below(0), one.pick::<u8>(&[])), (0, None));
    }
}
