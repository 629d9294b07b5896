// SPDX-License-Identifier: GPL-3.0-only
//! Compiles the screens into Rust, with fonts, icons and both languages inside.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../assets/lang");
    let configuration = slint_build::CompilerConfiguration::new()
        .with_style("fluent-light".into())
        // Chinese is the language of the source; the other one is assets/lang/en.
        .with_bundled_translations("../assets/lang")
        .with_default_translation_context(slint_build::DefaultTranslationContext::None)
        // Labels and ids stay in the shipped program: it can be driven and tested from outside.
        .with_debug_info(true);
    slint_build::compile_with_config("slint/app.slint", configuration)?;
    Ok(())
}
