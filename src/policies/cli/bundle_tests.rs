// SPDX-License-Identifier: GPL-3.0-only
//! From a folder to what a terminal shows, with the commands as officers type them.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use clap::Parser;
use tempfile::TempDir;

use super::*;
use crate::domain::day::Day;
use crate::policies::cli::PolicyCommand;
use crate::policies::live::{Accepted, PolicySupply, WallClock, open_program};
use crate::settings;

#[derive(Parser)]
struct Typed {
    #[command(subcommand)]
    command: PolicyCommand,
}

const PACK: [(&str, &str); 5] = [
    ("pack.yaml", "key: lakeside\ntitle: {zh: 湖边, en: Lakeside}\n"),
    (
        "facts.yaml",
        "- key: birth\n  kind: day\n  card: birth\n  label: {zh: 年龄, en: age}\n  question: {zh: 您今年多大年纪？, en: How old are you?}\n",
    ),
    (
        "institutions.yaml",
        "- key: desk\n  name: {zh: 服务站, en: Service desk}\n  place: {zh: 东门, en: East gate}\n  phone: \"12345\"\n",
    ),
    ("documents.yaml", "- {key: id-card, name: {zh: 居民身份证, en: Resident ID card}, id_card: true}\n"),
    (
        "policies/elder.yaml",
        "- key: high-age\n  version: 1\n  title: {zh: 高龄津贴, en: High-age allowance}\n  \
         summary: {zh: 年满八十周岁每月发津贴。, en: A monthly allowance from the age of 80.}\n  field: elder\n  \
         institution: desk\n  conditions: [{fact: birth, years: \">= 80\"}]\n  benefit: {amount: 100, period: month}\n  \
         documents: [id-card]\n  source: {title: {zh: 办法, en: Rules}}\n",
    ),
];

const CASE: &str = "- id: wang-82\n  person: {zh: 王奶奶, en: Grandma Wang}\n  on: 2026-11-22\n  \
                    facts: {birth: 1944-03-01}\n  expect: {high-age: {applies: 100}}\n";

/// A desk with a pack on it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for (path, text) in PACK {
            desk.write(&format!("pack/{path}"), text);
        }
        desk.write("pack/cases/people.yaml", CASE);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Types a command; words that begin with `@` are files on the desk.
    fn run(&self, line: &str) -> (End, String) {
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).to_str().unwrap().to_owned(),
            None => word.to_owned(),
        };
        let words = std::iter::once("policy".to_owned()).chain(line.split(' ').map(word));
        let typed = Typed::try_parse_from(words).unwrap_or_else(|error| panic!("{error}"));
        let today = Day::new(2026, 11, 22).unwrap();
        let mut out = Vec::new();
        let end = crate::policies::cli::run(&typed.command, today, &mut out).unwrap();
        (end, String::from_utf8(out).unwrap())
    }

    fn good(&self, line: &str) -> String {
        let (end, text) = self.run(line);
        assert_eq!(end, End::Good, "{line}: {text}");
        text
    }

    /// Makes a key; answers with its public half.
    fn key(&self, name: &str) -> String {
        let text = self.good(&format!("keys new @{name}.key --name {name}"));
        text.lines().find_map(|line| line.strip_prefix("public_key = ")).unwrap().trim_matches('"').to_owned()
    }
}

