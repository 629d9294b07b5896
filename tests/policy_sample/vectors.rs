// SPDX-License-Identifier: GPL-3.0-only
//! The tables of the rules one by one, with invented rules: what worked situations may not show.

use std::sync::Arc;

use doorstep::domain::policy::engine::{Decisions, Program};

use super::cases::Case;
use super::rules::Importer;

/// Whether a rule with these further fields is granted, in a situation of these parts. The number of rules that were
/// tested is checked beside it.
fn granted(rule: &str, situation: &str, facts: &str) -> bool {
    let rule = format!(r#"[{{"id": "r", "type": "bool", "institution": {{"type": "autre"}}, {rule}}}]"#);
    decided(&rule, situation, facts)
}

fn decided(rules: &str, situation: &str, facts: &str) -> bool {
    let importer = Importer::read(rules).unwrap();
    let program = Program::compile(Arc::new(importer.pack.clone())).unwrap();
    let differs = |eligible: &str| {
        let line = format!(
            r#"{{"id": 1, "situation": {{"dateDeValeur": "2025-02-28", {situation}}},
                "facts": {{{facts}}}, "eligible": {{{eligible}}}}}"#
        );
        let case = Case::read(&line, &importer).unwrap();
        !case.differences(&program, &mut Decisions::new()).is_empty()
    };
    let (yes, no) = (!differs(r#""r": true"#), !differs(""));
    assert!(yes != no, "granted or not granted, and nothing else");
    yes
}

/// The same for one general condition.
fn holds(condition: &str, situation: &str, facts: &str) -> bool {
    let direct = granted(&format!(r#""conditions_generales": [{condition}]"#), situation, facts);
    let opposite = format!(r#""profils": [], "conditions_generales": [{{"type": "not", "value": {condition}}}]"#);
    assert_eq!(direct, !granted(&opposite, situation, facts), "not of {condition}");
    direct
}

#[test]
fn ages_are_full_years_and_leap_days_count_in_february() {
    let age = |born: &str, on: &str, operator: &str, value: &str| {
        let rules = format!(
            r#"[{{"id": "r", "type": "bool", "institution": {{"type": "autre"}},
                "conditions_generales": [{{"type": "age", "operator": "{operator}", "value": {value}}}]}}]"#
        );
        let importer = Importer::read(&rules).unwrap();
        let program = Program::compile(Arc::new(importer.pack.clone())).unwrap();
        let line = format!(
            r#"{{"id": 1, "situation": {{"dateDeValeur": "{on}", "demandeur": {{"date_naissance": "{born}"}}}},
                "facts": {{}}, "eligible": {{"r": true}}, "tested": 1}}"#
        );
        Case::read(&line, &importer).unwrap().differences(&program, &mut Decisions::new()).is_empty()
    };
    for (born, on, years) in [
        ("2004-02-29", "2025-02-27", 20),
        ("2004-02-29", "2025-02-28", 21),
        ("2004-02-29", "2024-02-28", 19),
        ("2004-02-29", "2024-02-29", 20),
        ("2004-03-01", "2025-02-28", 20),
        ("1960-12-31", "2025-12-30", 64),
        ("1960-12-31", "2025-12-31", 65),
    ] {
        assert!(age(born, on, "=", &years.to_string()), "{born} on {on}");
        assert!(age(born, on, ">=", &years.to_string()) && age(born, on, "<=", &years.to_string()));
        assert!(!age(born, on, ">", &years.to_string()) && !age(born, on, "<", &years.to_string()));
        assert!(age(born, on, "<", &format!("{years}.5")), "comparisons are exact");
    }
}

