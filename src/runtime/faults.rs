// SPDX-License-Identifier: GPL-3.0-only
//! Faults in the log: each with its code and its help, none so often that the log drowns.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::protocol::{Fault, FaultCode};

/// The same fault is written again only after so long; how often it came meanwhile is told then.
const REPEAT_AFTER: Duration = Duration::from_secs(60);

/// What was last written of each fault. Its size is bounded by the number of codes.
#[derive(Debug, Default)]
pub struct FaultLog {
    seen: HashMap<FaultCode, Seen>,
}

#[derive(Debug)]
struct Seen {
    chain: String,
    at: Instant,
    left_out: u32,
}

impl FaultLog {
    /// Writes `fault`, unless the very same was written within the last minute.
    pub fn report(&mut self, fault: &Fault) {
        let now = Instant::now();
        let mut left_out = 0;
        if let Some(seen) = self.seen.get_mut(&fault.code) {
            if seen.chain == fault.chain && now.duration_since(seen.at) < REPEAT_AFTER {
                seen.left_out = seen.left_out.saturating_add(1);
                return;
            }
            left_out = seen.left_out;
        }
        self.seen.insert(fault.code, Seen { chain: fault.chain.clone(), at: now, left_out: 0 });
        tracing::warn!(code = fault.code.code(), help = fault.code.help(), repeated = left_out, "{}", fault.chain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_same_fault_is_counted_not_repeated() {
        let mut log = FaultLog::default();
        let fault = Fault { code: FaultCode::TaxiUnreachable, chain: "connection refused".to_owned() };
        for _ in 0..5 {
            log.report(&fault);
        }
        assert_eq!(log.seen[&FaultCode::TaxiUnreachable].left_out, 4);
        tokio::time::advance(REPEAT_AFTER).await;
        log.report(&fault);
        assert_eq!(log.seen[&FaultCode::TaxiUnreachable].left_out, 0);
    }
}
