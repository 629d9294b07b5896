// SPDX-License-Identifier: MIT OR Apache-2.0
//! A job on its way: sent, looked for, followed, cancelled.

use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use super::IppStatus;
use super::attributes::{JobState, JobStatus};
use super::client::Lost;
use super::driver::IppPrinter;
use super::message::{Attribute, Message, Value, group, operation};
use crate::device::CommandLimit;
use crate::printer::{PrintOutcome, PrinterError};

/// Longest time for Cancel-Job and the look after it, when the command's own time is over.
const CANCEL_LIMIT: Duration = Duration::from_millis(1500);

/// What is asked of a job.
const JOB_ATTRIBUTES: [&str; 4] = ["job-id", "job-name", "job-state", "job-state-reasons"];

/// Most jobs that are looked through.
const MOST_JOBS: i32 = 500;

/// What became of sending.
enum Sent {
    /// The printer has it.
    Job(JobStatus),
    /// It is settled already.
    Settled(PrintOutcome),
}

/// A name that no other job has, so that this one can be found by it.
fn job_name() -> String {
    // The keys of the standard hasher are random.
    let random = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    format!("doorstep-{:016x}", random())
}

impl IppPrinter {
    /// Sends `bytes` as a job and follows it.
    pub(super) fn run_job(&mut self, format: &str, bytes: &[u8], limit: &CommandLimit) -> PrintOutcome {
        let name = job_name();
        match self.send_job(&name, format, bytes, limit) {
            Sent::Job(job) => self.follow(&job, &name, limit),
            Sent::Settled(outcome) => outcome,
        }
    }

    fn send_job(&mut self, name: &str, format: &str, bytes: &[u8], limit: &CommandLimit) -> Sent {
        loop {
            let media = Attribute::keywords("media", &["iso_a4_210x297mm"]);
            let request = self
                .request(operation::PRINT_JOB)
                .with(group::OPERATION, Attribute::new("job-name", Value::Name(name.to_owned())))
                .with(group::OPERATION, Attribute::new("document-format", Value::Mime(format.to_owned())))
                .with(group::JOB, Attribute::new("copies", Value::Integer(1)))
                .with(group::JOB, media)
                .with(group::JOB, Attribute::keywords("sides", &["one-sided"]));
            let status = match self.exchange_with(&request, bytes, limit) {
                Ok(answer) => match IppStatus::check(answer.code) {
                    Ok(()) => return self.taken(&answer, name, limit),
                    Err(status) => status,
                },
                Err(lost) => return self.lost(lost, name, limit),
            };
            // Only a printer that said that it did not take the job is asked again.
            if status != IppStatus::Busy {
                return Sent::Settled(PrintOutcome::Failed(PrinterError::Refused(Box::new(status))));
            }
            if let Err(error) = self.pause(self.options.busy_pause, limit) {
                let error = if matches!(error, PrinterError::NoAnswer) { PrinterError::Busy } else { error };
                return Sent::Settled(PrintOutcome::Failed(error));
            }
        }
    }

    /// The printer took the job and says which number it has; else it is looked for.
    fn taken(&mut self, answer: &Message, name: &str, limit: &CommandLimit) -> Sent {
        match answer.group(group::JOB).and_then(JobStatus::from_group) {
            Some(job) => Sent::Job(job),
            None => match self.find_job(name, limit) {
                Ok(Some(job)) => Sent::Job(job),
                Ok(None) => Sent::Settled(PrintOutcome::Unknown(PrinterError::Garbage)),
                Err(error) => Sent::Settled(PrintOutcome::Unknown(error)),
            },
        }
    }

    /// The job, or its answer, was lost on the way. Before anything is said of it the printer is asked whether it has a
    /// job of this name.
    fn lost(&mut self, lost: Lost, name: &str, limit: &CommandLimit) -> Sent {
        if lost.written_bytes == 0 {
            return Sent::Settled(PrintOutcome::Failed(lost.error));
        }
        let called_back = matches!(lost.error, PrinterError::Cancelled);
        let own = CommandLimit::after(CANCEL_LIMIT);
        let looking = if called_back || limit.has_passed() { &own } else { limit };
        loop {
            match self.find_job(name, looking) {
                Ok(Some(job)) if called_back => {
                    return Sent::Settled(self.cancel(&job, name, PrinterError::Cancelled));
                }
                Ok(Some(job)) => return Sent::Job(job),
                // A printer that has not even got it whole prints nothing of it.
                Ok(None) if !lost.whole => return Sent::Settled(PrintOutcome::Failed(lost.error)),
                Ok(None) => return Sent::Settled(PrintOutcome::Unknown(lost.error)),
                Err(PrinterError::Cancelled) => {
                    return Sent::Settled(PrintOutcome::Unknown(PrinterError::Cancelled));
                }
                Err(_) => {}
            }
            if self.pause(self.options.follow_interval, looking).is_err() {
                return Sent::Settled(PrintOutcome::Unknown(lost.error));
            }
        }
    }

