//! Production code that declares singletons pays for nothing else.

use crate::project::Project;

static PROJECT: Project =
    Project::of_production("production", &[("src/lib.rs", include_str!("projects/production.rs"))]);

#[test]
fn singletons_and_swappables_work_without_any_feature() {
    PROJECT.test("").finish().passed();
}

#[test]
fn without_features_there_is_inventory_and_the_macros() {
    let run = PROJECT
        .cargo("tree -e normal,no-proc-macro --prefix none --no-dedupe")
        .finish();
    assert!(run.status.success(), "{run}");
    let names = run.stdout.lines().map(|line| line.split(' ').next().unwrap());
    let mut names: Vec<_> = names.filter(|name| !["production", "libc"].contains(name)).collect();
    names.sort_unstable();
    assert_eq!(names, ["inventory", "isolate-runtime", "isolate-test"], "{run}");
}
