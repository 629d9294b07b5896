// SPDX-License-Identifier: GPL-3.0-only
//! placeholder
#[test]
fn dump() {
    for key in doorstep::settings::known_keys() {
        println!("{} | {} | {}", key.path, key.takes, key.default);
    }
    let text = std::fs::read_to_string("assets/doorstep.example.toml").unwrap();
    let (settings, faults) =
        doorstep::settings::check(&text, std::path::Path::new("assets"), &|_| Some("k".into()));
    println!("{faults:#?} {settings:?}");
    for bad in [
        "a = \"x\nb = 2\nc = \n[site\n",
        "[]\n",
        "a = 1\na = 2\nq = tru\n",
        "api_key = \"abc\n",
        "x = [1,\n",
        "x = \"\"\"\nfoo\n",
        "[site\n[a]\n",
        "[[a]]\n[a]\n",
        "a.b = 1\n[a]\n",
        "=3",
        "说 = 1\n",
        "site = \"说\" 1\n",
        "a = “x”\n",
    ] {
        let (_, faults) =
            doorstep::settings::check(bad, std::path::Path::new("assets"), &|_| Some("k".into()));
        println!("---- {bad}");
        for f in faults {
            println!("{f}");
        }
    }
    for file in std::env::var("TRY").unwrap_or_default().split(':') {
        doorstep::settings::run_check(std::path::Path::new(file), &mut std::io::stdout()).unwrap();
    }
}
