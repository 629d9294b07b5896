// SPDX-License-Identifier: GPL-3.0-only
//! The invented policies as a pack's folder, as a policy officer writes it; and the signed bundle that the program
//! itself makes of it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::rules::{CHOICES, Dice, FLAGS, OPTIONS, Rule, yaml};
use crate::Outcome;

/// Key of the pack.
const PACK: &str = "bench";
/// Policies in a file.
const IN_A_FILE: usize = 1000;
/// Who sign.
const APPROVERS: [&str; 2] = ["one", "two"];

/// Names of invented policies: who, and what; together with a number no two are the same.
const WHO: [&str; 12] = [
    "高龄老人",
    "困难家庭",
    "残疾人",
    "新生儿家庭",
    "退役军人",
    "灵活就业人员",
    "失业人员",
    "在校学生",
    "独生子女父母",
    "城乡居民",
    "外来务工人员",
    "大病患者",
];
const WHAT: [&str; 14] = [
    "生活津贴",
    "护理补贴",
    "住房租金补贴",
    "取暖补助",
    "医疗救助",
    "创业担保贷款贴息",
    "技能培训补贴",
    "助学金",
    "养老保险补贴",
    "公交优待",
    "临时救助",
    "托育补助",
    "适老化改造",
    "体检项目",
];
const FIELDS: [&str; 11] =
    ["pension", "health", "elder", "disability", "relief", "family", "work", "housing", "veteran", "study", "other"];
const PERIODS: [&str; 6] = ["once", "month", "quarter", "year", "day", "lasting"];

fn facts() -> String {
    let mut text = String::from(
        "- {key: birth, kind: day, card: birth, changeable: false, label: {zh: 年龄, en: age}, \
         question: {zh: 您今年多大？, en: How old?}}\n\
         - {key: place, kind: place, card: number-district, label: {zh: 户籍地, en: place}, changeable: false}\n\
         - {key: income, kind: number, unit: {zh: 元/年, en: yuan a year}, whole: true, \
         label: {zh: 年收入, en: income}, question: {zh: 您家一年收入多少？, en: How much a year?}}\n\
         - {key: people, kind: number, unit: {zh: 人, en: people}, most: 20, whole: true, \
         label: {zh: 家庭人数, en: people}, question: {zh: 您家几口人？, en: How many people?}}\n",
    );
    for flag in 0..FLAGS {
        let _ = writeln!(
            text,
            "- {{key: flag{flag}, kind: flag, label: {{zh: 情况 {flag}, en: state {flag}}}, \
             question: {{zh: 有情况 {flag} 吗？, en: State {flag}?}}}}"
        );
    }
    for choice in 0..CHOICES {
        let option = |option| format!("{{key: o{option}, label: {{zh: 选项 {option}, en: option {option}}}}}");
        let options: Vec<String> = (0..OPTIONS).map(option).collect();
        let _ = writeln!(
            text,
            "- {{key: choice{choice}, kind: choice, options: [{}], label: {{zh: 类别 {choice}, en: kind {choice}}}, \
             question: {{zh: 是哪一种 {choice}？, en: Which kind {choice}?}}}}",
            options.join(", ")
        );
    }
    text
}

fn policy(number: usize, rule: &Rule, dice: &mut Dice) -> String {
    let (who, what) = (WHO[dice.below(WHO.len())], WHAT[dice.below(WHAT.len())]);
    let field = FIELDS[dice.below(FIELDS.len())];
    let (amount, period) = (50 * (1 + dice.below(60)), PERIODS[dice.below(PERIODS.len())]);
    let mut text = format!(
        "- key: p{number}\n  version: 1\n  title: {{zh: {who}{what}{number}, en: Invented policy {number}}}\n  \
         summary: {{zh: 符合条件的{who}可以领{what}。, en: Who qualifies receives it.}}\n  field: {field}\n  \
         institution: office\n"
    );
    if !rule.profiles.is_empty() {
        text.push_str("  profiles:\n");
        for (index, profile) in rule.profiles.iter().enumerate() {
            let conditions = yaml(profile);
            let _ = writeln!(text, "    - {{name: {{zh: 第{index}类, en: Kind {index}}}, conditions: [{conditions}]}}");
        }
    }
    let _ = writeln!(
        text,
        "  conditions: [{}]\n  benefit: {{amount: {amount}, period: {period}}}\n  documents: [id-card]\n  \
         source: {{title: {{zh: {what}办法, en: Rules}}, number: 示例〔2026〕{number}号}}",
        yaml(&rule.conditions)
    );
    text
}

/// Writes the pack anew.
fn write(folder: &Path, rules: &[Rule]) -> Outcome<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("policies"))?;
    let pack = format!("key: {PACK}\ntitle: {{zh: 示例政策, en: Invented policies}}\nleap_day: february-28\n");
    fs::write(folder.join("pack.yaml"), pack)?;
    fs::write(folder.join("facts.yaml"), facts())?;
    let office = "- {key: office, name: {zh: 便民服务中心, en: Town hall}, place: {zh: 南湖路 1 号, en: 1 Nanhu Road}, \
                  phone: \"0536-5550118\"}\n";
    fs::write(folder.join("institutions.yaml"), office)?;
    let card = "- {key: id-card, name: {zh: 居民身份证, en: Resident ID card}, id_card: true}\n";
    fs::write(folder.join("documents.yaml"), card)?;
    let mut dice = Dice(1949);
    for (file, rules) in rules.chunks(IN_A_FILE).enumerate() {
        let number = |index: usize| file * IN_A_FILE + index;
        let policies = rules.iter().enumerate().map(|(index, rule)| policy(number(index), rule, &mut dice));
        fs::write(folder.join(format!("policies/{file:02}.yaml")), policies.collect::<String>())?;
    }
    Ok(())
}

/// Runs `doorstep policy …` and gives what it printed.
fn tool(program: &Path, words: &[&str]) -> Outcome<String> {
    let output = Command::new(program).arg("policy").args(words).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let last: Vec<&str> = printed.lines().rev().take(5).collect();
        return Err(format!("doorstep policy {}: {last:?}", words.join(" ")).into());
    }
    Ok(printed)
}

/// Makes a bundle of the rules, signed by two, all with the program's own commands. Gives what the settings say of it:
/// where it is, its pack and who signed.
pub fn bundle(program: &Path, work: &Path, rules: &[Rule]) -> Outcome<String> {
    let folder = work.join("pack");
    write(&folder, rules)?;
    let path = work.join("bench.bundle");
    let _ = fs::remove_file(&path);
    let (folder, file) = (folder.display().to_string(), path.display().to_string());
    tool(program, &["build", &folder, "--sequence", "1", "-o", &file])?;
    let mut settings = format!("[policy]\nbundle = \"{file}\"\npack = \"{PACK}\"\napprovals = {}\n", APPROVERS.len());
    for name in APPROVERS {
        let key = work.join(format!("{name}.key"));
        let _ = fs::remove_file(&key);
        let key = key.display().to_string();
        settings.push_str(&tool(program, &["keys", "new", &key, "--name", name])?);
        tool(program, &["sign", &file, "--key", &key])?;
    }
    Ok(settings)
}
