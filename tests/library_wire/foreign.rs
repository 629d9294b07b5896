// SPDX-License-Identifier: GPL-3.0-only
//! The client of PyPI's `Sip2`, which nobody here wrote, against the simulated library.
//!
//! The environment variable `DOORSTEP_TEST_PYTHON` names an interpreter that has the package. Without it the test is
//! passed over, except under `CI=true`, where it fails.

use std::path::PathBuf;

use doorstep::services::library::sim::Kind;
use tokio::process::Command;

use crate::library;

/// Speaks every message that its author thought of, and prints the answers as JSON.
const SCRIPT: &str = r#"
import json, logging, sys
from Sip2.sip2 import Sip2
sip = Sip2()
sip.log = logging.getLogger("sip2")
sip.log.setLevel(logging.CRITICAL)
sip.hostName, sip.hostPort, sip.tlsEnable = "127.0.0.1", int(sys.argv[1]), False
sip.socketTimeout, sip.institutionId, sip.scLocation, sip.language = 20, "NANHU", "kiosk-2", "019"
# It opens a log file in the working folder when it connects; a logger is enough.
sip.connect()
sip.log.setLevel(logging.CRITICAL)
found = {}
def ask(name, request, read):
    answer = read(sip.get_response(request))
    found[name] = {"fixed": answer["fixed"], "variable": answer["variable"], "sum": sip._crc_verify(sip.last_response)}
ask("login", sip.sip_login_request("kiosk", "kiosk-password"), sip.sip_login_response)
ask("status", sip.sip_sc_status_request(), sip.sip_sc_status_response)
sip.patron, sip.patronpwd = "20010012", "2580"
ask("patron_status", sip.sip_patron_status_request(), sip.sip_patron_status_response)
ask("patron", sip.sip_patron_information_request("charged"), sip.sip_patron_information_response)
ask("item", sip.sip_item_information_request("30010001"), sip.sip_item_information_response)
ask("checkout", sip.sip_checkout_request("30010001"), sip.sip_checkout_response)
ask("after", sip.sip_patron_information_request("charged"), sip.sip_patron_information_response)
ask("renew", sip.sip_renew_request("30010001"), sip.sip_renew_response)
# The package forgets the date of this message, which every SIP2 layout has; with it, its reader fits.
found["dateless"] = {"raw": sip.get_response(sip.sip_renew_all_request()).strip(), "sum": sip._crc_verify(sip.last_response)}
sip._request_new("65")
sip._request_addOpt_fixed(sip._datestamp(), 18)
for code, value in (("AO", sip.institutionId), ("AA", sip.patron), ("AD", sip.patronpwd)):
    sip._request_addOpt_var(code, value)
ask("renew_all", sip._request_return(), sip.sip_renew_all_response)
ask("checkin", sip.sip_checkin_request("30010001"), sip.sip_checkin_response)
ask("hold", sip.sip_hold_request("+", "", 2, "30010015"), sip.sip_hold_response)
ask("end", sip.sip_end_patron_session_request(), sip.sip_end_patron_session_response)
sys.stdout = sys.stderr
json.dump(found, open(sys.argv[2], "w"))
"#;

/// The interpreter, if there is one.
fn python() -> Option<PathBuf> {
    match std::env::var_os("DOORSTEP_TEST_PYTHON").filter(|path| !path.is_empty()) {
        Some(path) => Some(path.into()),
        None if std::env::var_os("CI").is_some_and(|value| value == "true") => {
            panic!("DOORSTEP_TEST_PYTHON is not set: `.ci/setup test` makes the folder, `.ci/env` names it")
        }
        None => {
            eprintln!("skipped: DOORSTEP_TEST_PYTHON names no interpreter with Sip2");
            None
        }
    }
}

#[tokio::test]
async fn a_client_of_somebody_else_borrows_and_returns() {
    let Some(python) = python() else { return };
    let (library, control) = library().await;
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.json");
    let port = library.address().port().to_string();
    let run = Command::new(python).current_dir(folder.path()).args(["-c", SCRIPT, &port]).arg(&answers).output();
    let run = run.await.unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let found: serde_json::Value = serde_json::from_slice(&std::fs::read(&answers).unwrap()).unwrap();
    for (name, place, wanted) in [
        ("login", "/fixed/Ok", "1"),
        ("status", "/fixed/OnlineStatus", "Y"),
        ("status", "/variable/AO/0", "NANHU"),
        ("patron_status", "/variable/BL/0", "Y"),
        ("patron_status", "/variable/CQ/0", "Y"),
        ("patron", "/fixed/ChargedItemsCount", "0000"),
        ("item", "/fixed/CirculationStatus", "03"),
        ("checkout", "/fixed/Ok", "1"),
        ("checkout", "/variable/AB/0", "30010001"),
        ("after", "/fixed/ChargedItemsCount", "0001"),
        ("after", "/variable/AU/0", "30010001"),
        ("renew", "/fixed/Ok", "1"),
        ("dateless", "/raw", "96AZFEF6"),
        ("renew_all", "/fixed/UnrenewedItems", "0001"),
        ("checkin", "/fixed/Ok", "1"),
        ("checkin", "/variable/AA/0", "20010012"),
        ("hold", "/fixed/Ok", "1"),
        ("end", "/fixed/EndSession", "Y"),
    ] {
        let value = found[name].pointer(place).and_then(serde_json::Value::as_str);
        assert_eq!(value, Some(wanted), "{name}{place} in {:#}", found[name]);
    }
    for (name, answer) in found.as_object().unwrap() {
        assert_eq!(answer["sum"], true, "checksum of {name}");
    }
    let counts = [Kind::Checkout, Kind::Renewal, Kind::Checkin].map(|kind| control.count(kind, "30010001").unwrap());
    assert_eq!((counts, control.audit().unwrap().len()), ([1, 1, 1], 0));
}
