// SPDX-License-Identifier: GPL-3.0-only
//! `doorstep policy keys|build|sign|verify`: from a folder to a bundle that two people stand for.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use thiserror::Error;

use super::{CheckOptions, End, Opened, check};
use crate::domain::time::WallTime;
use crate::policies::bundle::{
    Approver, Bundle, DecodeError, KeyError, LARGEST_BUNDLE_BYTES, LARGEST_SEQUENCE, Looked, Manifest, PrivateKey,
    PublicKey, Rules, parse_time, written_time,
};
use crate::policies::fault::Report;
use crate::policies::live::{Accepted, LiveSetupError, rules, try_out};
use crate::policies::source::{PackSource, SourceError};
use crate::policies::{Reading, read};
use crate::settings::{Settings, SettingsError};

/// Commands about bundles.
#[derive(Debug, Subcommand)]
pub enum BundleCommand {
    /// Keys of the people who approve policies.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Makes a bundle of a pack that has no fault. It goes live nowhere before it is signed.
    Build(BuildOptions),
    /// Adds a signature to a bundle.
    Sign(SignOptions),
    /// Says who signed a bundle, what it says of itself, and whether terminals would take it.
    Verify(VerifyOptions),
}

/// Commands about keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Makes a key, and prints the lines of it for the settings of terminals.
    New {
        /// The file for the private key, which is its owner's alone. It must not exist.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Whose key it is, for the printed lines.
        #[arg(long, value_name = "NAME", default_value = "NAME")]
        name: String,
    },
}

