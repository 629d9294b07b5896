// SPDX-License-Identifier: GPL-3.0-only
//! The rules of the sample as a pack.

use std::collections::BTreeMap;

use doorstep::domain::day::LeapDay;
use doorstep::domain::policy::fact::{Choice, Decimal, FactId, FactKind, FactSpec, OptionId};
use doorstep::domain::policy::pack::{
    Amount, Benefit, Field, Institution, Pack, Period, Policy, Profile, Source, Unit, Words,
};
use doorstep::domain::policy::rule::{Clause, ClauseKind, Comparison, Quantity, TermUnit, Test};

use super::json::Json;

pub const BIRTH: &str = "demandeur.date_naissance";
pub const CHILDREN: &str = "enfants";

/// What the importer makes of the rules: the pack, and where each fact stands.
#[derive(Default)]
pub struct Importer {
    pub pack: Pack,
    facts: BTreeMap<String, FactId>,
    /// For each fact that is one of several texts their numbers.
    options: BTreeMap<FactId, BTreeMap<String, OptionId>>,
}

/// How a word of the sample's rules is compared.
fn comparison(word: &str) -> Result<Comparison, String> {
    Ok(match word {
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        "=" => Comparison::Equal,
        ">=" => Comparison::AtLeast,
        ">" => Comparison::More,
        other => return Err(format!("operator {other:?}")),
    })
}

fn clause(kind: ClauseKind) -> Clause {
    Clause { kind, because: None }
}

fn always() -> Clause {
    clause(ClauseKind::All(Vec::new()))
}

fn never() -> Clause {
    clause(ClauseKind::Any(Vec::new()))
}

fn not(inner: Clause) -> Clause {
    clause(ClauseKind::Not(Box::new(inner)))
}

fn text<'a>(of: &'a Json, key: &str) -> Result<&'a str, String> {
    of.get(key).and_then(Json::text).ok_or_else(|| format!("{key} is no text"))
}

fn number(of: &Json, key: &str) -> Result<Decimal, String> {
    of.get(key).and_then(Json::number).ok_or_else(|| format!("{key} is no number that can be read exactly"))
}

fn plain(name: &str) -> Words {
    Words { zh: name.to_owned(), en: name.to_owned() }
}

impl Importer {
    /// Reads a list of rules.
    pub fn read(rules: &str) -> Result<Self, String> {
        let mut importer = Self::default();
        importer.pack.key = "sample".to_owned();
        importer.pack.leap_day = LeapDay::February28;
        importer.pack.institutions = vec![Institution {
            key: "any".to_owned(),
            name: Words::default(),
            place: Words::default(),
            phone: String::new(),
            web: None,
        }];
        for rule in Json::parse(rules)?.list() {
            let policy = importer.policy(rule).map_err(|error| format!("{:?}: {error}", rule.get("id")))?;
            importer.pack.policies.push(policy);
        }
        Ok(importer)
    }

    /// The fact of a field, which is made where it is met for the first time.
    pub fn fact(&mut self, key: &str, kind: FactKind) -> FactId {
        if let Some(fact) = self.facts.get(key) {
            return *fact;
        }
        let fact = FactId(u16::try_from(self.pack.facts.len()).unwrap());
        self.pack.facts.push(FactSpec {
            key: key.to_owned(),
            kind,
            label: plain(key),
            question: Some(plain(key)),
            hint: None,
            card: None,
            served: false,
            changeable: true,
            exact: false,
        });
        self.facts.insert(key.to_owned(), fact);
        fact
    }

    /// All facts by their fields.
    pub fn facts(&self) -> impl Iterator<Item = (&str, FactId)> {
        self.facts.iter().map(|(key, fact)| (key.as_str(), *fact))
    }

    /// The option that a text is; one that no rule names is another one.
    pub fn option(&self, fact: FactId, text: &str) -> OptionId {
        let options = self.options.get(&fact);
        options.and_then(|options| options.get(text)).copied().unwrap_or(OptionId::OTHER)
    }

    fn yes(&mut self, key: &str) -> Clause {
        Test::Yes(self.fact(key, FactKind::Flag)).into()
    }

    fn number_fact(&mut self, key: &str) -> FactId {
        let (least, most) = (Decimal::from_steps(i64::MIN), Decimal::from_steps(i64::MAX));
        self.fact(key, FactKind::Number { unit: Words::default(), least, most, whole: false })
    }

