// SPDX-License-Identifier: GPL-3.0-only
//! An explanation in words.

use std::io::{self, Write};

use super::{Explanation, Person, Told};
use crate::domain::policy::engine::{Program, Question, Verdict};
use crate::domain::policy::pack::Policy;
use crate::policies::words::{Language, Speaker, iso, outcome, verdict};

pub(super) struct Text<'e> {
    pub(super) program: &'e Program,
    pub(super) person: &'e Person,
    pub(super) language: Language,
    /// Whether everything is said of what does not apply too.
    pub(super) whole: bool,
}

/// The order in which an officer wants to see them.
const ORDER: [Verdict; 4] = [Verdict::Applies, Verdict::Needs, Verdict::DoesNot, Verdict::NotOffered];

impl Text<'_> {
    fn speaker(&self) -> Speaker<'_> {
        Speaker::new(self.program, self.person.on, self.language)
    }

    pub(super) fn write(&self, explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
        let speaker = self.speaker();
        let who = match &self.person.case {
            Some(case) => format!("{}: {}", case.id, speaker.text(&case.person)),
            None => "somebody".to_owned(),
        };
        writeln!(out, "{who}, on {}", iso(self.person.on))?;
        for (fact, value, _) in self.person.facts.iter() {
            writeln!(out, "  {}: {}", speaker.label(fact), speaker.value(fact, Some(value)))?;
        }
        for group in ORDER {
            for told in explanation.told.iter().filter(|told| told.proof.decision.verdict == group) {
                self.policy(told, out)?;
            }
        }
        if let Some(question) = &explanation.next_question {
            self.question(question, out)?;
        }
        Ok(())
    }

    fn policy(&self, told: &Told, out: &mut dyn Write) -> io::Result<()> {
        let Some(policy) = self.program.pack().policies.get(told.policy) else { return Ok(()) };
        let speaker = self.speaker();
        let decision = told.proof.decision;
        let worth = decision.worth.map(|worth| format!(", {}", speaker.worth(policy, worth))).unwrap_or_default();
        let title = speaker.text(&policy.title);
        writeln!(
            out,
            "\n{title} ({}, version {}): {}{worth}",
            policy.key,
            told.proof.version,
            verdict(decision.verdict)
        )?;
        let is_shown = self.whole || decision.verdict == Verdict::Applies;
        let most = match decision.verdict {
            _ if is_shown => usize::MAX,
            // What is unknown is said in one line.
            Verdict::Needs => 0,
            _ => 1,
        };
        for reason in told.proof.reasons.iter().take(most) {
            let known: Vec<String> = reason
                .used(&self.person.facts)
                .map(|(fact, value)| format!("{}: {}", speaker.label(fact), speaker.value(fact, value)))
                .collect();
            let known = if known.is_empty() { String::new() } else { format!(" [{}]", known.join("; ")) };
            writeln!(out, "  {}: {}{known}", outcome(reason.outcome), speaker.reason(told.policy, reason))?;
            if let Some(because) = self.program.because(told.policy, reason) {
                writeln!(out, "    {}", speaker.text(because))?;
            }
        }
        if !told.proof.missing.is_empty() {
            writeln!(out, "  unknown: {}", speaker.labels(&told.proof.missing))?;
        }
        if let Some(changes) = &told.smallest_change {
            let changes: Vec<String> = changes.iter().map(|change| speaker.change(change)).collect();
            writeln!(out, "  would apply with: {}", changes.join("; "))?;
        }
        if let Some((day, changed)) = told.changes_on {
            writeln!(out, "  by time alone: from {} on it {}", iso(day), verdict(changed))?;
        }
        if is_shown {
            self.particulars(told, policy, out)?;
        }
        Ok(())
    }

    /// What to bring, and the law.
    fn particulars(&self, told: &Told, policy: &Policy, out: &mut dyn Write) -> io::Result<()> {
        let speaker = self.speaker();
        let pack = self.program.pack();
        let name = |index: &usize| {
            let need = policy.documents.get(*index)?;
            let document = pack.documents.get(usize::from(need.document))?;
            let note = need.note.as_ref().map(|note| format!(" ({})", speaker.text(note))).unwrap_or_default();
            Some(format!("{}{note}", speaker.text(&document.name)))
        };
        let names: Vec<String> = told.documents.iter().filter_map(name).collect();
        if !names.is_empty() {
            writeln!(out, "  bring: {}", names.join(", "))?;
        }
        let source = &policy.source;
        let rest = [
            source.number.clone(),
            source.date.map(iso),
            source.article.as_ref().map(|article| speaker.text(article).to_owned()),
        ];
        let rest: String = rest.into_iter().flatten().map(|part| format!(", {part}")).collect();
        writeln!(out, "  source: {}{rest}", speaker.text(&source.title))?;
        if policy.differs_by_place {
            writeln!(out, "  differs by place: an example, check before use")?;
        }
        Ok(())
    }

    fn question(&self, question: &Question, out: &mut dyn Write) -> io::Result<()> {
        let speaker = self.speaker();
        let spec = self.program.pack().facts.get(usize::from(question.fact.0));
        let words = spec.and_then(|spec| spec.question.as_ref());
        let asked =
            words.map_or_else(|| speaker.label(question.fact).to_owned(), |words| speaker.text(words).to_owned());
        writeln!(out, "\nnext question, which concerns {} policies: {asked}", question.concerns)?;
        let answers: Vec<String> =
            question.answers.iter().map(|answer| speaker.answer(question.fact, answer)).collect();
        if !answers.is_empty() {
            writeln!(out, "  answers: {}", answers.join(" | "))?;
        }
        Ok(())
    }
}
