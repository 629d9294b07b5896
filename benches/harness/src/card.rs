// SPDX-License-Identifier: GPL-3.0-only
//! A resident ID card, from the moment it is laid down until its text is there: the driver under the program's
//! supervisor, on a pty whose other side answers as slowly as a serial line.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep::devices::supervisor::{FaultCodes, Plan, Supervisor, Times};
use doorstep_drivers::card_reader::CardReader;
use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::card_reader::sdt::{SdtOptions, SdtReader};
use doorstep_drivers::sim::{Sim, SimWire};
use doorstep_drivers::transport::Endpoint;

use crate::report::{Report, Target, percentile};
use crate::{Outcome, Setup};

/// Cards that are laid down.
const CARDS: u64 = 100;
/// Bits a second, ten of them a byte.
const BAUD: u32 = 115_200;
/// Answers of one card: found, selected, text and photo, no newest address.
const ANSWER_BYTES: u32 = 15 + 19 + 1295 + 11;
/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: card");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let mut beyond = runtime.block_on(lay_down(setup))?;
    let wire = Some(("the wire at 115,200 baud", wire_seconds() * 1000.0));
    report.add("card to its text, beyond the wire, p50", "ms", percentile(&mut beyond, 0.5), wire, Target::None);
    report.add(
        "card to its text, beyond the wire, p99",
        "ms",
        percentile(&mut beyond, 0.99),
        wire,
        Target::AtMost(50.0),
    );
    Ok(())
}

fn wire_seconds() -> f64 {
    f64::from(ANSWER_BYTES) * 10.0 / f64::from(BAUD)
}

/// Milliseconds beyond the time of the wire, one for each card.
async fn lay_down(setup: &Setup) -> Outcome<Vec<f64>> {
    let link = setup.work.join("id-reader");
    let sim = Arc::new(Sim::start("bench-id-reader", IdReader::new(), SimWire::Pty(link.clone()))?);
    sim.order(&format!("baud {BAUD}"))?;
    let endpoint = Endpoint::Device(link);
    let (reader, _events) = Supervisor::<dyn CardReader>::start(Plan {
        name: "id-reader".to_owned(),
        open: Box::new(move |limit| Ok(Box::new(SdtReader::open(endpoint.open()?, SdtOptions::default(), limit)?))),
        times: Times::default(),
        codes: FaultCodes::default(),
    });
    let mut beyond = Vec::new();
    for round in 0..=CARDS {
        let hand = std::thread::spawn({
            let sim = Arc::clone(&sim);
            move || {
                // At all points of the interval between two searches.
                std::thread::sleep(Duration::from_micros(20_000 + round * 197 % 20_000));
                let now = Instant::now();
                sim.with(|sim| sim.present(SimCard::resident()));
                now
            }
        });
        reader.command(PATIENCE, |reader: &mut (dyn CardReader + 'static), limit| reader.read(limit)).await?;
        let read = Instant::now();
        let laid_down = hand.join().map_err(|_| "no card was laid down")?;
        sim.with(IdReader::remove);
        // The first one waits for the device to be opened.
        if round > 0 {
            beyond.push(((read - laid_down).as_secs_f64() - wire_seconds()).max(0.0) * 1000.0);
        }
    }
    reader.stop().await;
    Ok(beyond)
}
