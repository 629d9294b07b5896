// SPDX-License-Identifier: GPL-3.0-only
//! The picture of the pages.

use std::sync::Arc;

use super::answer::{most_digits, shown_answers};
use super::reasons::{fact_shown, name_registers, reasons_shown};
use super::view::{
    AnswerShown, DetailShown, DocumentProof, DocumentShown, Group, ListShown, PackShown, PolicyPage, PolicyScreen,
    QuestionShown, RowShown,
};
use super::{PolicyDesk, Visit};
use crate::domain::day::Day;
use crate::domain::policy::engine::{Show, Verdict};
use crate::domain::policy::fact::{Decimal, FactId, Origin, Value};

/// Of so many rows about the one that the page begins with the questions are counted.
const ROWS_ABOUT: usize = 16;

impl PolicyDesk {
    /// What the pages show.
    #[must_use]
    pub fn page(&self) -> PolicyPage {
        let mut page = PolicyPage {
            made: self.live.as_ref().map(|live| live.made),
            stale_days: self.live.as_ref().and_then(|live| self.stale_days(live.made)),
            pack: self.live.as_ref().map(|live| PackShown(Arc::clone(&live.program))),
            service_offered: self.rules.service,
            ways: self.ways,
            ..PolicyPage::default()
        };
        let Some(visit) = &self.visit else { return page };
        page.screen = visit.screen;
        page.pack = Some(PackShown(Arc::clone(visit.program())));
        page.changed = visit.changed;
        page.service_agreed = visit.service_agreed;
        page.service_silent = visit.service_silent;
        page.stage = visit.stage;
        page.hint = visit.hint;
        page.reading = visit.reading;
        match visit.screen {
            PolicyScreen::Start | PolicyScreen::Card => {}
            PolicyScreen::List => page.list = visit.list(self.today),
            PolicyScreen::Question => page.question = visit.question_shown(self.today),
            PolicyScreen::Detail => page.detail = visit.detail(self.today),
        }
        page
    }

    fn stale_days(&self, made: Day) -> Option<u32> {
        let days = u32::try_from(self.today.number() - made.number()).ok()?;
        (days >= self.rules.stale_days).then_some(days)
    }
}

impl Visit {
    fn list(&self, today: Day) -> ListShown {
        let mut rows = Arc::clone(self.sorted.rows(self.group));
        if self.group == Group::Needs {
            let about = self.first_row..(self.first_row + ROWS_ABOUT).min(rows.len());
            for row in Arc::make_mut(&mut rows)[about].iter_mut() {
                row.questions = self.program().questions_left(row.policy, today, &self.facts);
            }
        }
        ListShown {
            group: self.group,
            counts: self.sorted.counts(),
            fresh: self.sorted.fresh(),
            rows,
            first_row: self.first_row,
            question_waits: self.program().asks_anything(&self.decisions, (today, &self.facts), &self.skipped),
        }
    }

    fn question_shown(&self, today: Day) -> Option<QuestionShown> {
        let question = self.question.as_ref()?;
        let answers = shown_answers(question).map(|answer| AnswerShown {
            show: answer.show,
            place: match answer.value {
                Value::Place(place) => Some(place),
                _ => None,
            },
        });
        Some(QuestionShown {
            fact: question.fact,
            ask: question.ask,
            answers: answers.collect(),
            or_nothing: question.ask.is_typed() && question.answers.iter().any(|answer| answer.show == Show::Nothing),
            left: self.questions_left(today, self.question_for).max(1),
            typed: self.typed.clone(),
            bounds: self.typed_bounds().unwrap_or((Decimal::ZERO, Decimal::ZERO)),
            point: self.typed_takes_point(),
            most_digits: most_digits(question.ask),
            complete: self.typed_is_complete(),
            refused: self.refused,
            no_day: self.refused && self.typed_is_no_day(),
            before: !self.asked.is_empty(),
        })
    }

    /// Questions that can be asked and were not skipped, of everything or for one policy.
    fn questions_left(&self, today: Day, policy: Option<usize>) -> usize {
        self.program().questions_left_after(&self.decisions, (today, &self.facts), &self.skipped, policy)
    }

    fn detail(&self, today: Day) -> Option<DetailShown> {
        let policy = self.open?;
        let program = self.program();
        let (group, mut row) = self.sorted.find(policy)?;
        row.questions = program.questions_left(policy, today, &self.facts);
        let change_to = |goal| match group {
            Group::Not => program.smallest_change_to(goal, policy, today, &self.facts),
            Group::Applies | Group::Needs | Group::Later => None,
        };
        let applies = change_to(Verdict::Applies);
        let (changes, changes_open) = match applies {
            Some(changes) => (changes, false),
            None => (change_to(Verdict::Needs).unwrap_or_default(), true),
        };
        let mut reasons = reasons_shown(program, policy, today, &self.facts);
        name_registers(&mut reasons, &self.registers);
        Some(DetailShown {
            row: RowShown { ..row },
            group,
            part: self.part,
            reasons,
            changes: changes
                .iter()
                .map(|change| (change.fact, fact_shown(program, change.fact, Some(&change.to), today)))
                .collect(),
            changes_open,
            documents: self.documents(policy, today),
            can_ask: program.next_question_for(policy, today, &self.facts, &self.skipped).is_some(),
        })
    }

    /// What to bring, as far as the person does not have it here already.
    pub(super) fn documents(&self, policy: usize, today: Day) -> Vec<DocumentShown> {
        let pack = self.program().pack();
        let Some(needs) = pack.policies.get(policy).map(|policy| &policy.documents) else { return Vec::new() };
        let needed = self.program().documents(policy, today, &self.facts);
        let shown = needed.into_iter().filter_map(|need| {
            let number = needs.get(need)?.document;
            let document = pack.documents.get(usize::from(number))?;
            let told = |fact: &FactId| matches!(self.facts.origin(*fact), Some(Origin::Service { .. }));
            let proof = if document.is_id_card && self.card_shown {
                DocumentProof::Shown
            } else if document.proved_by.iter().any(told) {
                DocumentProof::Told
            } else {
                DocumentProof::Bring
            };
            let ready = proof == DocumentProof::Shown || self.ready.contains(&number);
            Some(DocumentShown { need, proof, ready })
        });
        shown.collect()
    }
}
