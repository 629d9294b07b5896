// SPDX-License-Identifier: GPL-3.0-only
//! Who reads a text that is not recorded.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::num::NonZeroU32;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use doorstep_drivers::audio::{Clip, ClipError, LONGEST_CLIP};
use zeroize::Zeroizing;

use super::{LONGEST_SEGMENT_BYTES, Speed, VoiceLanguage};

/// How long the speech program may take for one segment; it needs some hundredths of a second.
const ENGINE_LIMIT: Duration = Duration::from_secs(5);

/// How often a wait looks whether it was cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(10);

/// Most bytes that are taken from the speech program: the longest clip at 48 kHz, 16 bits.
const MOST_OUTPUT_BYTES: u64 = LONGEST_CLIP.as_secs() * 48_000 * 2 + 1024;

/// Words a minute; espeak-ng's own 175 are too quick for an elder at a noisy gate. The pitch stays the same.
const fn words_a_minute(speed: Speed) -> &'static str {
    match speed {
        Speed::Slow => "105",
        Speed::Normal => "145",
        Speed::Fast => "190",
    }
}

/// Peak to which engine speech is brought, so that it is about as loud as the recordings.
const PEAK: f32 = 0.7;

/// A text was not turned into sound. None of these holds the text.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The settings name no engine.
    #[error("a text has no recording and there is no speech engine")]
    NoEngine,
    /// The program cannot be started; most often it is not installed.
    #[error("the speech program cannot be started")]
    Start(#[source] std::io::Error),
    /// The text could not be given to the program.
    #[error("the speech program does not take the text")]
    Write(#[source] std::io::Error),
    /// Its sound could not be read.
    #[error("the sound of the speech program cannot be read")]
    Read(#[source] std::io::Error),
    /// It took longer than its limit.
    #[error("the speech program took longer than its limit")]
    TimedOut,
    /// It gave more sound than the longest clip.
    #[error("the speech program gave more sound than is accepted")]
    TooMuchOutput,
    /// What it gave is no sound.
    #[error("the speech program gave something that is no sound")]
    Sound(#[source] ClipError),
    /// A recording is damaged.
    #[error("a recorded prompt cannot be decoded")]
    Recording(#[source] ClipError),
    /// The text is longer than a segment may be.
    #[error("a text is longer than a segment may be")]
    TooLong,
    /// Silence was asked for meanwhile. Not a fault.
    #[error("silence was asked for")]
    Cancelled,
}

/// Turns text into sound.
pub trait SpeechEngine: Send {
    /// Reads `text` at `speed`. Looks often at `cancelled` and ends soon once it is true.
    ///
    /// # Errors
    /// A [`SpeechError`] without the text in it.
    fn read(
        &mut self,
        text: &str,
        language: VoiceLanguage,
        speed: Speed,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Clip, SpeechError>;
}

/// No engine: only recordings are heard.
pub struct NoEngine;

impl SpeechEngine for NoEngine {
    fn read(&mut self, _: &str, _: VoiceLanguage, _: Speed, _: &dyn Fn() -> bool) -> Result<Clip, SpeechError> {
        Err(SpeechError::NoEngine)
    }
}

/// The program espeak-ng. It gets the text on its standard input: arguments can be read by every user of
/// the machine. It sees nothing of our environment but the search path, because secrets may be in there.
pub struct EspeakNg {
    program: OsString,
}

impl EspeakNg {
    /// `espeak-ng` on the search path.
    #[must_use]
    pub fn new() -> Self {
        Self::with_program("espeak-ng".into())
    }

    /// Another program with espeak-ng's arguments.
    #[must_use]
    pub fn with_program(program: OsString) -> Self {
        Self { program }
    }

    fn start(&self, language: VoiceLanguage, speed: Speed) -> Result<Child, SpeechError> {
        let voice = match language {
            // With the plain voice `cmn`, espeak-ng 1.51 (Debian 12) reads the pinyin of every character as
            // English, digit and all: 妈 becomes "ma one". This one reads it as Mandarin, with tones.
            VoiceLanguage::Zh => "cmn-latn-pinyin",
            VoiceLanguage::En => "en-us",
        };
        let mut command = Command::new(&self.program);
        command.env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        // -b 1: the input is UTF-8, whatever the locale.
        command.args(["-v", voice, "-s", words_a_minute(speed), "-b", "1", "--stdin", "--stdout"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(SpeechError::Start)
    }
}

impl Default for EspeakNg {
    fn default() -> Self {
        Self::new()
    }
}

impl SpeechEngine for EspeakNg {
    fn read(
        &mut self,
        text: &str,
        language: VoiceLanguage,
        speed: Speed,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Clip, SpeechError> {
        if text.len() > LONGEST_SEGMENT_BYTES {
            return Err(SpeechError::TooLong);
        }
        let deadline = Instant::now() + ENGINE_LIMIT;
        let mut child = Running(self.start(language, speed)?);
        // The text is far smaller than a pipe's buffer, so this cannot block; the pipe is closed after it.
        if let Some(mut input) = child.0.stdin.take() {
            input.write_all(text.as_bytes()).map_err(SpeechError::Write)?;
        }
        let Some(output) = child.0.stdout.take() else {
            return Err(SpeechError::Read(std::io::ErrorKind::BrokenPipe.into()));
        };
        let bytes = read_within(output, deadline, cancelled)?;
        drop(child);
        let clip = Clip::decode(&bytes).map_err(SpeechError::Sound)?;
        levelled(&clip)
    }
}

/// A child that does not outlive its use and leaves no zombie.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Its output was read to the end or is not wanted. Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads all of `output` on a helper thread, so that a silent program can be given up. The thread ends when
/// the child is killed, which closes the pipe.
fn read_within(
    output: impl Read + Send + 'static,
    deadline: Instant,
    cancelled: &dyn Fn() -> bool,
) -> Result<Zeroizing<Vec<u8>>, SpeechError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let reader = move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let result = output.take(MOST_OUTPUT_BYTES + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody listens after a cancellation: the bytes are wiped then.
        let _ = sender.send(result);
    };
    std::thread::Builder::new().name("voice-engine".to_owned()).spawn(reader).map_err(SpeechError::Start)?;
    loop {
        if cancelled() {
            return Err(SpeechError::Cancelled);
        }
        if Instant::now() >= deadline {
            return Err(SpeechError::TimedOut);
        }
        match receiver.recv_timeout(CANCEL_POLL) {
            Ok(Ok(bytes)) if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_OUTPUT_BYTES) => {
                return Err(SpeechError::TooMuchOutput);
            }
            Ok(result) => return result.map_err(SpeechError::Read),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(SpeechError::Read(std::io::ErrorKind::BrokenPipe.into()));
            }
        }
    }
}

/// Brings speech to [`PEAK`], and cuts the silence that espeak-ng puts before and after.
fn levelled(clip: &Clip) -> Result<Clip, SpeechError> {
    const QUIET: f32 = 0.005;
    let samples = clip.samples();
    let peak = samples.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
    let first = samples.iter().position(|sample| sample.abs() > QUIET);
    let last = samples.iter().rposition(|sample| sample.abs() > QUIET);
    let (Some(first), Some(last)) = (first, last) else {
        return Err(SpeechError::Sound(ClipError::Empty));
    };
    let voiced = samples.get(first..=last).unwrap_or_default();
    let gain = PEAK / peak;
    let rate: NonZeroU32 = clip.rate();
    Clip::from_samples(voiced.iter().map(|sample| sample * gain).collect(), rate).map_err(SpeechError::Sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(folder: &tempfile::TempDir, body: &str) -> EspeakNg {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.path().join("speaker");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        EspeakNg::with_program(path.into())
    }

    #[test]
    fn a_program_that_is_not_there_is_a_typed_error() {
        let mut engine = EspeakNg::with_program("/nonexistent/espeak-ng".into());
        let error = engine.read("您好", VoiceLanguage::Zh, Speed::Normal, &|| false).unwrap_err();
        assert!(matches!(error, SpeechError::Start(_)));
        assert!(!error.to_string().contains("您好"));
    }

    #[test]
    fn rubbish_and_too_much_are_typed_errors() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = script(&folder, "cat; echo rubbish");
        assert!(matches!(engine.read("x", VoiceLanguage::En, Speed::Normal, &|| false), Err(SpeechError::Sound(_))));
        let mut engine = script(&folder, "cat >/dev/null; exec cat /dev/zero");
        assert!(matches!(
            engine.read("x", VoiceLanguage::En, Speed::Normal, &|| false),
            Err(SpeechError::TooMuchOutput)
        ));
    }

    #[test]
    fn a_silent_program_is_killed_when_cancelled() {
        let folder = tempfile::tempdir().unwrap();
        let pid_file = folder.path().join("pid");
        let mut engine = script(&folder, &format!("echo $$ > {}; exec sleep 600", pid_file.display()));
        let begun = Instant::now();
        let cancelled = || std::fs::read_to_string(&pid_file).is_ok_and(|pid| pid.ends_with('\n'));
        assert!(matches!(engine.read("x", VoiceLanguage::En, Speed::Normal, &cancelled), Err(SpeechError::Cancelled)));
        assert!(begun.elapsed() < ENGINE_LIMIT);
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        assert!(!std::path::Path::new("/proc").join(pid.trim()).exists(), "the child lives on");
    }

    #[test]
    fn neither_arguments_nor_environment_hold_anything_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let seen = folder.path().join("seen");
        let mut engine = script(&folder, &format!("echo \"$@\" > {0}; env >> {0}; cat > /dev/null", seen.display()));
        let _ = engine.read("13800001111", VoiceLanguage::Zh, Speed::Normal, &|| false);
        let seen = std::fs::read_to_string(seen).unwrap();
        assert!(seen.contains("--stdin") && !seen.contains("1380"), "{seen}");
        assert!(!seen.contains("CARGO"), "{seen}");
    }

    #[test]
    fn espeak_ng_reads_both_languages_where_it_is_installed() {
        for (text, language) in [("张师傅，您好", VoiceLanguage::Zh), ("Good morning", VoiceLanguage::En)] {
            match EspeakNg::new().read(text, language, Speed::Normal, &|| false) {
                Ok(clip) => {
                    assert!((400..5000).contains(&clip.duration().as_millis()), "{:?}", clip.duration());
                    assert!(clip.samples().iter().any(|sample| sample.abs() > 0.6));
                }
                Err(SpeechError::Start(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                    println!("skipped: espeak-ng is not installed");
                }
                Err(error) => panic!("{error:?}"),
            }
        }
    }
}
