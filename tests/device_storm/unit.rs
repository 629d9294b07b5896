// SPDX-License-Identifier: GPL-3.0-only
//! One simulator, and every device on its wire.

use std::fmt;
use std::time::{Duration, Instant};

use doorstep::devices::supervisor::Health;
use doorstep_drivers::device::DeviceStatus;

use crate::acts::{Act, Not, Order};
use crate::chance::Chance;

/// How long a state may take to come. Generous: what is measured is printed.
const STATE_LIMIT: Duration = Duration::from_secs(20);

/// How far a command may come before the device is pulled out.
const LONGEST_USE: Duration = Duration::from_millis(30);

/// How long it is waited for the command's end in one turn of sixteen, so that a fault of the wire can have its whole effect
/// on a device that stays there.
const WHOLE_USE: Duration = Duration::from_millis(1700);

/// One turn in so many is rough: something is wrong with the device while it is put in.
const ROUGH: usize = 8;

/// A device that is back is used all the way in one turn of so many: moving a lock and drawing a sheet take long. While
/// it is pulled out it is used all the way each time.
const WHOLE: u64 = 20;

/// How often something is tried that a fault may have hit, which was set on purpose.
const TRIES: usize = 6;

/// What happened to one wire.
#[derive(Default)]
pub struct Tally {
    pub name: &'static str,
    pub turns: u64,
    worked: u64,
    failed: u64,
    not_begun: u64,
    faults: u64,
    gone: Times,
    back: Times,
    /// Until the commands that ran had ended.
    ended: Times,
    /// The commands afterwards.
    used: Times,
}

#[derive(Default)]
struct Times {
    all: Duration,
    longest: Duration,
}

impl Times {
    fn add(&mut self, time: Duration) {
        self.all += time;
        self.longest = self.longest.max(time);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, turns, worked, failed, not_begun, faults, gone, back, ended, used } = self;
        let mean = |times: &Times| times.all.as_millis() / u128::from(*turns).max(1);
        write!(
            formatter,
            "{name:12} {turns} turns, {faults} faults; commands: {worked} worked, {failed} failed, {not_begun} not begun; \
             noticed gone after {} ms (longest {}), online after {} ms (longest {}), commands ended {} ms after that (longest {}), and took {} ms \
             afterwards (longest {})",
            mean(gone),
            gone.longest.as_millis(),
            mean(back),
            back.longest.as_millis(),
            mean(ended),
            ended.longest.as_millis(),
            mean(used),
            used.longest.as_millis()
        )
    }
}

/// One simulator with its devices.
pub struct Unit {
    order: Order,
    devices: Vec<(&'static str, Act)>,
    /// What may go wrong on its wire.
    faults: &'static [&'static str],
    /// It is pulled out in one of so many turns.
    share: u64,
    pub tally: Tally,
}

/// Whether the device is there and all is well.
fn is_online(health: &Health) -> bool {
    health.status == DeviceStatus::Online && health.fault.is_none()
}

impl Unit {
    pub fn new(
        name: &'static str,
        order: Order,
        faults: &'static [&'static str],
        devices: Vec<(&'static str, Act)>,
    ) -> Self {
        let tally = Tally { name, ..Tally::default() };
        Self { order, devices, faults, share: 1, tally }
    }

    /// The same with one turn where others have `share`.
    pub fn with_share(self, share: u64) -> Self {
        Self { share, ..self }
    }

    /// Its turns, where the usual ones are `turns`.
    pub fn turns(&self, turns: u64) -> u64 {
        turns.div_ceil(self.share)
    }

    pub fn devices(&self) -> usize {
        self.devices.len()
    }

    #[track_caller]
    fn tell(&self, line: &str) {
        (self.order)(line).unwrap_or_else(|error| panic!("{}: `{line}`: {error}", self.tally.name));
    }

    fn set_fault(&mut self, chance: &mut Chance) {
        let fault = *chance.of(self.faults);
        self.tell(fault);
        self.tally.faults += 1;
    }

    fn context(&self, device: &str) -> String {
        format!("{}: {device}, turn {}", self.tally.name, self.tally.turns)
    }

    /// Waits until the health of every device is so.
    async fn wait(&self, what: &str, is_so: impl Fn(&Act, &Health) -> bool) {
        for (name, act) in &self.devices {
            let mut health = act.health();
            let waited = tokio::time::timeout(STATE_LIMIT, health.wait_for(|health| is_so(act, health))).await;
            assert!(waited.is_ok(), "{}: not {what}: {:?}", self.context(name), act.health().borrow());
        }
    }

