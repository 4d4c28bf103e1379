//! The program knows all of its isolated tests, whatever linked it.

use crate::project::Project;

const NONE: &str = "//! Without any.

#[test]
fn lists() {
    assert!(isolate::__private::all().next().is_none());
}
";

static PROJECT: Project = Project::new(
    "list",
    &[
        ("src/lib.rs", include_str!("projects/list.rs")),
        ("tests/none.rs", NONE),
    ],
);

/// By another linker than rustc's own.
static BFD: Project = Project::new(
    "list_bfd",
    &[
        ("src/lib.rs", include_str!("projects/list.rs")),
        ("tests/none.rs", NONE),
        (
            "build.rs",
            "fn main() {\n    println!(\"cargo::rustc-link-arg=-fuse-ld=bfd\");\n}\n",
        ),
    ],
);

#[track_caller]
fn lists_what_libtest_lists(project: &Project) {
    let run = project.test("--exact plain::lists --nocapture").finish();
    run.passed();
    let mut ours: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.contains(": None") || line.contains(": Some"))
        .collect();
    ours.sort_unstable();
    let names = |ignored| {
        let list = project.test(&format!("--list {ignored}")).finish();
        let names = list.stdout.lines().filter_map(|line| line.strip_suffix(": test"));
        let mut names: Vec<String> = names
            .filter(|name| !name.starts_with("plain::"))
            .map(String::from)
            .collect();
        names.sort_unstable();
        names
    };
    let name = |line: &&str| line.split(": ").next().unwrap_or_default().to_owned();
    assert_eq!(ours.iter().map(name).collect::<Vec<_>>(), names(""), "{run}");
    let ignored: Vec<&str> = ours.iter().copied().filter(|line| line.ends_with(" ignored")).collect();
    assert_eq!(
        ignored.iter().map(name).collect::<Vec<_>>(),
        names("--ignored"),
        "{run}"
    );
    assert!(
        ours.contains(&"tests::with_settings: Some(\"db\") Some(5s) ignored"),
        "{run}"
    );
    assert!(ours.contains(&"tests::not_ignored: None None"), "{run}");
    assert!(
        ours.contains(&"r#loop::deeper::r#type::case_1: Some(\"all\") None"),
        "{run}"
    );
    project.cargo("test --test none").finish().passed();
}

#[test]
fn of_rustc_s_own_linker() {
    lists_what_libtest_lists(&PROJECT);
}

#[test]
fn of_another_linker() {
    lists_what_libtest_lists(&BFD);
}
