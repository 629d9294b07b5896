// SPDX-License-Identifier: GPL-3.0-only
//! The supervisor with a driver that does what the test says.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc as std_mpsc;

use doorstep_drivers::device::{Details, DeviceClass, DeviceStatus, StatusReport};
use doorstep_drivers::transport::PipeError;

use super::*;

const LIMIT: Duration = Duration::from_secs(10);

/// What the world does to the device.
#[derive(Default)]
struct World {
    plugged: AtomicBool,
    panics_at_open: AtomicBool,
    panics_at_status: AtomicBool,
    panics_at_attend: AtomicBool,
    open_drivers: AtomicUsize,
    paper_low: AtomicBool,
}

struct Driver {
    world: Arc<World>,
    events: Arc<Mutex<VecDeque<u32>>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.world.open_drivers.fetch_sub(1, Ordering::SeqCst);
    }
}

fn gone() -> DeviceError {
    DeviceError::Pipe(PipeError::Disconnected)
}

impl Driver {
    fn still_there(&self) -> Result<(), DeviceError> {
        if self.world.plugged.load(Ordering::SeqCst) { Ok(()) } else { Err(gone()) }
    }
}

impl Device for Driver {
    type Event = u32;

    fn class(&self) -> DeviceClass {
        DeviceClass::Auxiliaries
    }

    fn describe(&self) -> String {
        "a driver of the test".to_owned()
    }

    fn capabilities(&self) -> Details {
        Details::new()
    }

    fn status(&mut self, _limit: &CommandLimit) -> Result<StatusReport, DeviceError> {
        assert!(!self.world.panics_at_status.load(Ordering::SeqCst), "the driver panics");
        self.still_there()?;
        Ok(if self.world.paper_low.load(Ordering::SeqCst) {
            StatusReport::new(DeviceStatus::UserError).with("paper", "low")
        } else {
            StatusReport::new(DeviceStatus::Online)
        })
    }

    fn reset(&mut self, _limit: &CommandLimit) -> Result<(), DeviceError> {
        Err(DeviceError::Unsupported { command: "reset" })
    }

    fn attend(&mut self, limit: &CommandLimit) -> Result<Option<u32>, DeviceError> {
        loop {
            assert!(!self.world.panics_at_attend.load(Ordering::SeqCst), "the driver panics");
            self.still_there()?;
            if let Some(event) = self.events.lock().unwrap().pop_front() {
                return Ok(Some(event));
            }
            if limit.check().is_err() {
                return Ok(None);
            }
            std::thread::park_timeout(limit.step().min(Duration::from_millis(2)));
        }
    }
}

struct Bench {
    world: Arc<World>,
    events: Arc<Mutex<VecDeque<u32>>>,
    supervisor: Supervisor<Driver>,
    taken: mpsc::Receiver<u32>,
}

fn start(plugged: bool) -> Bench {
    let world = Arc::new(World::default());
    world.plugged.store(plugged, Ordering::SeqCst);
    let events = Arc::new(Mutex::new(VecDeque::new()));
    let (its_world, its_events) = (Arc::clone(&world), Arc::clone(&events));
    let open: Opener<Driver> = Box::new(move |_| {
        assert!(!its_world.panics_at_open.load(Ordering::SeqCst), "opening panics");
        if !its_world.plugged.load(Ordering::SeqCst) {
            return Err(DeviceError::Pipe(PipeError::Absent(std::io::Error::other("nothing there"))));
        }
        its_world.open_drivers.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Driver { world: Arc::clone(&its_world), events: Arc::clone(&its_events) }))
    });
    let times = Times {
        look: Duration::from_millis(40),
        look_again: Duration::from_millis(10),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..Times::default()
    };
    let codes = FaultCodes::default();
    let (supervisor, taken) = Supervisor::start(Plan { name: "test-device".to_owned(), open, times, codes });
    Bench { world, events, supervisor, taken }
}

impl Bench {
    async fn until(&self, what: &str, holds: impl Fn(&Health) -> bool) -> Health {
        let mut health = self.supervisor.health();
        let waiting = health.wait_for(|health| holds(health));
        match tokio::time::timeout(LIMIT, waiting).await {
            Ok(Ok(health)) => health.clone(),
            other => panic!("never {what}: {other:?}, {:?}", self.supervisor),
        }
    }

