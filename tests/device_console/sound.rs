// SPDX-License-Identifier: GPL-3.0-only
//! Loudspeaker and microphone, through an ALSA whose devices are files and nothing.

use crate::bench::{Bench, Told};

const BOTH: &str = "[roles]\nloudspeaker = \"voice\"\nmicrophone = \"ear\"\n\
    [[device]]\nname = \"voice\"\ndriver = \"loudspeaker\"\n[[device]]\nname = \"ear\"\ndriver = \"microphone\"\n";
#[cfg(feature = "sound")]
const LOUDSPEAKER: &str = "[roles]\nloudspeaker = \"voice\"\n[[device]]\nname = \"voice\"\ndriver = \"loudspeaker\"\n";

/// A machine with no sound device at all.
const NO_DEVICES: &str = "";
/// Takes everything, and gives zeros.
#[cfg(feature = "sound")]
const SILENT: &str = "pcm.!default { type null }\nctl.!default { type null }\n";
/// Takes everything, and gives what is in the file.
#[cfg(feature = "sound")]
const RECORDED: &str = "pcm.!default { type asym playback.pcm { type null } capture.pcm \"recording\" }\n\
    pcm.recording { type file slave.pcm { type null } file \"/dev/null\" infile \"RECORDING\" format raw }\n\
    ctl.!default { type null }\n";

/// Runs the program on a machine with these sound devices.
fn run(bench: &Bench, alsa: &str, arguments: &str) -> Told {
    let path = bench.path("asound.conf");
    std::fs::write(&path, alsa.replace("RECORDING", bench.path("heard.raw").to_str().unwrap())).unwrap();
    let mut command = bench.command(arguments);
    command.env("ALSA_CONFIG_PATH", path);
    Bench::end(command)
}

#[test]
fn without_sound_hardware_the_plain_reason_is_told() {
    let bench = Bench::new(BOTH);
    for (name, cannot) in [("voice", "played on"), ("ear", "listened to")] {
        let told = run(&bench, NO_DEVICES, &format!("test {name} --config doorstep.toml --json"));
        assert_eq!(told.status, 1, "{}{}", told.out, told.error);
        let result = &told.json()["results"][0];
        let message = result["fault"]["message"].as_str().unwrap();
        if cfg!(feature = "sound") {
            assert_eq!(
                (&result["status"], &result["fault"]["code"]),
                (&"noDevice".into(), &"DEV-01".into()),
                "{result}"
            );
            assert!(message.contains("no device is there") && message.contains(cannot), "{message}");
        } else {
            assert_eq!(result["fault"]["code"], "DEV-08", "{result}");
            assert!(message.contains("built without"), "{message}");
        }
    }
    let told = run(&bench, NO_DEVICES, "list --config doorstep.toml");
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("voice (loudspeaker; loudspeaker): "), "{}", told.out);
    // There is nothing to record.
    assert_eq!(run(&bench, NO_DEVICES, "trace ear --config doorstep.toml").status, 2);
}

#[cfg(feature = "sound")]
#[test]
fn a_device_that_is_named_and_not_there_is_told() {
    let bench = Bench::new(&format!("{LOUDSPEAKER}sound_device = \"plughw:CARD=Nowhere,DEV=0\"\n"));
    let told = run(&bench, SILENT, "test voice --config doorstep.toml");
    assert_eq!(told.status, 1, "{}", told.out);
    assert!(told.out.contains("DEV-01") && told.out.contains("no sound device has the name"), "{}", told.out);
}

#[cfg(feature = "sound")]
#[test]
fn a_loudspeaker_plays_a_tone() {
    let told = run(&Bench::new(LOUDSPEAKER), SILENT, "test voice --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.error.contains("voice: a tone is played"), "{}", told.error);
    assert!(told.out.contains("tone: 1000 Hz for 1.0 s at 70 % was played; listen"), "{}", told.out);
    assert!(told.out.contains("loopback: not tried: there is no microphone"), "{}", told.out);
    let told = run(&Bench::new(LOUDSPEAKER), SILENT, "test voice --config doorstep.toml --quick");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(!told.out.contains("tone") && !told.error.contains("tone"), "{}{}", told.out, told.error);
}

#[cfg(feature = "sound")]
#[test]
fn a_tone_that_the_microphone_does_not_hear_fails() {
    let told = run(&Bench::new(BOTH), SILENT, "test voice --config doorstep.toml --json");
    assert_eq!(told.status, 1, "{}{}", told.out, told.error);
    let result = &told.json()["results"][0];
    assert_eq!(result["fault"]["code"], "SND-01", "{result}");
    assert!(told.out.contains("`ear` did not hear the tone"), "{}", told.out);
}

#[cfg(feature = "sound")]
#[test]
fn a_microphone_tells_how_loud_it_is_and_a_muted_one_fails() {
    let bench = Bench::new(BOTH);
    // 48 frames a turn, at a tenth of full scale: 20 dB below it, and 3 dB less on average.
    let sine = |index: u16| (0.1 * (std::f32::consts::TAU * f32::from(index % 48) / 48.0).sin()).to_ne_bytes();
    let heard: Vec<u8> = (0..48_000).flat_map(|index| [sine(index), sine(index)]).flatten().collect();
    std::fs::write(bench.path("heard.raw"), heard.repeat(20)).unwrap();
    let told = run(&bench, RECORDED, "test ear --config doorstep.toml");
    assert_eq!(told.status, 0, "{}{}", told.out, told.error);
    assert!(told.out.contains("level: peak -20.0 dBFS, RMS -23.0 dBFS, over 2 s"), "{}", told.out);

    let told = run(&bench, SILENT, "test ear --config doorstep.toml");
    assert_eq!(told.status, 1, "{}{}", told.out, told.error);
    assert!(told.out.contains("DEV-04") && told.out.contains("nothing but zeros"), "{}", told.out);
}
