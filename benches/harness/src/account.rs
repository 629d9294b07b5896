// SPDX-License-Identifier: GPL-3.0-only
//! A resident ID card at the library's page, from the moment it is laid down until the account is in the picture that
//! goes to the screen: reader, loop, SIP2 client and simulated library, each over its real wire.

use std::sync::Arc;
use std::time::{Duration, Instant};

use doorstep::devices::identification::Identification;
use doorstep::devices::set::Devices;
use doorstep::domain::kiosk::{Intent, Screen, Tap, ViewState};
use doorstep::domain::library::desk::LibraryScreen;
use doorstep::domain::library::{LibraryCall, Patron};
use doorstep::domain::time::WallTime;
use doorstep::protocol::{Secret, SlipWording};
use doorstep::runtime::{LibraryLink, LibraryParts, Parts, Runtime, Silence};
use doorstep::services::library::Library;
use doorstep::services::library::sim::{LibrarySim, LibrarySimOptions};
use doorstep::services::library::sip2::{ServerProfile, Sip2Library};
use doorstep::services::taxi::letaxi::LeTaxi;
use doorstep::settings;
use doorstep::store::{Seal, Store};
use doorstep_drivers::card_reader::sdt::sim::{IdReader, SimCard};
use doorstep_drivers::sim::{Sim, SimWire};
use tokio::sync::watch;

use crate::report::{Report, Target, percentile};
use crate::{Outcome, Setup};

/// Residents, one after the other.
const RESIDENTS: u64 = 60;
/// Bits a second, ten of them a byte.
const BAUD: u32 = 115_200;
/// Answers of one card: found, selected, text and photo, no newest address.
const ANSWER_BYTES: u32 = 15 + 19 + 1295 + 11;
/// The card that the simulated reader holds.
const NUMBER: &str = "11010519491231002X";
/// So long after a card went the reader has noticed it: while nobody is asked for a card it looks every 300 ms, and twice
/// before it believes it. A card that is laid down earlier waits for that.
const NOTICED: Duration = Duration::from_millis(800);
/// Nothing takes longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Measures and adds the figures.
pub fn compare(setup: &Setup, report: &mut Report) -> Outcome<()> {
    eprintln!("bench: account");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let (mut beyond, server) = runtime.block_on(residents(setup))?;
    let peer = Some(("the library's own answer, asked directly", server));
    let target = Target::AtMost(50.0);
    report.add("card to account, beyond wire and library, p50", "ms", percentile(&mut beyond, 0.5), peer, Target::None);
    report.add("card to account, beyond wire and library, p99", "ms", percentile(&mut beyond, 0.99), peer, target);
    Ok(())
}

/// Milliseconds beyond wire and library, one for each resident; and the library's own, in the middle.
async fn residents(setup: &Setup) -> Outcome<(Vec<f64>, f64)> {
    let options = LibrarySimOptions::default();
    let password = options.password.clone();
    let sim = LibrarySim::start(options).await?;
    let link = setup.work.join("account-id-reader");
    let reader = Arc::new(Sim::start("bench-id-reader", IdReader::new(), SimWire::Pty(link.clone()))?);
    reader.order(&format!("baud {BAUD}"))?;
    let text = format!(
        "data_directory = \"data\"\n[site]\ncommunity = \"A\"\ngate = \"B\"\naddress = \"C\"\nlongitude = 119.1\n\
         latitude = 36.7\n[[help]]\nname = \"D\"\nphone = \"0536-5550100\"\nhours = \"E\"\n[library]\naddress = \"{}\"\n\
         tls = false\ninstitution = \"NANHU\"\nlogin_user = \"kiosk\"\nlogin_password_env = \"PASSWORD\"\n[lending]\n\
         [[device]]\nname = \"id\"\ndriver = \"sdt\"\npath = \"{}\"\nconnection = \"serial\"\n\
         [roles]\nid_reader = \"id\"\n",
        sim.address(),
        link.display()
    );
    let directory = setup.work.join("account");
    std::fs::create_dir_all(directory.join("data"))?;
    let (settings, faults) = settings::check(&text, &directory, &|name| (name == "PASSWORD").then(|| password.clone()));
    let settings = settings.ok_or_else(|| format!("{faults:?}"))?;
    let profile = settings.library.as_ref().ok_or("no library")?;
    let profile = || ServerProfile::from_settings(profile, "Asia/Shanghai");
    let server = by_itself(Sip2Library::start(profile())).await?;
    let (devices, _news) = Devices::start(&settings);
    let (_sound, works) = watch::channel(false);
    let (runtime, taps, mut views) = Runtime::new(Parts::<LeTaxi> {
        dispatch: None,
        identification: Some(Identification::start(&devices, &settings)),
        policies: None,
        library: Some(LibraryParts {
            link: LibraryLink::new(Sip2Library::start(profile())),
            case: None,
            seal: Seal::open(&settings.data_directory),
        }),
        store: Store::open(&settings.data_directory, WallTime(0))?.0,
        printer: devices.slip_printer(),
        silence: Silence(Arc::new(|| {})),
        sound: works,
        wording: SlipWording::default(),
        settings,
    });
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(runtime.run(stopped));
    let wire = f64::from(ANSWER_BYTES) * 10.0 / f64::from(BAUD);
    let mut beyond = Vec::new();
    for round in 0..=RESIDENTS {
        taps.send(Tap::Intent(Intent::Wake)).await?;
        taps.send(Tap::OpenLibrary).await?;
        until(&mut views, |view| view.screen == Screen::Library(LibraryScreen::Start) && !view.library.away).await?;
        // At all points of the interval between two searches.
        tokio::time::sleep(Duration::from_micros(200_000 + round * 197 % 20_000)).await;
        let laid_down = Instant::now();
        reader.with(|sim| sim.present(SimCard::resident()));
        until(&mut views, |view| view.screen == Screen::Library(LibraryScreen::Account)).await?;
        // The first one waits for devices and connection.
        if round > 0 {
            beyond.push(((laid_down.elapsed().as_secs_f64() - wire) * 1000.0 - server).max(0.0));
        }
        reader.with(IdReader::remove);
        taps.send(Tap::Intent(Intent::Finish)).await?;
        until(&mut views, |view| view.screen == Screen::Attract).await?;
        tokio::time::sleep(NOTICED).await;
    }
    stop.send(true)?;
    running.await?;
    devices.stop().await;
    sim.stop().await;
    Ok((beyond, server))
}

/// The middle time of the same question without anything of the terminal around it, in milliseconds.
async fn by_itself(library: Sip2Library) -> Outcome<f64> {
    let mut reachable = library.reachable();
    tokio::time::timeout(PATIENCE, reachable.wait_for(|up| *up)).await??;
    let mut times = Vec::new();
    for _ in 0..40 {
        let began = Instant::now();
        let patron = Patron { id: Secret::from(NUMBER), pin: None };
        let (_answer, fault) = library.ask(LibraryCall::Account(patron)).await;
        if let Some(fault) = fault {
            return Err(format!("the library: {fault:?}").into());
        }
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(percentile(&mut times, 0.5))
}

async fn until(views: &mut watch::Receiver<ViewState>, wanted: impl FnMut(&ViewState) -> bool) -> Outcome<()> {
    tokio::time::timeout(PATIENCE, views.wait_for(wanted)).await.map_err(|_| "the screen did not come")??;
    Ok(())
}
