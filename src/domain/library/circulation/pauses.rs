// SPDX-License-Identifier: GPL-3.0-only
//! Pauses that grow, and are shaken a little by a seed that is given.

use std::time::Duration;

use super::CirculationPolicy;

/// SplitMix64 (Steele, Lea, Flood 2014): enough for spreading, and reproducible.
#[derive(Debug)]
pub(super) struct Pauses(u64);

impl Pauses {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The pause after the `failures`th failure in a row: three to five quarters of the doubled one.
    pub(super) fn after(&mut self, failures: u32, policy: &CirculationPolicy) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        let pause = policy.first_pause.saturating_mul(1 << doublings).min(policy.longest_pause);
        let thousandths = u32::try_from(750 + self.next() % 501).unwrap_or(1000);
        // Never none: a pause of nothing would ask without end.
        (pause.saturating_mul(thousandths) / 1000).max(Duration::from_millis(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_shaken_by_a_quarter() {
        let policy = CirculationPolicy::default();
        let mut pauses = Pauses::new(7);
        for (failures, seconds) in [(1, 5.0), (2, 10.0), (3, 20.0), (8, 600.0), (4_000_000, 600.0)] {
            let shaken: Vec<f64> = (0..50).map(|_| pauses.after(failures, &policy).as_secs_f64()).collect();
            assert!(shaken.iter().all(|pause| (seconds * 0.749..seconds * 1.251).contains(pause)), "{shaken:?}");
            assert!(shaken.iter().any(|pause| *pause < seconds * 0.9), "not shaken");
            assert!(shaken.iter().any(|pause| *pause > seconds * 1.1), "not shaken");
        }
        let again = Pauses::new(7).after(1, &policy);
        assert_eq!(again, Pauses::new(7).after(1, &policy));
        assert_ne!(again, Pauses::new(8).after(1, &policy));
    }
}
