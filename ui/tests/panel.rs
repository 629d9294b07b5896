// SPDX-License-Identifier: GPL-3.0-only
//! The demo's window of simulated devices: its keys give the orders that they say, in both languages, and nothing is
//! cut off. `DOORSTEP_PANEL_PICTURES=FOLDER` keeps pictures of it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

use std::cell::RefCell;
use std::rc::Rc;

use doorstep_ui::{Panel, PanelDevice, PanelHealth, PanelKind, SimPanel};
use i_slint_backend_testing::{AccessibleRole, ElementQuery, TestingBackend, TestingBackendOptions};
use slint::{ComponentHandle, ModelRc, PhysicalSize, VecModel};

/// So many letters of the panel's size fit on a key; fewer Chinese ones are always enough.
const MOST_LETTERS: usize = 14;

fn device(name: &str, kind: PanelKind, health: PanelHealth, code: &str, plugged: bool, heard: &str) -> PanelDevice {
    PanelDevice { name: name.into(), kind, plugged, health, fault_code: code.into(), heard: heard.into() }
}

fn devices() -> Vec<PanelDevice> {
    vec![
        device("id-reader", PanelKind::IdReader, PanelHealth::Well, "", true, "Inserted(IdDocument)"),
        device("slip-printer", PanelKind::SlipPrinter, PanelHealth::Attention, "PRN-06", true, "paper low"),
        device("scanner", PanelKind::Scanner, PanelHealth::Starting, "", true, ""),
        device("bookcase", PanelKind::Bookcase, PanelHealth::Absent, "DEV-01", false, ""),
        device("gate-sensor", PanelKind::Presence, PanelHealth::Well, "", true, "present"),
    ]
}

fn keep(panel: &SimPanel, name: &str) {
    let Some(folder) = std::env::var_os("DOORSTEP_PANEL_PICTURES") else { return };
    let picture = panel.window().take_snapshot().unwrap();
    let file = std::fs::File::create(std::path::Path::new(&folder).join(name)).unwrap();
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.write_header().unwrap().write_image_data(picture.as_bytes()).unwrap();
}

#[test]
fn every_key_gives_its_order_in_both_languages() {
    slint::platform::set_platform(Box::new(TestingBackend::new(TestingBackendOptions {
        mock_time: true,
        threading: false,
        renderer_name: Some("software".into()),
    })))
    .unwrap();
    let panel = SimPanel::new().unwrap();
    panel.window().set_size(PhysicalSize::new(440, 1300));
    panel.global::<Panel>().set_devices(ModelRc::new(VecModel::from(devices())));
    let orders = Rc::new(RefCell::new(Vec::new()));
    let heard = Rc::clone(&orders);
    panel.global::<Panel>().on_order(move |device, words| heard.borrow_mut().push(format!("{device}: {words}")));
    panel.show().unwrap();
    let mut given = Vec::new();
    for language in ["", "en"] {
        slint::select_bundled_translation(language).unwrap();
        i_slint_backend_testing::mock_elapsed_time(std::time::Duration::from_millis(100));
        keep(&panel, if language.is_empty() { "panel-zh.png" } else { "panel-en.png" });
        let keys = ElementQuery::from_root(&panel).match_accessible_role(AccessibleRole::Button).find_all();
        assert!(keys.len() > 30, "{} keys", keys.len());
        for key in keys {
            let label = key.accessible_label().unwrap_or_default();
            assert_eq!(label.is_ascii(), language == "en", "{label}");
            assert!(label.chars().count() <= MOST_LETTERS, "{label} would be cut off");
            let before = orders.borrow().len();
            key.invoke_accessible_default_action();
            assert_eq!(orders.borrow().len(), before + 1, "{label} gives no order");
        }
        given.push(orders.take());
    }
    assert_eq!(given[0], given[1], "the language of the panel changes no order");
    assert!(given[0].contains(&"bookcase: plug".to_owned()) && given[0].contains(&"id-reader: unplug".to_owned()));
}
