//! With `-C instrument-coverage`, what runs in workers and in forks counts as what runs in plain tests does.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::project::Project;

static PROJECT: Project = Project::new("coverage", &[("src/lib.rs", include_str!("projects/coverage.rs"))]);

/// How often each region of the subject was run by the tests of a module, added up over all profiles of the run.
#[track_caller]
fn counts(module: &str, threads: u32, file: &str) -> Vec<u64> {
    let mut run = PROJECT.cargo("test --lib");
    run.args([
        "--",
        &format!("--test-threads={threads}"),
        &format!("tests::{module}::"),
    ]);
    let run = run.env("RUSTFLAGS", "-C instrument-coverage");
    let profiles = run.directory().join("profiles");
    let run = run.env("LLVM_PROFILE_FILE", profiles.join(file)).finish();
    run.failed(&[&format!("tests::{module}::t4")]);
    let mut sum: Vec<u64> = Vec::new();
    for entry in fs::read_dir(&profiles).expect("profiles were written") {
        let profile = fs::read(entry.expect("it is readable").path()).expect("it is readable");
        let counts = read(&profile)
            .remove(&name_of("isolate_coverage_subject"))
            .unwrap_or_default();
        sum.resize(sum.len().max(counts.len()), 0);
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    sum
}

/// A raw profile: the counters of each function. LLVM's tools, which read it too, come in the version of the compiler only
/// to those who ask rustup for them.
fn read(profile: &[u8]) -> BTreeMap<u64, Vec<u64>> {
    const HEADER: usize = 16 * 8;
    const FUNCTION: usize = 64;
    let number = |at: usize| u64::from_le_bytes(profile[at..at + 8].try_into().unwrap());
    let size = |at: usize| usize::try_from(number(at)).unwrap();
    if !profile.starts_with(b"\x81rforpl\xff") {
        // A process of cargo or rustc that counts something else.
        return BTreeMap::new();
    }
    assert_eq!(number(8) & 0xff, 10, "the version of the format that this reads");
    let (functions, padding, delta) = (size(24), size(32), number(80));
    let data = HEADER + size(16);
    let counters = data + functions * FUNCTION + padding;
    let counts = (0..functions).map(|n| {
        let at = data + n * FUNCTION;
        let offset = number(at + 16).wrapping_sub(delta.wrapping_sub((n * FUNCTION) as u64));
        let first = counters + usize::try_from(offset).unwrap();
        let count = u32::from_le_bytes(profile[at + 48..at + 52].try_into().unwrap()) as usize;
        (number(at), (0..count).map(|n| number(first + n * 8)).collect())
    });
    counts.collect()
}

/// LLVM's name of a function in a profile: half of the MD5 of its symbol.
fn name_of(symbol: &str) -> u64 {
    let mut md5 = Command::new("md5sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("md5sum is there");
    md5.stdin.take().unwrap().write_all(symbol.as_bytes()).unwrap();
    let output = md5.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    u64::from_str_radix(&text[..16], 16).unwrap().swap_bytes()
}

#[test]
fn workers_and_forks_count_as_plain_tests_do() {
    let plain = counts("plain", 1, "%m.profraw");
    assert!(plain.iter().all(|&count| count > 0) && plain.len() > 2, "{plain:?}");
    for module in ["workers", "processes"] {
        for threads in [1, 3] {
            assert_eq!(counts(module, threads, "%m.profraw"), plain, "{module}, merged by LLVM");
            assert_eq!(
                counts(module, threads, "%p.profraw"),
                plain,
                "{module}, a file for each process"
            );
        }
    }
}