    async fn online(&self) -> Health {
        self.until("online", |health| health.status == DeviceStatus::Online).await
    }
}

#[tokio::test]
async fn a_device_that_is_missing_at_the_start_is_found_later() {
    let bench = start(false);
    let health = bench.until("absent", |health| health.status == DeviceStatus::NoDevice).await;
    assert_eq!(health.fault.map(|fault| fault.code), Some(FaultCode::DeviceAbsent));
    let refused = bench.supervisor.command(LIMIT, |_, _| Ok(())).await;
    assert!(matches!(refused, Err(CommandError::NotBegun(fault)) if fault.code == FaultCode::DeviceAbsent));
    bench.world.plugged.store(true, Ordering::SeqCst);
    let health = bench.online().await;
    assert_eq!((health.fault, health.counters.opened), (None, 1));
    assert_eq!(health.last_fault.map(|fault| fault.code), Some(FaultCode::DeviceAbsent));
    assert!(matches!(bench.supervisor.command(LIMIT, |_, _| Ok(7)).await, Ok(7)));
}

#[tokio::test]
async fn pulled_out_and_put_in_again_and_again_it_is_right_each_time() {
    let bench = start(true);
    for time in 1..=50 {
        bench.online().await;
        bench.world.plugged.store(false, Ordering::SeqCst);
        let health = bench.until("lost", |health| health.status == DeviceStatus::NoDevice).await;
        assert_eq!(health.counters.lost, time);
        assert_eq!(bench.world.open_drivers.load(Ordering::SeqCst), 0);
        bench.world.plugged.store(true, Ordering::SeqCst);
    }
    assert_eq!(bench.online().await.counters.opened, 51);
}