    /// Waits until every device is well, and was opened more than `before` times.
    pub async fn wait_until_online(&self, before: u64) {
        self.wait("online", |_, health| is_online(health) && health.counters.opened > before).await;
    }

    fn is_gone(act: &Act, health: &Health) -> bool {
        let code = health.fault.as_ref().map(|fault| fault.code);
        health.status == DeviceStatus::NoDevice && code == Some(act.absent_code())
    }

    fn count(&mut self, result: &Result<(), Not>) {
        match result {
            Ok(()) => self.tally.worked += 1,
            Err(Not::Begun(_)) => self.tally.not_begun += 1,
            Err(Not::Done(_)) => self.tally.failed += 1,
        }
    }

    /// Uses the device, pulls it out meanwhile, puts it in again.
    pub async fn turn(&mut self, chance: &mut Chance) {
        self.tally.turns += 1;
        let opened: Vec<u64> = self.devices.iter().map(|(_, act)| act.health().borrow().counters.opened).collect();
        self.pull_out_in_use(chance).await;
        if chance.once_in(4) {
            self.use_what_is_gone().await;
        }
        self.tell("clear");
        let rough = chance.once_in(ROUGH);
        if rough {
            self.set_fault(chance);
        }
        let began = Instant::now();
        self.tell("plug");
        if rough && chance.once_in(2) {
            // The fault may be one that lasts: without it the device has to be found by itself.
            self.wait("looked for", |_, health| health.status != DeviceStatus::NoDevice).await;
            self.tell("clear");
        } else if rough {
            self.tell("clear");
        }
        for ((name, act), before) in self.devices.iter().zip(&opened) {
            let mut health = act.health();
            let is_back = |health: &Health| is_online(health) && health.counters.opened > *before;
            let waited = tokio::time::timeout(STATE_LIMIT, health.wait_for(is_back)).await;
            assert!(waited.is_ok(), "{}: not back: {:?}", self.context(name), act.health().borrow());
        }
        self.tally.back.add(began.elapsed());
        let began = Instant::now();
        self.use_what_is_back(rough).await;
        self.tally.used.add(began.elapsed());
    }

    async fn pull_out_in_use(&mut self, chance: &mut Chance) {
        if chance.once_in(3) {
            self.set_fault(chance);
        }
        let run = |(_, act): &(&'static str, Act)| {
            let (act, order) = (act.clone(), self.order.clone());
            tokio::spawn(async move { act.run(&order, true).await })
        };
        let mut used: Vec<_> = self.devices.iter().map(run).collect();
        // It is pulled out somewhere in the middle of the command, or after it.
        let first = chance.below(used.len());
        let moment = if chance.once_in(16) { WHOLE_USE } else { chance.up_to(LONGEST_USE) };
        let ended = tokio::time::timeout(moment, &mut used[first]).await;
        let began = Instant::now();
        self.tell("unplug");
        self.wait("noticed as gone", Self::is_gone).await;
        self.tally.gone.add(began.elapsed());
        if let Ok(result) = ended {
            drop(used.remove(first));
            self.count(&result.unwrap());
        }
        let began = Instant::now();
        for used in used {
            let result = used.await.unwrap();
            self.count(&result);
        }
        self.tally.ended.add(began.elapsed());
        for (name, act) in &self.devices {
            act.compare(&self.context(name));
        }
    }

    /// A command to a device that is not there says so, and changes nothing of it.
    async fn use_what_is_gone(&mut self) {
        for (name, act) in self.devices.clone() {
            let result = act.run(&self.order, true).await;
            let told = matches!(result, Err(Not::Begun(code)) if code == act.absent_code());
            assert!(told, "{}: {result:?}", self.context(name));
            self.count(&result);
        }
        self.wait("gone still", Self::is_gone).await;
    }

    /// A command works at once; after a fault that was set on purpose, soon.
    async fn use_what_is_back(&mut self, rough: bool) {
        let whole = self.tally.turns.is_multiple_of(WHOLE);
        for (name, act) in self.devices.clone() {
            for left in (0..if rough { TRIES } else { 1 }).rev() {
                let result = act.run(&self.order, whole).await;
                self.count(&result);
                if result.is_ok() {
                    break;
                }
                let health = act.health().borrow().clone();
                assert!(left > 0, "{}: {result:?}, {health:?}", self.context(name));
            }
            act.compare(&self.context(name));
        }
    }

    /// Leaves it as it was at the beginning.
    pub async fn end(&mut self) {
        self.tell("clear");
        self.wait("online", |_, health| is_online(health)).await;
    }
}