#[test]
fn two_people_bring_a_pack_to_a_terminal() {
    let desk = Desk::new();
    let (chen, li) = (desk.key("chen"), desk.key("li"));
    assert_eq!(fs::metadata(desk.path("chen.key")).unwrap().permissions().mode() & 0o777, 0o600);
    let built = desk.good("build @pack --sequence 7 --effective 2026-01-01T00:00:00+08:00 -o @out.bundle");
    for words in ["pack       lakeside", "sequence   7", "effective  2025-12-31T16:00:00Z", "Not signed yet"] {
        assert!(built.contains(words), "{built}");
    }
    let verify = format!("verify @out.bundle --key chen={chen} --key li={li}");
    let (end, text) = desk.run(&verify);
    assert!(end == End::Found && text.contains("Refused (POL-02)") && text.contains("not signed"), "{text}");
    desk.good("sign @out.bundle --key @chen.key");
    let (end, text) = desk.run("sign @out.bundle --key @chen.key");
    assert!(end == End::Unable && text.contains("this key signed the bundle already"), "{text}");
    let (end, text) = desk.run(&verify);
    assert!(end == End::Found && text.contains("by chen") && text.contains("1 of the 2 approvers"), "{text}");
    desk.good(&format!("{verify} --approvals 1"));
    desk.good("sign @out.bundle --key @li.key");
    let text = desk.good(&verify);
    assert!(text.contains("by chen") && text.contains("by li") && text.contains("Good: it goes live"), "{text}");
    let text = desk.run(&format!("verify @out.bundle --key chen={chen}")).1;
    assert!(text.contains("by somebody who is no approver here"), "{text}");
    assert!(!desk.path("out.bundle.part").exists());
    // Who signs looks at what is in it.
    let text = desk.good("check @out.bundle");
    assert!(text.contains("no fault; 1 policies, 1 facts; 0 cases"), "{text}");
    let (end, text) = desk.run("check @chen.key");
    assert!(
        end == End::Unable && text.contains("neither a folder nor a whole bundle: this is no policy bundle"),
        "{text}"
    );
    let (end, text) = desk.run("build @out.bundle --sequence 8 -o @again.bundle");
    assert!(end == End::Unable && text.contains("is not a folder"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn what_was_built_and_signed_is_what_the_terminal_decides_with() {
    let desk = Desk::new();
    let approvers: String = ["chen", "li"]
        .map(|name| format!("[[policy.approvers]]\nname = \"{name}\"\npublic_key = \"{}\"\n", desk.key(name)))
        .concat();
    let text = format!(
        "data_directory = \"data\"\n[site]\ncommunity = \"南湖社区\"\ngate = \"东门\"\naddress = \"南湖路18号\"\n\
         longitude = 119.1\nlatitude = 36.7\n[[help]]\nname = \"社区服务站\"\nphone = \"0536-5550100\"\n\
         hours = \"每天 8:00—20:00\"\n[policy]\nbundle = \"out.bundle\"\npack = \"lakeside\"\n{approvers}"
    );
    desk.write("terminal.toml", &text);
    desk.good("build @pack --sequence 1 -o @out.bundle");
    desk.good("sign @out.bundle --key @chen.key");
    desk.good("sign @out.bundle --key @li.key");
    assert!(desk.good("verify @out.bundle --settings @terminal.toml").contains("by li"));
    let (settings, faults) = settings::check(&text, desk.0.path(), &|_| None);
    assert_eq!(faults, []);
    let policy = settings.unwrap().policy.unwrap();
    let clock: WallClock = Arc::new(now);
    let live = PolicySupply::start(&policy, &desk.path("data"), clock, Arc::new(open_program)).unwrap();
    live.check_now().await.unwrap();
    let state = live.state().borrow().clone();
    let pack = state.live.unwrap();
    assert_eq!((pack.sequence, pack.signers.as_slice()), (1, ["chen".to_owned(), "li".to_owned()].as_slice()));
    assert_eq!(pack.pack.pack().policies[0].key, "high-age");
    // What only an office needs stays there.
    let bytes = fs::read(desk.path("out.bundle")).unwrap();
    assert!(!String::from_utf8_lossy(&bytes).contains("wang-82"));
    // A second one, over the address of the first.
    fs::remove_file(desk.path("out.bundle")).unwrap();
    desk.good("build @pack --sequence 2 -o @out.bundle");
    for key in ["chen", "li"] {
        desk.good(&format!("sign @out.bundle --key @{key}.key"));
    }
    assert_eq!(live.offer(fs::read(desk.path("out.bundle")).unwrap()).await.unwrap(), Accepted::Live);
}

#[test]
fn a_pack_with_a_fault_or_an_unmet_expectation_makes_no_bundle() {
    let desk = Desk::new();
    desk.write("pack/cases/people.yaml", &CASE.replace("applies: 100", "applies: 200"));
    let (end, text) = desk.run("build @pack --sequence 1 -o @out.bundle");
    assert!(end == End::Found && text.ends_with("No bundle is made.\n"), "{text}");
    desk.write("pack/facts.yaml", "- key: birth\n");
    let (end, text) = desk.run("build @pack --sequence 1 -o @out.bundle");
    assert!(end == End::Found && text.contains("facts.yaml:1"), "{text}");
    assert_eq!(desk.run("build @nowhere --sequence 1 -o @out.bundle").0, End::Unable);
    assert!(!desk.path("out.bundle").exists());
}

#[test]
fn nothing_is_written_over_and_what_is_no_bundle_is_said() {
    let desk = Desk::new();
    desk.key("chen");
    desk.good("build @pack --sequence 1 -o @out.bundle");
    let before = fs::read(desk.path("out.bundle")).unwrap();
    let (end, text) = desk.run("build @pack --sequence 2 -o @out.bundle");
    assert!(end == End::Unable && text.contains("error: cannot write"), "{text}");
    assert_eq!(desk.run("keys new @chen.key").0, End::Unable);
    assert_eq!(desk.run("sign @out.bundle --key @out.bundle").0, End::Unable);
    assert_eq!(desk.run("sign @pack/pack.yaml --key @chen.key").0, End::Unable);
    assert_eq!(fs::read(desk.path("out.bundle")).unwrap(), before);
    let key = desk.key("li");
    let (end, text) = desk.run(&format!("verify @pack/pack.yaml --key li={key}"));
    assert!(end == End::Found && text.contains("refused: this is no policy bundle"), "{text}");
    assert_eq!(desk.run(&format!("verify @none --key li={key}")).0, End::Unable);
    assert_eq!(desk.run("verify @out.bundle --settings @pack/pack.yaml").0, End::Unable);
}

#[test]
fn what_is_typed_wrongly_is_said_before_anything_is_done() {
    for line in [
        "build pack --sequence 0 -o out",
        "build pack -o out",
        "build pack --sequence 1 --effective tomorrow -o out",
        "build pack --sequence 1 --effective 2027-01-01 -o out",
        "verify out",
        "verify out --key chen",
        "verify out --key chen=ed25519:00",
        "verify out --settings a.toml --approvals 1",
        "keys new",
        "sign out",
    ] {
        let words = std::iter::once("policy").chain(line.split(' '));
        assert!(Typed::try_parse_from(words).is_err(), "{line}");
    }
}
