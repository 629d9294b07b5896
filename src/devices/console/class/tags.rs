// SPDX-License-Identifier: GPL-3.0-only
//! An RFID reader counts the tags before each of its antennas.

use std::time::Duration;

use doorstep_drivers::device::CommandLimit;
use doorstep_drivers::rfid::RfidReader;

use super::super::test::Failure;
use super::Trial;

/// Time for one pass.
const PASS: Duration = Duration::from_secs(20);
/// Most numbers of tags that are shown for an antenna.
const MOST_SHOWN: usize = 10;

pub(super) fn try_out(reader: &mut dyn RfidReader, trial: &mut Trial<'_>) -> Result<(), Failure> {
    for antenna in reader.antennas() {
        reader.select_antenna(antenna, &CommandLimit::after(PASS))?;
        let inventory = reader.inventory(None, &CommandLimit::after(PASS))?;
        let count = inventory.sightings.len();
        let unclear = match inventory.unresolved {
            0 => String::new(),
            more => format!("; {more} answers could not be told apart"),
        };
        trial.saw("tags", format!("antenna {antenna}: {count}{unclear}"));
        // `Debug` of a number shows its maker and its last digits: a patron's card is a tag as well.
        let mut numbers: Vec<String> =
            inventory.sightings.iter().take(MOST_SHOWN).map(|sighting| format!("{:?}", sighting.uid)).collect();
        if count > MOST_SHOWN {
            numbers.push(format!("and {} more", count - MOST_SHOWN));
        }
        if count > 0 {
            trial.saw("numbers", numbers.join(", "));
        }
    }
    Ok(())
}
