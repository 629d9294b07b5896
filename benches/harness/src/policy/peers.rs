// SPDX-License-Identifier: GPL-3.0-only
//! The other engines. Rules are compiled and people made ready beforehand, as their authors advise for many rules.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use datalogic_rs::{Engine, Logic, ParsedData};
use serde_json::json;

use super::rules::{Person, Rule};
use crate::Outcome;

/// JSON logic by the crate datalogic-rs.
pub struct JsonLogic {
    engine: Engine,
    rules: Vec<Logic>,
    people: Vec<ParsedData>,
}

impl JsonLogic {
    pub fn new(rules: &[Rule], people: &[Person]) -> Outcome<Self> {
        let engine = Engine::new();
        let compiled = rules.iter().map(|rule| engine.compile(rule.json_logic().to_string().as_str()));
        let rules = compiled.collect::<Result<_, _>>().map_err(|error| format!("{error:?}"))?;
        let parsed = people.iter().map(|person| ParsedData::from_json(&person.json().to_string()));
        let people = parsed.collect::<Result<_, _>>().map_err(|error| format!("{error:?}"))?;
        Ok(Self { engine, rules, people })
    }

    pub fn applies(&mut self) -> Outcome<usize> {
        let mut session = self.engine.session();
        let mut count = 0;
        for person in &self.people {
            for rule in &self.rules {
                let result = session.eval_borrowed(rule, person).map_err(|error| format!("{error:?}"))?;
                count += usize::from(result.as_bool() == Some(true));
            }
            session.reset();
        }
        Ok(count)
    }
}

/// Common Expression Language by the crate cel.
pub struct Cel {
    rules: Vec<cel::Program>,
    people: Vec<cel::Context<'static, 'static>>,
}

impl Cel {
    pub fn new(rules: &[Rule], people: &[Person]) -> Outcome<Self> {
        let compiled = rules.iter().map(|rule| cel::Program::compile(&rule.cel()));
        let rules = compiled.collect::<Result<_, _>>().map_err(|error| format!("{error}"))?;
        let mut contexts = Vec::with_capacity(people.len());
        for person in people {
            let mut context = cel::Context::default();
            for (name, value) in person.json().as_object().into_iter().flatten() {
                let value = match value {
                    serde_json::Value::Bool(yes) => cel::Value::Bool(*yes),
                    serde_json::Value::Number(number) => cel::Value::Int(number.as_i64().ok_or("no whole number")?),
                    other => cel::Value::String(other.as_str().ok_or("no text")?.to_owned().into()),
                };
                context.add_variable_from_value(name.clone(), value);
            }
            contexts.push(context);
        }
        Ok(Self { rules, people: contexts })
    }

    pub fn applies(&mut self) -> Outcome<usize> {
        let mut count = 0;
        for person in &self.people {
            for rule in &self.rules {
                let result = rule.execute(person).map_err(|error| format!("{error}"))?;
                count += usize::from(result == cel::Value::Bool(true));
            }
        }
        Ok(count)
    }
}

/// JSON logic by the Python package, in one process that stays.
pub struct Python {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub version: String,
    /// How many apply, of all rules and people.
    pub applies: usize,
}

impl Python {
    pub fn start(python: &Path, work: &Path, rules: &[Rule], people: &[Person]) -> Outcome<Self> {
        let path = work.join("policy.json");
        let rules: Vec<_> = rules.iter().map(Rule::json_logic).collect();
        let people: Vec<_> = people.iter().map(Person::json).collect();
        std::fs::write(&path, json!({ "rules": rules, "people": people }).to_string())?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/policy.py");
        let mut command = Command::new(python);
        let mut child = command.arg(script).arg(&path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().ok_or("no input")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let mut peer = Self { child, ask, answers, version: String::new(), applies: 0 };
        let told = peer.line()?;
        let (version, applies) = told.split_once(' ').ok_or("the Python peer tells too little")?;
        (peer.version, peer.applies) = (version.to_owned(), applies.parse()?);
        Ok(peer)
    }

    fn line(&mut self) -> Outcome<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    /// Decisions a second, over so long a time.
    pub fn round(&mut self, time: Duration) -> Outcome<f64> {
        writeln!(self.ask, "{}", time.as_secs_f64())?;
        Ok(self.line()?.parse()?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