/// What to build.
#[derive(Debug, Args)]
pub struct BuildOptions {
    /// The folder of the pack.
    #[arg(value_name = "FOLDER")]
    pub pack: PathBuf,
    /// Number of the bundle: higher than that of every bundle of this pack before.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=LARGEST_SEQUENCE))]
    pub sequence: u64,
    /// From when it is to be in effect, such as 2027-01-01T00:00:00+08:00; without it at once.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub effective: Option<WallTime>,
    /// The file for the bundle. It must not exist.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// What to sign.
#[derive(Debug, Args)]
pub struct SignOptions {
    /// The bundle.
    #[arg(value_name = "FILE")]
    pub bundle: PathBuf,
    /// The private key.
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
}

/// What to verify.
#[derive(Debug, Args)]
pub struct VerifyOptions {
    /// The bundle.
    #[arg(value_name = "FILE")]
    pub bundle: PathBuf,
    /// The settings of a terminal: its pack, its approvers and how many must sign.
    #[arg(long, value_name = "FILE", required_unless_present = "key")]
    pub settings: Option<PathBuf>,
    /// An approver and their public key; for each one again.
    #[arg(long, value_name = "NAME=PUBLIC-KEY", conflicts_with = "settings", value_parser = approver)]
    pub key: Vec<Approver>,
    /// How many must sign.
    #[arg(long, value_name = "N", default_value_t = 2, conflicts_with = "settings")]
    pub approvals: u8,
}

fn time(text: &str) -> Result<WallTime, String> {
    let form = "write it like 2027-01-01T00:00:00+08:00, between 2000 and 2200, in whole seconds";
    parse_time(text).ok_or_else(|| form.to_owned())
}

fn approver(text: &str) -> Result<Approver, String> {
    let (name, key) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or("write NAME=ed25519:…")?;
    let key = PublicKey::parse(key).map_err(|error| error.to_string())?;
    Ok(Approver { name: name.to_owned(), key })
}

/// Why a command cannot be carried out.
#[derive(Debug, Error)]
enum Trouble {
    #[error("cannot {action} {}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{} is no bundle that this version reads", path.display())]
    Bundle { path: PathBuf, source: DecodeError },
    #[error("the files of the pack cannot be had")]
    Source(#[source] SourceError),
    #[error("the pack was changed meanwhile")]
    Pack(#[source] Report),
    #[error("no bundle can be made of it")]
    Build(#[source] DecodeError),
    #[error("the key cannot be used")]
    Key(#[source] KeyError),
    #[error("this key signed the bundle already; another person's signature is needed")]
    SignedAlready,
    #[error("the settings cannot be used")]
    Settings(#[source] Box<SettingsError>),
    #[error("the settings {} have no [policy]", .0.display())]
    NoPolicy(PathBuf),
    #[error("the approvers cannot be used")]
    Approvers(#[source] LiveSetupError),
    #[error("the answer cannot be written")]
    Answer(#[from] io::Error),
}

pub(super) fn run(command: &BundleCommand, out: &mut dyn Write) -> io::Result<End> {
    let done = match command {
        BundleCommand::Keys(KeysCommand::New { file, name }) => new_key(file, name, out),
        BundleCommand::Build(options) => build(options, out),
        BundleCommand::Sign(options) => sign(options, out),
        BundleCommand::Verify(options) => verify(options, out),
    };
    done.or_else(|trouble| match trouble {
        Trouble::Answer(error) => Err(error),
        trouble => {
            writeln!(out, "error: {}", chain(&trouble))?;
            Ok(End::Unable)
        }
    })
}

/// An error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn new_key(file: &Path, name: &str, out: &mut dyn Write) -> Result<End, Trouble> {
    let key = PrivateKey::generate().map_err(Trouble::Key)?;
    key.write_new(file).map_err(Trouble::Key)?;
    writeln!(
        out,
        "# The private key is in {}: whoever has it signs as its owner. Keep it on a stick in a drawer.",
        file.display()
    )?;
    writeln!(out, "# For the settings of each terminal (key {}):", key.public().id())?;
    writeln!(out, "[[policy.approvers]]\nname = {}\npublic_key = \"{}\"", toml_text(name), key.public())?;
    Ok(End::Good)
}

/// A text as TOML writes it.
fn toml_text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn build(options: &BuildOptions, out: &mut dyn Write) -> Result<End, Trouble> {
    // Out of a bundle there would be no example people any more.
    if options.pack.is_file() {
        return Err(Trouble::Source(SourceError::NotAFolder { path: options.pack.clone() }));
    }
    // What `check` says no to, faults and example people alike, is not for terminals.
    let checked = check::run(&CheckOptions { pack: options.pack.clone(), cases: None }, out)?;
    if checked != End::Good {
        writeln!(out, "No bundle is made.")?;
        return Ok(checked);
    }
    let opened = Opened::open(&options.pack, None).map_err(Trouble::Source)?;
    let Reading { pack, .. } = read(&opened.source).map_err(Trouble::Pack)?;
    let manifest = Manifest {
        pack: pack.key,
        sequence: options.sequence,
        made: now(),
        effective: options.effective,
        digest: [0; 32],
        tool: concat!("doorstep ", env!("CARGO_PKG_VERSION")).to_owned(),
    };
    // The example people are for the office.
    let content = opened.source.without_cases().to_bytes();
    let bytes = Bundle::build(&manifest, &content).map_err(Trouble::Build)?;
    write_new(&options.output, &bytes)?;
    let bundle = Bundle::decode(&bytes).map_err(Trouble::Build)?;
    describe(&options.output, &bundle, out)?;
    writeln!(out, "Not signed yet: `doorstep policy sign {} --key FILE`, by each approver.", options.output.display())?;
    Ok(End::Good)
}

fn sign(options: &SignOptions, out: &mut dyn Write) -> Result<End, Trouble> {
    let key = PrivateKey::read(&options.key).map_err(Trouble::Key)?;
    let bytes = read_bundle(&options.bundle)?;
    let bundle = decode(&options.bundle, &bytes)?;
    if bundle.is_signed_with(&key.public()) {
        return Err(Trouble::SignedAlready);
    }
    let signed = bundle.signed_with(&key).map_err(Trouble::Build)?;
    replace(&options.bundle, &signed)?;
    let bundle = decode(&options.bundle, &signed)?;
    describe(&options.bundle, &bundle, out)?;
    writeln!(out, "  signed     with the key {}; signatures: {}", key.public().id(), bundle.signatures().len())?;
    Ok(End::Good)
}

fn verify(options: &VerifyOptions, out: &mut dyn Write) -> Result<End, Trouble> {
    let bytes = read_bundle(&options.bundle)?;
    let told = match &options.settings {
        Some(path) => Some(settings_rules(path)?),
        None => None,
    };
    let bundle = match Bundle::decode(&bytes) {
        Ok(bundle) => bundle,
        Err(error) => {
            writeln!(out, "{}: refused: {}", options.bundle.display(), chain(&error))?;
            return Ok(End::Found);
        }
    };
    describe(&options.bundle, &bundle, out)?;
    let rules = told.unwrap_or_else(|| Rules {
        pack: bundle.manifest().pack.clone(),
        approvers: options.key.clone(),
        approvals: usize::from(options.approvals),
    });
    for Looked { key, approver, is_right } in rules.look_at(&bundle) {
        let whose = match (approver, is_right) {
            (Some(approver), true) => format!("by {}", approver.name),
            (Some(approver), false) => format!("WRONG: not by {}, whose key it names", approver.name),
            (None, _) => "by somebody who is no approver here".to_owned(),
        };
        writeln!(out, "  signed     {whose} (key {key})")?;
    }
    let verdict = try_out(rules, &bytes, now());
    match &verdict {
        Ok(Accepted::Waits) => writeln!(out, "Good: it waits for its time, unless the terminal has a higher number.")?,
        Ok(_) => writeln!(out, "Good: it goes live, unless the terminal has this number or a higher one.")?,
        Err(refusal) => {
            let code = refusal.fault_code();
            writeln!(out, "Refused ({code}): {}\n    mend: {}", chain(refusal), code.help())?;
        }
    }
    Ok(if verdict.is_ok() { End::Good } else { End::Found })
}

fn settings_rules(path: &Path) -> Result<Rules, Trouble> {
    let settings = Settings::load(path).map_err(|error| Trouble::Settings(Box::new(error)))?;
    let policy = settings.policy.ok_or_else(|| Trouble::NoPolicy(path.to_owned()))?;
    rules(&policy).map_err(Trouble::Approvers)
}

/// What a bundle says of itself.
fn describe(path: &Path, bundle: &Bundle<'_>, out: &mut dyn Write) -> io::Result<()> {
    let manifest = bundle.manifest();
    let effective = manifest.effective.map_or("at once".to_owned(), written_time);
    let digest: String = manifest.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    writeln!(out, "{}", path.display())?;
    writeln!(out, "  pack       {}", manifest.pack)?;
    writeln!(out, "  sequence   {}", manifest.sequence)?;
    writeln!(out, "  made       {} by {}", written_time(manifest.made), manifest.tool)?;
    writeln!(out, "  effective  {effective}")?;
    writeln!(out, "  content    {} bytes, sha-256 {digest}", bundle.content().len())
}

fn now() -> WallTime {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    WallTime(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn decode<'b>(path: &Path, bytes: &'b [u8]) -> Result<Bundle<'b>, Trouble> {
    Bundle::decode(bytes).map_err(|source| Trouble::Bundle { path: path.to_owned(), source })
}

fn read_bundle(path: &Path) -> Result<Vec<u8>, Trouble> {
    read_bytes(path).map_err(|source| Trouble::File { action: "read", path: path.to_owned(), source })
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST_BUNDLE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files of the pack in a bundle, by whomever it is signed.
pub(super) fn read_source(path: &Path) -> Result<PackSource, SourceError> {
    let bytes = read_bytes(path).map_err(|source| SourceError::Unreadable { path: path.to_owned(), source })?;
    let decoded = Bundle::decode(&bytes);
    let bundle = decoded.map_err(|source| SourceError::Bundle { path: path.to_owned(), source })?;
    PackSource::from_bytes(bundle.content())
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let failed = |source| Trouble::File { action: "write", path: path.to_owned(), source };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// Puts a file in the place of another one whole, because terminals may be reading it.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = PathBuf::from(beside);
    write_new(&beside, bytes)?;
    fs::rename(&beside, path).map_err(|source| {
        // Left there it would be in the way of the next attempt.
        let _ = fs::remove_file(&beside);
        Trouble::File { action: "replace", path: path.to_owned(), source }
    })
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