    /// Looks for the job of this name among those that wait, and then among those that are done.
    fn find_job(&mut self, name: &str, limit: &CommandLimit) -> Result<Option<JobStatus>, PrinterError> {
        for which in ["not-completed", "completed"] {
            let request = self
                .request(operation::GET_JOBS)
                .with(group::OPERATION, Attribute::keywords("which-jobs", &[which]))
                .with(group::OPERATION, Attribute::new("limit", Value::Integer(MOST_JOBS)))
                .with(group::OPERATION, Attribute::keywords("requested-attributes", &JOB_ATTRIBUTES));
            let answer = self.ask(&request, limit)?;
            let jobs = answer.groups.iter().filter(|group| group.tag == group::JOB);
            let found = jobs.filter(|job| job.texts("job-name").any(|known| known == name));
            if let Some(job) = found.filter_map(JobStatus::from_group).next() {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    /// Follows the job to its end.
    fn follow(&mut self, job: &JobStatus, name: &str, limit: &CommandLimit) -> PrintOutcome {
        let mut last = job.clone();
        let mut lost: Option<PrinterError> = None;
        loop {
            if let Some(outcome) = settled(&last) {
                return outcome;
            }
            match self.pause(self.options.follow_interval, limit) {
                Ok(()) => {}
                Err(PrinterError::Cancelled) => return self.cancel(job, name, PrinterError::Cancelled),
                Err(error) => return self.cancel(job, name, lost.unwrap_or(error)),
            }
            // What stops the printer now would let the job come out later, in front of somebody else.
            match self.ask_sensors(limit) {
                Ok(status) => {
                    if let Some(fault) = status.reported_fault() {
                        return self.cancel(job, name, fault);
                    }
                }
                Err(PrinterError::Cancelled) => return self.cancel(job, name, PrinterError::Cancelled),
                // Whether the printer is still there, the next question tells.
                Err(_) => {}
            }
            match self.job_status(job.id, name, limit) {
                Ok(now) => (last, lost) = (now, None),
                Err(PrinterError::Cancelled) => return self.cancel(job, name, PrinterError::Cancelled),
                // A printer that forgot the job at once will not remember it later.
                Err(error @ PrinterError::Refused(_)) => return PrintOutcome::Unknown(error),
                Err(error) => lost = Some(error),
            }
        }
    }

    /// How the job is; one that the printer no longer knows by number is looked for by name.
    fn job_status(&mut self, id: i32, name: &str, limit: &CommandLimit) -> Result<JobStatus, PrinterError> {
        let request = self
            .request(operation::GET_JOB_ATTRIBUTES)
            .with(group::OPERATION, Attribute::new("job-id", Value::Integer(id)))
            .with(group::OPERATION, Attribute::keywords("requested-attributes", &JOB_ATTRIBUTES));
        let not_found = |error: &PrinterError| match error {
            PrinterError::Refused(source) => source.downcast_ref() == Some(&IppStatus::NotFound),
            _ => false,
        };
        match self.ask(&request, limit) {
            Ok(answer) => answer.group(group::JOB).and_then(JobStatus::from_group).ok_or(PrinterError::Garbage),
            Err(error) if not_found(&error) => self.find_job(name, limit)?.ok_or(error),
            Err(error) => Err(error),
        }
    }

    /// Cancels the job because of `why` and asks what became of it.
    fn cancel(&mut self, job: &JobStatus, name: &str, why: PrinterError) -> PrintOutcome {
        let limit = CommandLimit::after(CANCEL_LIMIT);
        let request = self
            .request(operation::CANCEL_JOB)
            .with(group::OPERATION, Attribute::new("job-id", Value::Integer(job.id)));
        // A job that is done cannot be cancelled; the look afterwards tells.
        let _ = self.ask(&request, &limit);
        loop {
            match self.job_status(job.id, name, &limit).map(|job| job.state) {
                Ok(JobState::Completed) => return PrintOutcome::Printed,
                Ok(JobState::Canceled | JobState::Aborted) => return PrintOutcome::Failed(why),
                _ => {}
            }
            if self.pause(self.options.follow_interval, &limit).is_err() {
                return PrintOutcome::Unknown(why);
            }
        }
    }

    /// Waits; [`PrinterError::NoAnswer`] when the limit is over.
    fn pause(&self, pause: Duration, limit: &CommandLimit) -> Result<(), PrinterError> {
        let pause = limit.at_most(pause);
        // Nothing is ever sent on this channel: it only waits.
        let (_sender, never) = std::sync::mpsc::channel::<()>();
        while !pause.has_passed() && !pause.is_cancelled() {
            let _ = never.recv_timeout(pause.step());
        }
        Ok(limit.check()?)
    }
}

/// The end of the job, if it has come to one.
fn settled(job: &JobStatus) -> Option<PrintOutcome> {
    let reasons = || if job.reasons.is_empty() { "no reason given".to_owned() } else { job.reasons.join(", ") };
    match job.state {
        JobState::Completed if job.reasons.iter().any(|reason| reason == "job-completed-with-errors") => {
            Some(PrintOutcome::Failed(PrinterError::Aborted { reasons: reasons() }))
        }
        JobState::Completed => Some(PrintOutcome::Printed),
        JobState::Canceled => Some(PrintOutcome::Failed(PrinterError::CancelledAtPrinter)),
        JobState::Aborted => Some(PrintOutcome::Failed(PrinterError::Aborted { reasons: reasons() })),
        JobState::Pending | JobState::Processing | JobState::Stopped | JobState::Unknown => None,
    }
}