#[test]
fn an_age_that_is_told_without_a_birthday_counts() {
    let adult = r#"{"type": "age", "operator": ">=", "value": 18}"#;
    let with = |facts: &str| holds(adult, r#""demandeur": {}"#, facts);
    assert!(with(r#""age": 18"#) && !with(r#""age": 17"#) && !with(""));
}

#[test]
fn lists_restrict_only_where_they_are_given() {
    for (kind, part, field) in [
        ("regions", "menage", "_region"),
        ("departements", "menage", "_departement"),
        ("communes", "menage", "depcom"),
        ("epcis", "menage", "_epci"),
        ("codes_postaux", "menage", "_codePostal"),
        ("annee_etude", "demandeur", "annee_etude"),
        ("mention_baccalaureat", "demandeur", "mention_baccalaureat"),
    ] {
        let condition = format!(r#"{{"type": "{kind}", "values": ["01", "2A"]}}"#);
        for (value, expected) in [("01", true), ("2A", true), ("1", false), ("001", false), ("2a", false)] {
            assert_eq!(holds(&condition, &format!(r#""{part}": {{"{field}": "{value}"}}"#), ""), expected, "{kind}");
        }
        assert!(!holds(&condition, r#""menage": {}"#, ""), "{kind}: absent is in no list");
        if part == "menage" {
            assert!(holds(&format!(r#"{{"type": "{kind}", "values": []}}"#), r#""menage": {}"#, ""));
            assert!(holds(&format!(r#"{{"type": "{kind}"}}"#), r#""menage": {}"#, ""));
        }
    }
    let excluded = r#"{"type": "excluded_epcis", "values": ["200000001"]}"#;
    assert!(!holds(excluded, r#""menage": {"_epci": "200000001"}"#, ""));
    assert!(holds(excluded, r#""menage": {"_epci": "200000002"}"#, ""));
    assert!(holds(excluded, r#""menage": {}"#, ""), "who is nowhere is not excluded");
    assert!(holds(r#"{"type": "excluded_epcis", "values": []}"#, r#""menage": {"_epci": "200000001"}"#, ""));
}

#[test]
fn the_quotient_is_of_the_parts_and_the_months() {
    let month = r#"{"type": "quotient_familial", "operator": "<=", "value": 700, "period": "month"}"#;
    let year = r#"{"type": "quotient_familial", "operator": "<=", "value": 700, "period": "year"}"#;
    let with = |condition: &str, facts: &str| holds(condition, r#""menage": {}"#, facts);
    assert!(with(month, r#""rfr": 21000, "nbptr": 2.5"#), "21000 / 2.5 / 12 is 700");
    assert!(!with(month, r#""rfr": 21000.01, "nbptr": 2.5"#));
    assert!(with(year, r#""rfr": 1750, "nbptr": 2.5"#));
    assert!(!with(year, r#""rfr": 1751, "nbptr": 2.5"#));
    for parts in ["", r#", "nbptr": 0"#, r#", "nbptr": null"#] {
        assert!(with(year, &format!(r#""rfr": 700{parts}"#)) && !with(year, &format!(r#""rfr": 701{parts}"#)));
    }
    let third = r#"{"type": "quotient_familial", "operator": "=", "value": 33.333333, "period": "year"}"#;
    assert!(!with(third, r#""rfr": 100, "nbptr": 3"#), "nothing is rounded");
    assert!(!with(year, ""), "no income is told: not met");
}

#[test]
fn an_institution_has_its_own_area() {
    for (kind, code, field) in [
        ("region", "code_insee", "_region"),
        ("departement", "code_insee", "_departement"),
        ("commune", "code_insee", "depcom"),
        ("epci", "code_siren", "_epci"),
    ] {
        let rule = |kind: &str, code: &str| {
            format!(
                r#"[{{"id": "r", "type": "bool", "institution": {{"type": "{kind}", "{code}": "2A"}},
                    "conditions_generales": [{{"type": "attached_to_institution"}}]}}]"#
            )
        };
        let at = |value: &str| format!(r#""menage": {{"{field}": "{value}"}}"#);
        assert!(decided(&rule(kind, code), &at("2A"), ""), "{kind}");
        assert!(!decided(&rule(kind, code), &at("2B"), ""));
        assert!(!decided(&rule(kind, code), r#""menage": {}"#, ""));
        assert!(!decided(&rule(kind, "code"), &at("2A"), ""), "an institution without a code has no area");
        assert!(!decided(&rule("caf", code), &at("2A"), ""), "others have none");
    }
}

#[test]
fn children_are_counted_between_two_ages_where_there_are_any() {
    let children = |born: &[&str]| {
        let born: Vec<String> = born.iter().map(|day| format!(r#"{{"date_naissance": "{day}"}}"#)).collect();
        format!(r#""enfants": [{}]"#, born.join(","))
    };
    let count = |operator: &str, value: u8, bounds: &str| {
        format!(r#"{{"type": "enfants_eligibles", "operator": "{operator}", "value": {value}{bounds}}}"#)
    };
    // On 2025-02-28: 3, 5 (born on a leap day), 17, and 0.
    let four = children(&["2021-03-01", "2020-02-29", "2007-12-31", "2025-02-28"]);
    assert!(holds(&count("=", 2, r#", "age_min": 3, "age_max": 5"#), &four, ""), "both ends are included");
    assert!(holds(&count("=", 1, r#", "age_min": 4, "age_max": 5"#), &four, ""));
    assert!(holds(&count("=", 3, r#", "age_max": 5"#), &four, ""));
    assert!(holds(&count("=", 1, r#", "age_min": 6"#), &four, ""));
    assert!(holds(&count(">=", 4, ""), &four, ""));
    assert!(holds(&count("=", 0, r#", "age_min": 6, "age_max": 16"#), &four, ""));
    for none in [r#""enfants": []"#, r#""menage": {}"#] {
        for operator in ["=", "<", "<=", ">="] {
            assert!(!holds(&count(operator, 0, ""), none, ""), "without children it never holds");
        }
    }
    let unborn = children(&["2025-09-01"]);
    assert!(holds(&count("=", 1, r#", "age_min": 0, "age_max": 0"#), &unborn, ""), "less than a year ahead is zero");
    let old = children(&["1900-01-01"]);
    assert!(holds(&count("=", 0, r#", "age_min": 0"#), &old, "") && holds(&count("=", 1, ""), &old, ""));
}

#[test]
fn texts_in_and_not_in_lists() {
    for (kind, part, field) in [
        ("regime_securite_sociale", "facts", "regime_securite_sociale"),
        ("statut_occupation_logement", "menage", "statut_occupation_logement"),
    ] {
        let with = |lists: &str, value: &str| {
            let condition = format!(r#"{{"type": "{kind}"{lists}}}"#);
            let field = if value.is_empty() { String::new() } else { format!(r#""{field}": "{value}""#) };
            let (menage, facts) = if part == "facts" { ("", field.as_str()) } else { (field.as_str(), "") };
            holds(&condition, &format!(r#""menage": {{{menage}}}"#), facts)
        };
        let (included, excluded) = (r#", "includes": ["a", "b"]"#, r#", "excludes": ["b", "c"]"#);
        assert!(with(included, "b") && !with(included, "c") && !with(included, ""));
        assert!(with(excluded, "a") && !with(excluded, "c") && with(excluded, ""));
        let both = format!("{included}{excluded}");
        assert!(with(&both, "a") && !with(&both, "b") && !with(&both, "d"));
        assert!(with(r#", "includes": [], "excludes": []"#, "c") && with("", ""));
    }
}

#[test]
fn single_conditions() {
    let menage = |inner: &str| format!(r#""menage": {{{inner}}}"#);
    let person = |inner: &str| format!(r#""demandeur": {{{inner}}}"#);
    let training = r#"{"type": "formation_sanitaire_social"}"#;
    assert!(holds(training, &person(r#""groupe_specialites_formation": "groupe_330""#), ""));
    assert!(!holds(training, &person(r#""groupe_specialites_formation": "groupe_331""#), ""));
    assert!(!holds(training, &person(""), ""));
    let scholar = r#"{"type": "boursier"}"#;
    assert!(holds(scholar, &menage(""), r#""boursier": true"#));
    assert!(!holds(scholar, &menage(""), r#""boursier": false"#) && !holds(scholar, &menage(""), ""));
    for condition in [
        r#"{"type": "difficultes_acces_ou_frais_logement"}"#,
        r#"{"type": "difficultes_acces_ou_frais_logement", "value": true}"#,
    ] {
        assert!(holds(condition, &menage(r#""_difficultes_acces_ou_frais_logement": true"#), ""));
        assert!(!holds(condition, &menage(""), ""));
    }
    let agency = r#"{"type": "agence_travail_temporaire"}"#;
    assert!(holds(agency, &person(r#""_agence_travail_temporaire": true"#), "") && !holds(agency, &person(""), ""));
    let support = r#"{"type": "beneficiaire_rsa"}"#;
    assert!(holds(support, &menage(""), r#""rsa": 1.01"#) && !holds(support, &menage(""), r#""rsa": 1"#));
    let rate = |operator: &str, value: &str| {
        format!(r#"{{"type": "taux_incapacite", "operator": "{operator}", "value": {value}}}"#)
    };
    let eighty = person(r#""taux_incapacite": 0.8"#);
    assert!(holds(&rate(">=", "0.8"), &eighty, "") && !holds(&rate(">", "0.8"), &eighty, ""));
    assert!(holds(&rate("<", "0.5"), &person(""), "") && holds(&rate("=", "0"), &person(""), ""), "absent is 0");
}

#[test]
fn profiles_hold_with_their_own_conditions() {
    let person = |inner: &str| format!(r#""demandeur": {{{inner}}}"#);
    for (kind, field, value) in [
        ("chomeur", "activite", r#""chomeur""#),
        ("etudiant", "activite", r#""etudiant""#),
        ("inactif", "activite", r#""inactif""#),
        ("independant", "activite", r#""independant""#),
        ("salarie", "activite", r#""salarie""#),
        ("collegien", "scolarite", r#""college""#),
        ("lyceen", "scolarite", r#""lycee""#),
        ("enseignement_superieur", "scolarite", r#""enseignement_superieur""#),
        ("apprenti", "_contratAlternance", r#""apprenti""#),
        ("professionnalisation", "_contratAlternance", r#""professionnalisation""#),
        ("service_civique", "service_civique", "true"),
        ("stagiaire", "stagiaire", "true"),
        ("situation_handicap", "handicap", "true"),
    ] {
        let rule = format!(r#""profils": [{{"type": "{kind}"}}]"#);
        assert!(granted(&rule, &person(&format!(r#""{field}": {value}"#)), ""), "{kind}");
        assert!(!granted(&rule, &person(&format!(r#""{field}": "other""#)), ""), "{kind}");
        assert!(!granted(&rule, &person(""), ""), "{kind}");
    }
    let support = r#""profils": [{"type": "beneficiaire_rsa"}]"#;
    assert!(granted(support, &person(""), r#""rsa": 2"#) && !granted(support, &person(""), r#""rsa": 1"#));
    let parent = r#""profils": [{"type": "parent"}]"#;
    assert!(granted(parent, r#""enfants": [{"date_naissance": "1980-01-01"}]"#, ""));
    assert!(!granted(parent, r#""enfants": []"#, "") && !granted(parent, r#""menage": {}"#, ""));
    let young = r#""profils": [{"type": "stagiaire"}, {"type": "salarie", "conditions":
        [{"type": "age", "operator": "<", "value": 30}]}]"#;
    assert!(granted(young, &person(r#""activite": "salarie", "date_naissance": "1995-03-01""#), ""));
    assert!(!granted(young, &person(r#""activite": "salarie", "date_naissance": "1995-02-28""#), ""));
    assert!(granted(young, &person(r#""stagiaire": true, "date_naissance": "1950-01-01""#), ""));
    for everybody in [r#""profils": []"#, r#""profils": null"#, r#""label": "none""#] {
        assert!(granted(everybody, &person(""), ""));
    }
}

#[test]
fn interests_leave_out_and_amounts_are_told() {
    let rules = r#"[
        {"id": "a", "type": "float", "montant": 99.9, "institution": {"type": "autre"}, "interestFlag": "_interetX",
         "conditions_generales": []},
        {"id": "b", "type": "float", "montant": 1e3, "institution": {"type": "autre"}, "conditions_generales": []},
        {"id": "c", "type": "bool", "unit": "€", "institution": {"type": "autre"}, "interestFlag": "_interetX",
         "conditions_generales": [{"type": "boursier"}]}]"#;
    let importer = Importer::read(rules).unwrap();
    let program = Program::compile(Arc::new(importer.pack.clone())).unwrap();
    let agrees = |person: &str, eligible: &str, tested: usize| {
        let line = format!(
            r#"{{"id": 1, "situation": {{"dateDeValeur": "2025-02-28", "demandeur": {{{person}}}}}, "facts": {{}},
                "eligible": {{{eligible}}}, "tested": {tested}}}"#
        );
        let case = Case::read(&line, &importer).unwrap();
        case.differences(&program, &mut Decisions::new()).is_empty()
    };
    assert!(agrees("", r#""b": 1000"#, 1));
    assert!(agrees(r#""_interetX": true"#, r#""a": 99.90, "b": 1000.0"#, 3), "one that is not granted is tested too");
    assert!(agrees(r#""_interetX": false"#, r#""b": 1000"#, 1));
    assert!(!agrees("", r#""b": 1000"#, 2) && !agrees("", r#""b": 1000.01"#, 1) && !agrees("", r#""b": true"#, 1));
    assert!(!agrees("", "", 1) && !agrees("", r#""b": 1000, "d": true"#, 1), "differences are found");
    for bad in ["[{}]", r#"[{"id": "r", "type": "bool", "conditions_generales": [{"type": "novel"}]}]"#] {
        assert!(Importer::read(bad).is_err());
    }
}