    /// The text of a field is one of these.
    fn one_of<'a>(&mut self, key: &str, values: impl IntoIterator<Item = &'a str>) -> Clause {
        // A list of options may not be empty.
        let first = Choice { key: String::new(), label: Words::default() };
        let fact = self.fact(key, FactKind::Choice { options: vec![first] });
        let known = self.options.entry(fact).or_default();
        let FactKind::Choice { options } = &mut self.pack.facts[usize::from(fact.0)].kind else { return never() };
        let ids = values.into_iter().map(|value| {
            *known.entry(value.to_owned()).or_insert_with(|| {
                options.push(Choice { key: value.to_owned(), label: plain(value) });
                OptionId(u32::try_from(options.len() - 1).unwrap())
            })
        });
        Test::OneOf(fact, ids.collect()).into()
    }

    /// The same with a list of a condition; an absent or empty one restricts nothing.
    fn listed(&mut self, key: &str, values: Option<&Json>) -> Option<Clause> {
        let values: Vec<&str> = values.map(Json::list).unwrap_or_default().iter().filter_map(Json::text).collect();
        (!values.is_empty()).then(|| self.one_of(key, values))
    }

    fn includes_and_excludes(&mut self, key: &str, condition: &Json) -> Clause {
        let included = self.listed(key, condition.get("includes"));
        let excluded = self.listed(key, condition.get("excludes")).map(not);
        clause(ClauseKind::All(included.into_iter().chain(excluded).collect()))
    }

    fn rsa(&mut self) -> Clause {
        Test::Number(self.number_fact("facts.rsa"), Comparison::More, Quantity::Fixed(Decimal::ONE)).into()
    }

    fn compared(condition: &Json) -> Result<(Comparison, Quantity), String> {
        Ok((comparison(text(condition, "operator")?)?, Quantity::Fixed(number(condition, "value")?)))
    }

    /// The place of the rule's own institution.
    fn attached(&mut self, rule: &Json) -> Result<Clause, String> {
        let institution = rule.get("institution").ok_or("no institution")?;
        let (field, code) = match text(institution, "type")? {
            "region" => ("menage._region", "code_insee"),
            "departement" => ("menage._departement", "code_insee"),
            "commune" => ("menage.depcom", "code_insee"),
            "epci" => ("menage._epci", "code_siren"),
            _ => return Ok(never()),
        };
        let code = institution.get(code).and_then(Json::text);
        Ok(code.map_or_else(never, |code| self.one_of(field, [code])))
    }

    fn children(&mut self, condition: &Json) -> Result<Clause, String> {
        let days = self.fact(CHILDREN, FactKind::Days);
        let (comparison, value) = Self::compared(condition)?;
        let age = |key| {
            let number = condition.get(key).map(|_| number(condition, key)).transpose();
            number.map(|number| number.map(Decimal::steps))
        };
        // Ages are whole: the bounds are those of the whole numbers between them.
        let up = |steps: i64| steps.div_euclid(Decimal::STEPS) + i64::from(steps % Decimal::STEPS != 0);
        let down = |steps: i64| steps.div_euclid(Decimal::STEPS);
        let (from, to) = match (age("age_min")?, age("age_max")?) {
            (None, None) => (i64::from(i32::MIN), i64::from(i32::MAX)),
            (least, most) => (least.map_or(0, up), most.map_or(99, down)),
        };
        let bound = |age: i64| i32::try_from(age).map_err(|_| "an age beyond all bounds");
        let (from, to) = (bound(from)?, bound(to)?);
        Ok(Test::Count { days, unit: TermUnit::Years, from, to, comparison, value }.into())
    }

    /// Table B.
    fn condition(&mut self, condition: &Json, rule: &Json) -> Result<Clause, String> {
        let values = condition.get("values");
        Ok(match text(condition, "type")? {
            "age" => {
                let (comparison, value) = Self::compared(condition)?;
                Test::Term(self.fact(BIRTH, FactKind::Day), TermUnit::Years, comparison, value).into()
            }
            "regions" => self.listed("menage._region", values).unwrap_or_else(always),
            "departements" => self.listed("menage._departement", values).unwrap_or_else(always),
            "communes" => self.listed("menage.depcom", values).unwrap_or_else(always),
            "epcis" => self.listed("menage._epci", values).unwrap_or_else(always),
            "codes_postaux" => self.listed("menage._codePostal", values).unwrap_or_else(always),
            "excluded_epcis" => self.listed("menage._epci", values).map_or_else(always, not),
            "quotient_familial" => {
                let (comparison, value) = Self::compared(condition)?;
                let is_month = condition.get("period").and_then(Json::text) == Some("month");
                let times = Decimal::whole(if is_month { 12 } else { 1 }).ok_or("no factor")?;
                let (over, under) = (self.number_fact("facts.rfr"), self.number_fact("facts.nbptr"));
                Test::Ratio { over, under, times, comparison, value }.into()
            }
            "formation_sanitaire_social" => self.one_of("demandeur.groupe_specialites_formation", ["groupe_330"]),
            // These two are no places: an empty list has nothing in it.
            "annee_etude" => self.listed("demandeur.annee_etude", values).unwrap_or_else(never),
            "mention_baccalaureat" => self.listed("demandeur.mention_baccalaureat", values).unwrap_or_else(never),
            "attached_to_institution" => self.attached(rule)?,
            "boursier" => self.yes("facts.boursier"),
            "regime_securite_sociale" => self.includes_and_excludes("facts.regime_securite_sociale", condition),
            "statut_occupation_logement" => self.includes_and_excludes("menage.statut_occupation_logement", condition),
            "difficultes_acces_ou_frais_logement" => self.yes("menage._difficultes_acces_ou_frais_logement"),
            "agence_travail_temporaire" => self.yes("demandeur._agence_travail_temporaire"),
            "beneficiaire_rsa" => self.rsa(),
            "taux_incapacite" => {
                let (comparison, value) = Self::compared(condition)?;
                Test::Number(self.number_fact("demandeur.taux_incapacite"), comparison, value).into()
            }
            "enfants_eligibles" => self.children(condition)?,
            "not" => not(self.condition(condition.get("value").ok_or("not of nothing")?, rule)?),
            other => return Err(format!("condition {other:?}")),
        })
    }

    /// Table A.
    fn profile_test(&mut self, kind: &str) -> Result<Clause, String> {
        Ok(match kind {
            "chomeur" | "etudiant" | "inactif" | "independant" | "salarie" => self.one_of("demandeur.activite", [kind]),
            "collegien" => self.one_of("demandeur.scolarite", ["college"]),
            "lyceen" => self.one_of("demandeur.scolarite", ["lycee"]),
            "enseignement_superieur" => self.one_of("demandeur.scolarite", ["enseignement_superieur"]),
            "apprenti" | "professionnalisation" => self.one_of("demandeur._contratAlternance", [kind]),
            "service_civique" => self.yes("demandeur.service_civique"),
            "stagiaire" => self.yes("demandeur.stagiaire"),
            "situation_handicap" => self.yes("demandeur.handicap"),
            "beneficiaire_rsa" => self.rsa(),
            "parent" => Test::Some(self.fact(CHILDREN, FactKind::Days)).into(),
            other => return Err(format!("profile {other:?}")),
        })
    }

    fn conditions(&mut self, conditions: Option<&Json>, rule: &Json) -> Result<Vec<Clause>, String> {
        let conditions = conditions.map(Json::list).unwrap_or_default();
        conditions.iter().map(|condition| self.condition(condition, rule)).collect()
    }

    fn policy(&mut self, rule: &Json) -> Result<Policy, String> {
        let mut profiles = Vec::new();
        for profile in rule.get("profils").map(Json::list).unwrap_or_default() {
            let kind = text(profile, "type")?;
            let mut conditions = vec![self.profile_test(kind)?];
            conditions.extend(self.conditions(profile.get("conditions"), rule)?);
            profiles.push(Profile { name: plain(kind), conditions });
        }
        let amount = match text(rule, "type")? {
            "bool" => None,
            "float" => Some(Amount::Fixed(Quantity::Fixed(number(rule, "montant")?))),
            other => return Err(format!("type {other:?}")),
        };
        let interest = rule.get("interestFlag").and_then(Json::text);
        let interest = interest.map(|flag| Test::Yes(self.fact(&format!("demandeur.{flag}"), FactKind::Flag)));
        Ok(Policy {
            key: text(rule, "id")?.to_owned(),
            version: 1,
            title: Words::default(),
            summary: Words::default(),
            spoken: None,
            field: Field::Other,
            institution: 0,
            from: None,
            until: None,
            interest,
            profiles,
            conditions: self.conditions(rule.get("conditions_generales"), rule)?,
            benefit: Benefit { amount, unit: Unit::default(), period: Period::default(), in_kind: None },
            documents: Vec::new(),
            apply: None,
            deadline: None,
            source: Source { title: Words::default(), number: None, date: None, article: None, link: None },
            differs_by_place: false,
        })
    }
}
