// SPDX-License-Identifier: GPL-3.0-only
fn main() {
    let configuration =
        slint_build::CompilerConfiguration::new().with_style("fluent-light".into()).with_debug_info(true);
    slint_build::compile_with_config("slint/app.slint", configuration).unwrap();
}
