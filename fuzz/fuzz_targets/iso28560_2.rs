// SPDX-License-Identifier: GPL-3.0-only
//! Any bytes as the memory of a library tag, with any data storage format in front.
#![no_main]

use doorstep_drivers::rfid::TagContent;
use doorstep_drivers::rfid::iso28560_2::{DataObjects, Usage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((dsfid, memory)) = bytes.split_first() else { return };
    let content = TagContent::decode(Some(*dsfid), memory);
    let is_patron = content.usage() == Some(Usage::Patron);
    assert!(content.item_id().is_none() || !is_patron, "the number of a patron passes for an item");
    assert!(content.patron_id().is_none() || is_patron);
    let objects = DataObjects::decode(memory);
    let _ = (objects.announced(), objects.set_information());
    assert!(objects.objects.len() <= 27, "an element occurs twice");
    for object in &objects.objects {
        // What was read reads the same when it is written in the same way, where that can be done.
        if let Some(text) = object.text()
            && let Ok(packed) = object.compaction.encode(text.expose())
        {
            let again = object.compaction.decode(&packed);
            assert_eq!(again.as_ref(), Ok(text.expose()));
        }
    }
});
