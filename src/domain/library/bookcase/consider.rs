// SPDX-License-Identifier: GPL-3.0-only
//! Time for somebody who looks closely at what is believed.

use super::case::Bookcase;
use super::record::VisitKey;
use crate::domain::time::Now;

/// Somebody who looks closely has so many times the usual time; then it counts as confirmed all the same, or
/// a session that ended meanwhile would leave its books unsettled.
const CLOSELY: u32 = 12;

impl Bookcase {
    /// The resident looks closely at the lines, to say which are wrong; or does so no longer. Changes nothing
    /// where nothing of this visit is proposed.
    pub fn consider(&mut self, now: Now, key: &VisitKey, closely: bool) {
        let confirm = self.policy.confirm;
        if !self.is_proposed(key) {
            return;
        }
        if let Some(proposed) = &mut self.proposed {
            proposed.until = now.moment + if closely { confirm * CLOSELY } else { confirm };
        }
    }

    /// Whether a visit has come to its end: what it came to has been begun, or it came to nothing. True of a
    /// recent visit only; nobody asks for an old one.
    #[must_use]
    pub fn is_over(&self, key: &VisitKey) -> bool {
        self.over.contains(key)
    }
}
