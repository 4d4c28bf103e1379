//! A registry that comes up empty through a linker's doing is noticed.

use crate::project::Project;

/// Tells the linker to throw away what fills the registry.
const BUILD: &str = r#"
fn main() {
    let script = std::env::var("CARGO_MANIFEST_DIR").unwrap() + "/drop.ld";
    println!("cargo::rustc-link-arg=-fuse-ld=bfd");
    println!("cargo::rustc-link-arg=-Wl,-T,{script}");
}
"#;
const SCRIPT: &str = "SECTIONS { /DISCARD/ : { *(.init_array) } } INSERT BEFORE .init_array;\n";

static PROJECT: Project = Project::new(
    "linker",
    &[
        ("src/lib.rs", include_str!("projects/linker.rs")),
        ("build.rs", BUILD),
        ("drop.ld", SCRIPT),
    ],
);

#[test]
fn a_registry_without_entries_fails_every_test() {
    let run = PROJECT.test("").finish();
    run.failed(&["tests::counts"])
        .reports("tests::counts", &["the registry of singletons came up empty"]);
}

#[test]
fn also_inline() {
    let run = PROJECT.test("").env("ISOLATE", "inline").finish();
    assert!(!run.status.success(), "{run}");
    run.shows("the registry of singletons came up empty");
}