#[tokio::test]
async fn a_driver_that_panics_is_opened_anew() {
    let bench = start(true);
    bench.online().await;
    let panicked = bench.supervisor.command(LIMIT, |_, _| -> Result<(), _> { panic!("the command panics") }).await;
    assert!(matches!(panicked, Err(CommandError::Device(DeviceError::Driver))));
    let flags: [fn(&World) -> &AtomicBool; 3] =
        [|world| &world.panics_at_status, |world| &world.panics_at_attend, |world| &world.panics_at_open];
    for (done, flag) in flags.iter().enumerate() {
        let before = bench.online().await.counters.panics;
        flag(&bench.world).store(true, Ordering::SeqCst);
        if done == 2 {
            // Only a device that was lost is opened.
            let _ = bench.supervisor.command(LIMIT, |_, _| -> Result<(), _> { Err(gone()) }).await;
        }
        let health = bench.until("panicked", |health| health.counters.panics > before).await;
        assert_eq!(health.last_fault.map(|fault| fault.code), Some(FaultCode::DeviceDriver));
        flag(&bench.world).store(false, Ordering::SeqCst);
    }
    bench.online().await;
    assert_eq!(bench.world.open_drivers.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_fault_that_the_device_tells_is_published_and_taken_back() {
    let bench = start(true);
    bench.online().await;
    bench.world.paper_low.store(true, Ordering::SeqCst);
    let health = bench.until("low", |health| health.status == DeviceStatus::UserError).await;
    assert_eq!(health.details.get("paper").map(String::as_str), Some("low"));
    assert_eq!(
        health.fault.map(|fault| fault.chain).as_deref(),
        Some("the device says that it is userError, paper low")
    );
    bench.world.paper_low.store(false, Ordering::SeqCst);
    assert_eq!(bench.online().await.fault, None);
}

#[tokio::test]
async fn events_come_out_in_order_and_those_that_nobody_takes_are_counted() {
    let mut bench = start(true);
    bench.events.lock().unwrap().extend(0..20);
    for expected in 0..20 {
        assert_eq!(tokio::time::timeout(LIMIT, bench.taken.recv()).await.ok().flatten(), Some(expected));
        if expected == 3 {
            bench.until("all sent", |health| health.counters.events == 20).await;
            break;
        }
    }
    let lost = bench.until("lost", |health| health.counters.events == 20).await.counters.events_lost;
    let mut left = 0;
    while bench.taken.try_recv().is_ok() {
        left += 1;
    }
    assert_eq!(4 + left + lost, 20);
    assert!(left <= MOST_EVENTS as u64);
}

/// A command that waits until the test lets it go on.
fn held(go: std_mpsc::Receiver<()>) -> impl FnOnce(&mut Driver, &CommandLimit) -> Result<(), DeviceError> + Send {
    move |_, limit| {
        while go.try_recv().is_err() {
            limit.check()?;
            std::thread::park_timeout(Duration::from_millis(1));
        }
        Ok(())
    }
}

#[tokio::test]
async fn a_command_whose_turn_does_not_come_was_not_begun_and_one_that_runs_is_called_back() {
    let bench = start(true);
    let (_go, wait) = std_mpsc::channel();
    let first = tokio::spawn({
        let supervisor = bench.supervisor.clone();
        async move { supervisor.command(Duration::from_millis(150), held(wait)).await }
    });
    bench.until("opened", |health| health.counters.opened == 1).await;
    tokio::task::yield_now().await;
    let second = bench.supervisor.command(Duration::from_millis(20), |_, _| Ok(())).await;
    assert!(matches!(second, Err(CommandError::NotBegun(fault)) if fault.code == FaultCode::DeviceSilent));
    let first = tokio::time::timeout(LIMIT, first).await.unwrap().unwrap();
    assert!(matches!(first, Err(CommandError::Device(DeviceError::NoAnswer | DeviceError::Cancelled))), "{first:?}");
    assert!(bench.supervisor.command(LIMIT, |_, _| Ok(())).await.is_ok(), "the next one gets its turn");
}

#[tokio::test]
async fn whoever_drops_a_command_calls_it_back() {
    let bench = start(true);
    bench.online().await;
    let (_go, wait) = std_mpsc::channel();
    let command = bench.supervisor.command(LIMIT, held(wait));
    assert!(tokio::time::timeout(Duration::from_millis(30), command).await.is_err());
    let health = bench.until("called back", |health| health.counters.failed == 1).await;
    assert_eq!(health.counters.lost, 0);
}

#[tokio::test]
async fn the_queue_has_an_end_and_is_wiped_with_the_session() {
    let bench = start(true);
    bench.online().await;
    let (go, wait) = std_mpsc::channel();
    let mut commands = vec![tokio::spawn({
        let supervisor = bench.supervisor.clone();
        async move { supervisor.command(LIMIT, held(wait)).await }
    })];
    while bench.supervisor.handle.0.lock().next_number == 0 || !bench.supervisor.handle.0.lock().waiting.is_empty() {
        tokio::task::yield_now().await;
    }
    for _ in 0..MOST_WAITING {
        let supervisor = bench.supervisor.clone();
        commands.push(tokio::spawn(async move { supervisor.command(LIMIT, |_, _| Ok(())).await }));
    }
    while bench.supervisor.handle.0.lock().waiting.len() < MOST_WAITING {
        tokio::task::yield_now().await;
    }
    let refused = bench.supervisor.command(LIMIT, |_, _| Ok(())).await;
    assert!(matches!(refused, Err(CommandError::NotBegun(fault)) if fault.code == FaultCode::QueueFull));
    bench.supervisor.wipe();
    go.send(()).unwrap();
    for (at, command) in commands.into_iter().enumerate() {
        let result = command.await.unwrap();
        assert_eq!(result.is_ok(), at == 0, "{result:?}");
    }
}

#[tokio::test]
async fn stopping_ends_the_thread_and_lets_go_of_the_device() {
    let bench = start(true);
    bench.online().await;
    let (_go, wait) = std_mpsc::channel();
    let running = tokio::spawn({
        let supervisor = bench.supervisor.clone();
        async move { supervisor.command(LIMIT, held(wait)).await }
    });
    while bench.supervisor.handle.0.lock().running.is_none() {
        tokio::task::yield_now().await;
    }
    tokio::time::timeout(LIMIT, bench.supervisor.stop()).await.unwrap();
    assert_eq!(bench.world.open_drivers.load(Ordering::SeqCst), 0);
    // Called back in its middle, or in the moment before it was begun.
    let called_back = running.await.unwrap();
    let told = matches!(called_back, Err(CommandError::Device(DeviceError::Cancelled) | CommandError::NotBegun(_)));
    assert!(told, "{called_back:?}");
    assert!(matches!(bench.supervisor.command(LIMIT, |_, _| Ok(())).await, Err(CommandError::NotBegun(_))));
}
