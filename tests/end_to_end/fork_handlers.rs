//! A process with one thread is forked without the handlers of jemalloc, and with all others.

use crate::project::Project;

static PROJECT: Project = Project::new(
    "fork_handlers",
    &[("src/lib.rs", include_str!("projects/fork_handlers.rs"))],
);

#[test]
fn a_test_is_forked_without_those_of_jemalloc() {
    PROJECT.test_one("tests::is_forked_without_jemallocs").finish().passed();
}

#[test]
fn a_test_forks_with_all() {
    PROJECT.test_one("tests::forks_with_all").finish().passed();
}
