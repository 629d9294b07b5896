// SPDX-License-Identifier: GPL-3.0-only
//! The demo's second window, in which a person handles the simulated devices.

use std::rc::Rc;

use doorstep_ui as ui;
use slint::{ComponentHandle, Model, ModelRc, VecModel};
use tokio::sync::{mpsc, watch};

use super::PresenterError;

/// Most orders that wait for the simulators; a click beyond them does nothing.
pub const MOST_ORDERS: usize = 16;

/// What kind of device a card of the window is about; it decides its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelKind {
    /// Slip printer.
    SlipPrinter,
    /// A4 printer.
    A4Printer,
    /// Reader of resident ID cards.
    IdReader,
    /// Bar code scanner.
    Scanner,
    /// Bookcase with doors and tags.
    Bookcase,
    /// Presence sensor.
    Presence,
}

/// What the terminal knows of a device, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelHealth {
    /// Not asked yet.
    Starting,
    /// Well.
    Well,
    /// Somebody has to do something.
    Attention,
    /// Not there, or silent.
    Absent,
}

/// One card of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelDevice {
    /// Name in the settings.
    pub name: String,
    /// Kind.
    pub kind: PanelKind,
    /// Whether the simulator is plugged in.
    pub plugged: bool,
    /// What the terminal knows.
    pub health: PanelHealth,
    /// The code of its fault; empty when there is none.
    pub fault_code: String,
    /// What the terminal heard last from it; nothing personal.
    pub heard: String,
}

/// Everything in the window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanelView {
    /// The cards, from above.
    pub devices: Vec<PanelDevice>,
    /// What the simulator said to the last order, when it refused; else empty.
    pub refusal: String,
}

/// A click: which device, and the line for its simulator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanelOrder {
    /// Name in the settings.
    pub device: String,
    /// A line for the simulator.
    pub words: String,
}

/// The window; it closes when this is dropped.
pub struct SimPanel(ui::SimPanel);

impl std::fmt::Debug for SimPanel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SimPanel")
    }
}

impl SimPanel {
    /// Opens the window, `left_px` pixels from the left: beside the terminal's. Clicks go into `orders`, what is shown
    /// comes from `views`.
    ///
    /// # Errors
    /// No window, or no event loop.
    pub fn open(
        orders: mpsc::Sender<PanelOrder>,
        mut views: watch::Receiver<PanelView>,
        left_px: i32,
    ) -> Result<Self, PresenterError> {
        let window = ui::SimPanel::new().map_err(PresenterError::Open)?;
        window.global::<ui::Panel>().on_order(move |device, words| {
            // Whoever clicks faster than the simulators work clicks in vain.
            let _ = orders.try_send(PanelOrder { device: device.into(), words: words.into() });
        });
        let cards = Rc::new(VecModel::default());
        window.global::<ui::Panel>().set_devices(ModelRc::from(Rc::clone(&cards)));
        let weak = window.as_weak();
        slint::spawn_local(async move {
            loop {
                let view = views.borrow_and_update().clone();
                let Some(window) = weak.upgrade() else { break };
                show(&window, &cards, &view);
                drop(window);
                if views.changed().await.is_err() {
                    break;
                }
            }
        })
        .map_err(PresenterError::Task)?;
        window.window().set_position(slint::PhysicalPosition::new(left_px, 0));
        window.show().map_err(PresenterError::Open)?;
        Ok(Self(window))
    }
}

impl Drop for SimPanel {
    fn drop(&mut self) {
        // Fails only when the window is gone already.
        let _ = self.0.hide();
    }
}

fn show(window: &ui::SimPanel, cards: &VecModel<ui::PanelDevice>, view: &PanelView) {
    let fresh: Vec<ui::PanelDevice> = view.devices.iter().map(card).collect();
    if cards.row_count() == fresh.len() {
        // A card that stays is not made anew: a key would lose the click that is under way.
        for (row, card) in fresh.into_iter().enumerate() {
            if cards.row_data(row).as_ref() != Some(&card) {
                cards.set_row_data(row, card);
            }
        }
    } else {
        cards.set_vec(fresh);
    }
    window.global::<ui::Panel>().set_refusal(view.refusal.as_str().into());
}

fn card(device: &PanelDevice) -> ui::PanelDevice {
    ui::PanelDevice {
        name: device.name.as_str().into(),
        kind: match device.kind {
            PanelKind::SlipPrinter => ui::PanelKind::SlipPrinter,
            PanelKind::A4Printer => ui::PanelKind::A4Printer,
            PanelKind::IdReader => ui::PanelKind::IdReader,
            PanelKind::Scanner => ui::PanelKind::Scanner,
            PanelKind::Bookcase => ui::PanelKind::Bookcase,
            PanelKind::Presence => ui::PanelKind::Presence,
        },
        plugged: device.plugged,
        health: match device.health {
            PanelHealth::Starting => ui::PanelHealth::Starting,
            PanelHealth::Well => ui::PanelHealth::Well,
            PanelHealth::Attention => ui::PanelHealth::Attention,
            PanelHealth::Absent => ui::PanelHealth::Absent,
        },
        fault_code: device.fault_code.as_str().into(),
        heard: device.heard.as_str().into(),
    }
}
