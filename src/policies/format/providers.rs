// SPDX-License-Identifier: GPL-3.0-only
//! `institutions.yaml` and `documents.yaml`: who gives, and what people bring.

use super::reader::Entry;
use super::tables::Tables;
use super::values::{PARAGRAPH, TITLE};
use crate::domain::policy::pack::{Document, Institution, Pack};
use crate::policies::fault::FaultKind;

/// Most institutions, and most documents.
const MOST: usize = 2_000;
/// Most facts that prove a document.
const MOST_PROOFS: usize = 32;

/// Reads `institutions.yaml`.
pub(super) fn institutions(root: &Entry<'_>, tables: &mut Tables, pack: &mut Pack) {
    const EXAMPLE: &str = "- {key: civil-affairs, name: …, place: …, phone: \"12345\"}";
    tables.institutions.complete = root.file.complete && root.items().is_some();
    for item in root.list(1, MOST, EXAMPLE) {
        let read = item.map(EXAMPLE, |map| {
            let key_entry = map.need("key", "key: civil-affairs");
            let key = key_entry.as_ref().and_then(Entry::new_key);
            let name = map.need_words("name", TITLE);
            let place = map.need_words("place", PARAGRAPH);
            let phone = map.need("phone", "phone: \"12345\"").and_then(|entry| entry.phone());
            let web = map.get("web").and_then(|entry| entry.link());
            let institution = Institution {
                key: key?,
                name: name.unwrap_or_default(),
                place: place.unwrap_or_default(),
                phone: phone.unwrap_or_default(),
                web,
            };
            Some((key_entry?, institution))
        });
        let Some(Some((entry, institution))) = read else {
            tables.institutions.declare_broken(&item);
            continue;
        };
        if tables.institutions.declare(&institution.key, &entry) {
            pack.institutions.push(institution);
        }
    }
}

/// Reads `documents.yaml`.
pub(super) fn documents(root: &Entry<'_>, tables: &mut Tables, pack: &mut Pack) {
    const EXAMPLE: &str = "- {key: id-card, name: …, id_card: true}";
    tables.documents.complete = root.file.complete && root.items().is_some();
    for item in root.list(0, MOST, EXAMPLE) {
        let read = item.map(EXAMPLE, |map| {
            let key_entry = map.need("key", "key: id-card");
            let key = key_entry.as_ref().and_then(Entry::new_key);
            let name = map.need_words("name", TITLE);
            let from = map.words("from", PARAGRAPH);
            let is_id_card = map.flag_or("id_card", false);
            let mut proved_by = Vec::new();
            let proofs = map.get("proved_by").map(|entry| entry.list(1, MOST_PROOFS, "[disability-grade]"));
            for proof in proofs.unwrap_or_default() {
                let Some((fact, spec)) = tables.fact(&proof) else { continue };
                if !spec.served {
                    let reason = format!("the data service never tells {}", proof.shown());
                    let mend = format!("write `served: true` at the fact `{}`, or remove it here", spec.key);
                    proof.error(FaultKind::Contradiction, reason, mend);
                }
                proved_by.push(fact);
            }
            Some((key_entry?, Document { key: key?, name: name.unwrap_or_default(), from, is_id_card, proved_by }))
        });
        let Some(Some((entry, document))) = read else {
            tables.documents.declare_broken(&item);
            continue;
        };
        if tables.documents.declare(&document.key, &entry) {
            pack.documents.push(document);
        }
    }
}
