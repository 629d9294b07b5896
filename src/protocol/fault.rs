// SPDX-License-Identifier: GPL-3.0-only
//! Fault codes: the stable names under which a failure appears in the log, on the technician's screen
//! and in `docs/faults.md`.

use std::fmt;

macro_rules! fault_codes {
    ($( $(#[$doc:meta])* $variant:ident = $code:literal, $help:literal; )+) => {
        /// What failed, as a technician looks it up. The code never changes once released.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FaultCode { $( $(#[$doc])* $variant, )+ }

        impl FaultCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// The stable code, such as `TAXI-01`.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// What a technician does about it.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $( Self::$variant => $help, )+ }
            }
        }
    };
}

fault_codes! {
    /// The settings file cannot be read or holds faults.
    SettingsInvalid = "CFG-01", "Run `doorstep config check FILE`; it names each line and its mend.";
    /// A secret (key file or environment variable) named in the settings is missing.
    SecretMissing = "CFG-02", "Create the file or the variable that the settings name; its right must be readable by the terminal's user only.";
    /// No screen can be opened.
    DisplayUnavailable = "DSP-01", "Check the screen's cable and that the user is in the groups video and input; for a test without a screen use `doorstep demo`, which walks the tour.";
    /// The bundled font draws nothing.
    FontMissing = "DSP-02", "Install any system font (Debian: fonts-noto-cjk); the program is damaged if that does not help: install it again.";
    /// The dispatch centre cannot be reached.
    TaxiUnreachable = "TAXI-01", "Check network and [taxi] url; `curl -I URL` from this device tells whether the centre answers. Residents are shown the phone number meanwhile.";
    /// The dispatch centre answered something that is not its protocol.
    TaxiGarbage = "TAXI-02", "Something else answers at [taxi] url (a proxy, a login page, a broken release). Check the address, then ask the centre.";
    /// The dispatch centre refuses the key.
    TaxiKeyRefused = "TAXI-03", "The key in [taxi] api_key_file is wrong, expired or has not the role `moteur`. Ask the centre for a new one.";
    /// The answer to a hail was lost; its outcome is being asked for.
    TaxiOutcomeUnknown = "TAXI-04", "Nothing to do: the terminal asks the centre until it knows. If this lasts, ask the centre whether a hail of this terminal is open.";
    /// A refusal other than the above, such as a ban.
    TaxiRefused = "TAXI-05", "The log line holds the centre's words. A ban ends by itself after 24 hours or more.";
    /// A hail from before a restart was found and settled.
    TaxiRecovered = "TAXI-06", "Nothing to do: after a power cut the terminal found an open hail and went on with it or cancelled it.";
    /// The library system cannot be reached.
    LibraryUnreachable = "LIB-01", "Check network and [library] address; `doorstep library probe ADDRESS` tells whether it answers. Loans wait for it or are refused meanwhile, returns are kept.";
    /// The library system answered something that is not its protocol.
    LibraryGarbage = "LIB-02", "Something else answers at [library] address, or the checksum rule or line end in [library] is another one: `doorstep library probe ADDRESS` finds out.";
    /// The library system refuses the terminal's login.
    LibraryLoginRefused = "LIB-03", "User or password in [library] is wrong or was changed. Ask the library; put the new password in the file that the settings name.";
    /// Whether the library carried out a loan, return or renewal is being asked for.
    LibraryOutcomeUnknown = "LIB-04", "Nothing to do: the terminal asks the library how it is now and never repeats by itself. If this lasts, look at the network to the library.";
    /// The library's answer could be used, but its form is not that of the profile.
    LibraryForm = "LIB-05", "The log line says what was strange: charset or date_format in [library] may be wrong, or the library leaves a field out. `doorstep library probe ADDRESS` finds out.";
    /// Loans or returns from before a restart were found.
    LibraryRecovered = "LIB-20", "Nothing to do: after a power cut the terminal found them in its journal and brings them to their end; what staff must look at is on the staff list.";
    /// A policy bundle is damaged, was cut, or is none.
    PolicyDamaged = "POL-01", "The file was damaged or cut on its way, or is no bundle: `doorstep policy verify FILE` says which. Copy it again; the terminal tries again by itself and shows the last good policies meanwhile.";
    /// A policy bundle is not signed by those who must approve it.
    PolicyNotApproved = "POL-02", "`doorstep policy verify FILE --settings FILE` says whose signatures are missing or wrong. Have it signed (`doorstep policy sign`), or mend [[policy.approvers]]. If a signature is wrong, ask who changed the file.";
    /// A policy bundle carries another pack than the terminal shows.
    PolicyOtherPack = "POL-03", "Correct `pack` under [policy], or put the bundle of this terminal's pack in its place.";
    /// A policy bundle is older than what is live, or has its number.
    PolicyDowngrade = "POL-04", "To go back to former policies, build them again with a higher sequence number and have them signed: a terminal never takes a lower one.";
    /// A policy bundle was made in the future.
    PolicyMadeInFuture = "POL-05", "Check this terminal's clock (`timedatectl`) and that of the computer on which the bundle was built. The terminal tries again by itself.";
    /// A policy bundle has a format of a later version of the program.
    PolicyNewerFormat = "POL-06", "Install a newer version of the terminal's program, or build the bundle with the version that the terminals have.";
    /// A policy bundle is approved, but its pack cannot be used.
    PolicyUnusable = "POL-07", "The log line says what is wrong in the pack; `doorstep policy check FOLDER` tells all of it. If it is well there, the terminal's program may be an older version.";
    /// The source of policy bundles cannot be reached.
    PolicyUnreachable = "POL-08", "Check `bundle` or `address` under [policy], the network and the right to read; the log line says what failed. The last good policies stay, and their age is on the screen.";
    /// A policy bundle on the terminal's own disk is not good any more.
    PolicyStored = "POL-09", "The terminal shows the last good policies and fetches the others again by itself. If it comes back, check the disk (`smartctl`); after a change of approvers or pack in the settings it is to be expected.";
    /// There are no policies to show.
    PolicyNone = "POL-10", "No bundle that can be used ever came to this terminal, or none is good: the log lines before say why. The tile of policies is not offered meanwhile.";
    /// The folder for policy bundles cannot be read or written.
    PolicyFolder = "POL-11", "Check the folder `policy` in data_directory: it must belong to the terminal's user, and the disk must have room (`df -h`). Nothing goes live that cannot be kept.";
    /// The community's data service cannot be reached.
    FactsUnreachable = "FACT-01", "Check network and [policy.facts] url; the log line says how far it came. Residents answer the questions themselves meanwhile.";
    /// The community's data service answered something that is not its protocol.
    FactsGarbage = "FACT-02", "Something else answers at [policy.facts] url (a proxy, a login page, another release). Check the address, then ask the service.";
    /// The community's data service refuses the key.
    FactsKeyRefused = "FACT-03", "The key in [policy.facts] key_file is wrong or has expired. Ask the service for a new one.";
    /// The community's data service refuses to tell, whatever the person agreed to.
    FactsRefused = "FACT-04", "The log line says why: consent or purpose is not accepted, or the request is not understood. Ask the service which purposes this terminal may ask for.";
    /// Single values of the data service cannot be used.
    FactsForm = "FACT-05", "The log line counts them by reason: the service and the policy pack mean different things by a fact. Compare the pack's facts.yaml with what the service tells (docs/policy-facts.md).";
    /// The slip printer cannot be reached.
    PrinterOffline = "PRN-01", "Check the printer's power and cable, and its address in the settings; `doorstep device list` tells more.";
    /// Paper has run out.
    PrinterPaperOut = "PRN-02", "Put in a new roll, close the cover.";
    /// The cover is open.
    PrinterCoverOpen = "PRN-03", "Close the printer's cover until it clicks.";
    /// The printer reports a mechanical fault: cutter, head, overheating.
    PrinterMechanical = "PRN-04", "Switch the printer off, clear paper from the cutter, switch it on. If it comes back, exchange it.";
    /// It cannot be known whether a slip came out.
    PrinterOutcomeUnknown = "PRN-05", "The printer did not answer after printing. Check the cable; look whether the slip is there. It is not printed twice by itself.";
    /// Paper will soon run out.
    PrinterPaperLow = "PRN-06", "Put in a new roll soon.";
    /// What was to be printed cannot be set as a slip.
    PrinterSlipUnfit = "PRN-07", "The printer is well: a text is too long for a slip. The log line says which bound; send it to support.";
    /// A device is not there.
    DeviceAbsent = "DEV-01", "Check power and cable; `doorstep device list` tells what is plugged in. It is opened by itself when it is there.";
    /// The terminal's user may not open a device.
    DevicePermission = "DEV-02", "Install the udev rules (assets/udev) and plug the device in again, or add the user to the group that `doorstep device list` names.";
    /// Another program uses a device.
    DeviceBusy = "DEV-03", "`doorstep device list` names the program where it can; end it. Only one terminal, and no test beside it, may use a device.";
    /// A device does not answer.
    DeviceSilent = "DEV-04", "Check its power, its cable, and speed and address in the settings; `doorstep device test NAME` tries it.";
    /// What a device says is not its protocol.
    DeviceGarbage = "DEV-05", "Check driver, speed and parity in the settings: it may be another model. `doorstep device trace NAME` records what it says.";
    /// A device reports a fault of its own, or refuses what it was told.
    DeviceRefused = "DEV-06", "The log line says what it reports. Switch it off and on; if it comes back, exchange it.";
    /// The wire to a device fails in another way.
    DeviceWire = "DEV-07", "The log line holds the system's words. Try another port and cable.";
    /// A service of the system that a device needs does not work.
    DeviceService = "DEV-08", "The log line names it, such as pcscd: `systemctl status pcscd`.";
    /// The driver of a device failed and was started again.
    DeviceDriver = "DEV-09", "Send the log and `doorstep device trace NAME` to support; the terminal went on by itself.";
    /// The settings of the bookcase name an antenna that its reader does not have.
    BookcaseAntenna = "CASE-01", "Correct `antennas` under [bookcase]: the reader of that door has no antenna of that number. The door stays shut meanwhile.";
    /// There is no sound device.
    SoundUnavailable = "SND-01", "Check the loudspeaker and its cable; `aplay -l` lists sound devices. Everything spoken is on the screen as well.";
    /// A prompt has neither a recording nor a speech engine.
    SpeechUnavailable = "SND-02", "Install espeak-ng or set [sound] speech_engine; fixed prompts are recorded, names and numbers are not all.";
    /// The database cannot be opened or written.
    StoreUnavailable = "STO-01", "Check the right to write in data_directory and that no second terminal uses it. While this lasts nothing that touches the outside is done.";
    /// The disk is full.
    StoreDiskFull = "STO-02", "Free space in data_directory (`df -h`, old logs). Services that must be journaled are refused meanwhile.";
    /// The database is damaged; it was set aside and a new one begun.
    StoreDamaged = "STO-03", "The damaged file was kept beside the new one with the ending .damaged-DATE; send it to support. Check the disk (`smartctl`).";
    /// The database was written by a newer version of the program.
    StoreNewer = "STO-04", "Install the version that wrote it, or move doorstep.sqlite away to begin anew.";
    /// The store refused an entry: its key is settled already, or it is malformed or too large.
    StoreRefused = "STO-05", "A fault of the program: what was to be noted is malformed or ended before. It is not done. Send the log to support.";
    /// Card numbers cannot be sealed, so no loan can be journaled.
    SealUnavailable = "STO-06", "The log line says why. `seal.key` in data_directory must belong to the terminal's user alone (`chmod 600`); a damaged one may be deleted: borrowers of loans that the library does not know yet are lost with it, their books go to the staff list.";
    /// What somebody has seen before cannot be marked or told.
    MarksUnavailable = "STO-07", "The log line says why. `marks-*.key` in data_directory must belong to the terminal's user alone (`chmod 600`); they may be deleted: nothing is shown as new until the next visit. Nothing else depends on them.";
    /// The wall clock jumped.
    ClockJumped = "SYS-01", "Check that time synchronisation runs (`timedatectl`). Time limits are not affected.";
    /// A part of the program ended by itself and was started again.
    TaskRestarted = "SYS-02", "Send the log to support; the terminal went on by itself.";
    /// An internal queue was full and something was left out.
    QueueFull = "SYS-03", "The device is too slow or something floods it; look at the load (`top`) and send the log to support.";
    /// A step of the demo's tour failed.
    TourFailed = "SYS-04", "The line of the script is named: the screen did not show what it should, or the folder for the pictures cannot be written.";
}

impl fmt::Display for FaultCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A failure at the edge: its code and the whole chain of causes, already free of personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code.
    pub code: FaultCode,
    /// What happened, from the outermost error to its first cause, joined with `: `.
    pub chain: String,
}

impl Fault {
    /// Collects `error` and all its sources.
    #[must_use]
    pub fn from_error(code: FaultCode, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            source = cause.source();
        }
        Self { code, chain }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.chain)
    }
}

#[cfg(test)]
mod tests {
    use super::FaultCode;

    #[test]
    fn codes_are_unique_and_have_help() {
        let mut codes: Vec<_> = FaultCode::ALL.iter().map(|code| code.code()).collect();
        assert!(FaultCode::ALL.iter().all(|code| code.help().len() > 20));
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FaultCode::ALL.len());
    }
}
