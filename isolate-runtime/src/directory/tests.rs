use std::{
    env,
    ffi::OsStr,
    fs::{self, DirBuilder, File, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::{DirBuilderExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant, SystemTime},
};

use tempfile::TempDir;

use super::{keep::MARKER, run::LOCK, *};

const DAY: Duration = Duration::from_hours(24);
/// Tells [`child_makes_a_run`] that it is the child of another test, and where to make its run.
const CHILD: &str = "ISOLATE_UNIT_TEST_TEMP";

fn temp() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn make_test(worker: &Path, test: &str, n: u32) -> PathBuf {
    let path = test_directory(worker, test, n);
    TestDirectory::new(Place::At(path.clone().leak())).make().unwrap();
    path
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Sweeps until a condition holds: for the moment between its fork and its exec, a process that another test starts has
/// every lock of this one.
fn sweep_until(run: &RunDirectory, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < end, "not swept");
        sweep::sweep(run.path().parent().unwrap());
    }
}

/// A run with two workers' tests: `a` of the one and `b` of the other.
fn run_with_tests(temp: &Path) -> (RunDirectory, PathBuf, PathBuf) {
    let run = RunDirectory::create_in(temp).unwrap();
    let [a, b] = [(0, "m::a"), (1, "m::b")].map(|(slot, test)| {
        let directory = make_test(&run.worker_directory(Some(slot), 1).unwrap(), test, 1);
        fs::write(directory.join("file"), test).unwrap();
        directory
    });
    (run, a, b)
}

#[test]
fn makes_private_directories_for_the_run_its_workers_and_their_tests() {
    let temp = temp();
    let run = RunDirectory::create_in(temp.path()).unwrap();
    let worker = run.worker_directory(Some(3), 2).unwrap();
    let test = make_test(&worker, "api::lists_sessions", 7);

    assert!(
        test.starts_with(run.path()) && test.ends_with("gw3-2/lists_sessions-7"),
        "{test:?}"
    );
    for path in [run.path().parent().unwrap(), run.path(), &worker, &test] {
        assert_eq!(mode(path), 0o700, "{path:?}");
    }
    assert!(run.worker_directory(None, 0).unwrap().ends_with("master-0"));
}

#[test]
fn gives_tests_short_plain_names() {
    let temp = temp();
    let name = |test, n| test_directory(temp.path(), test, n).file_name().unwrap().to_owned();
    assert_eq!(name("a::b::r#loop", 1), "loop-1");
    assert_eq!(name("lädt/../x y", 2), "l_dt____x_y-2");
    assert_eq!(name("", 3), "test-3");
    assert_eq!(name(&"x".repeat(300), 4), OsStr::new(&format!("{}-4", "x".repeat(24))));
}

#[test]
fn leaves_room_for_a_unix_socket_in_a_test_directory() {
    let run = RunDirectory::create_in(Path::new("/tmp")).unwrap();
    let worker = run.worker_directory(Some(15), 1).unwrap();
    let test = make_test(&worker, &"x".repeat(300), 100);
    let length = test.join("storage").as_os_str().len();
    remove(run.path(), Keep::Failed).unwrap();
    assert!(length <= 86, "{length} of 108 bytes are gone: {test:?}");
}

#[test]
fn says_what_to_do_where_no_base_directory_can_be_made() {
    let temp = temp();
    let nowhere = temp.path().join("nowhere");
    let error = RunDirectory::create_in(&nowhere).unwrap_err().to_string();
    assert_eq!(
        error.replace(nowhere.to_str().unwrap(), "NOWHERE"),
        "no directory for the files of tests can be made in NOWHERE: No such file or directory (os error 2)\n\
         set TMPDIR to one that you can write to"
    );
}

#[test]
fn refuses_a_base_directory_that_is_not_safe() {
    // SAFETY: it takes nothing and can't fail.
    let user = unsafe { libc::geteuid() };
    let refusal = |prepare: &dyn Fn(&Path)| {
        let temp = temp();
        prepare(&temp.path().join(format!("isolate-{user}")));
        let error = RunDirectory::create_in(temp.path()).unwrap_err().to_string();
        error.replace(temp.path().to_str().unwrap(), "TEMP")
    };
    let expected = |reason: &str| {
        format!(
            "TEMP/isolate-{user} can't hold the files of tests: {reason}\n\
             remove it, or set TMPDIR to a directory of your own"
        )
    };
    let open = |base: &Path| DirBuilder::new().mode(0o755).create(base).unwrap();
    assert_eq!(
        refusal(&open),
        expected("others can enter it (its mode is 0755, not 0700)")
    );
    assert_eq!(
        refusal(&|base| symlink("/tmp", base).unwrap()),
        expected("it is a symbolic link")
    );
    assert_eq!(
        refusal(&|base| fs::write(base, "").unwrap()),
        expected("it is not a directory")
    );
    // Only root can give a directory away.
    if user == 0 {
        let foreign = |base: &Path| {
            DirBuilder::new().mode(0o700).create(base).unwrap();
            chown(base, Some(12345), None).unwrap();
        };
        assert_eq!(
            refusal(&foreign),
            expected("it belongs to user 12345, not to you (user 0)")
        );
    }
}

#[test]
fn removes_a_run_of_which_nothing_is_kept() {
    let temp = temp();
    let (run, ..) = run_with_tests(temp.path());
    assert!(remove(run.path(), Keep::Failed).unwrap().is_empty());
    assert!(!run.path().exists());
    assert!(
        remove(run.path(), Keep::Failed).unwrap().is_empty(),
        "a second process removes it without an error"
    );
}

#[test]
fn keeps_the_marked_directories_and_nothing_else() {
    let temp = temp();
    let (run, a, b) = run_with_tests(temp.path());
    keep(&b).unwrap();
    keep(&b).unwrap();
    keep(&a.with_file_name("without-a-directory-1")).unwrap();

    for _ in 0..2 {
        assert_eq!(remove(run.path(), Keep::Failed).unwrap(), [b.as_path()]);
        assert_eq!(names(run.path()), ["gw1-1", MARKER, LOCK]);
        assert_eq!(fs::read_to_string(b.join("file")).unwrap(), "m::b");
        assert!(!a.exists());
    }
    assert!(remove(run.path(), Keep::None).unwrap().is_empty());
    assert!(!run.path().exists());
}

#[test]
fn reads_which_directories_to_keep() {
    let keeps = |value: &str| Keep::parse(OsStr::new(value)).map(|keep| (keep.keeps(true), keep.keeps(false)));
    assert_eq!(keeps("failed").unwrap(), (true, false));
    assert_eq!(keeps("all").unwrap(), (true, true));
    assert_eq!(keeps("none").unwrap(), (false, false));
    assert_eq!(
        keeps("yes").unwrap_err().to_string(),
        "ISOLATE_KEEP=yes is not one of its values: failed (keep the directories of failed tests; the default), all, none",
    );
}

#[test]
fn removes_read_only_directories_without_following_links() {
    let temp = temp();
    fs::set_permissions(temp.path(), Permissions::from_mode(0o777)).unwrap();
    let outside = temp.path().join("outside");
    let tree = temp.path().join("tree");
    // On a thread that has no more rights than an ordinary user, even where the tests run as root.
    thread::scope(|scope| {
        scope.spawn(|| {
            // SAFETY: it changes only this thread, which does nothing else.
            unsafe { libc::setfsuid(65534) };
            fs::create_dir_all(tree.join("a/b")).unwrap();
            fs::create_dir(&outside).unwrap();
            fs::write(outside.join("file"), "").unwrap();
            fs::write(tree.join("a/b/file"), "").unwrap();
            symlink(&outside, tree.join("a/link")).unwrap();
            fs::set_permissions(&outside, Permissions::from_mode(0o500)).unwrap();
            for (path, mode) in [("a/b", 0o500), ("a", 0o000)] {
                fs::set_permissions(tree.join(path), Permissions::from_mode(mode)).unwrap();
            }
            assert!(fs::remove_dir_all(&tree).is_err(), "the test proves nothing");
            remove_tree(&tree).unwrap();
        });
    });
    assert!(!tree.exists());
    assert_eq!((mode(&outside), names(&outside)), (0o500, vec!["file".to_owned()]));

    let link = temp.path().join("link");
    symlink(&outside, &link).unwrap();
    remove_tree(&link).unwrap();
    assert!(fs::symlink_metadata(&link).is_err());
    assert_eq!(names(&outside), ["file"]);
}

#[test]
fn removes_a_directory_in_which_files_are_still_being_created() {
    let temp = temp();
    let tree = temp.path().join("tree");
    fs::create_dir(&tree).unwrap();
    thread::scope(|scope| {
        let (tree, mut created) = (&tree, 0);
        let (first, wait) = std::sync::mpsc::channel();
        scope.spawn(move || {
            let started = Instant::now();
            while File::create(tree.join(created.to_string())).is_ok() {
                created += 1;
                // The first at any rate, however late this thread is.
                let _ = first.send(());
                if started.elapsed() > Duration::from_millis(50) {
                    break;
                }
            }
        });
        wait.recv().unwrap();
        remove_tree(tree).unwrap();
    });
    assert!(!tree.exists());
}

#[test]
fn runs_started_at_the_same_time_leave_each_other_alone() {
    let temp = temp();
    let runs: Vec<_> = thread::scope(|scope| {
        let start = || {
            (0..20)
                .map(|_| RunDirectory::create_in(temp.path()).unwrap())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(runs.len(), 80);
    for run in &runs {
        assert_eq!(names(run.path()), [LOCK]);
    }
}

#[test]
fn sweeps_a_run_that_was_killed_but_not_before() {
    let temp = temp();
    let mut child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "directory::tests::child_makes_a_run",
            "--ignored",
            "--nocapture",
        ])
        .env(CHILD, temp.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let run = output
        .lines()
        .find_map(|line| Some(line.unwrap().split_once("run=")?.1.to_owned()))
        .unwrap();
    let run = Path::new(&run);

    let other = RunDirectory::create_in(temp.path()).unwrap();
    assert!(run.join("gw0-1/test-1/file").exists(), "the run is alive");

    child.kill().unwrap();
    child.wait().unwrap();
    let next = RunDirectory::create_in(temp.path()).unwrap();
    assert!(!run.exists());
    assert!(other.path().exists() && next.path().exists());
}

#[test]
#[ignore = "the child process of another test"]
fn child_makes_a_run() {
    let Some(temp) = env::var_os(CHILD) else { return };
    let run = RunDirectory::create_in(Path::new(&temp)).unwrap();
    let test = make_test(&run.worker_directory(Some(0), 1).unwrap(), "test", 1);
    fs::write(test.join("file"), "").unwrap();
    println!("run={}", run.path().display());
    // Until the parent kills us, or is gone.
    let _ = std::io::stdin().lines().count();
}

#[test]
fn sweeps_what_was_kept_after_three_days() {
    let temp = temp();
    let (run, a, b) = run_with_tests(temp.path());
    let path = run.path().to_owned();
    keep(&a).unwrap();
    // Dead, and nobody came to remove what is not to be kept.
    drop(run);

    let marker = File::open(path.join(MARKER)).unwrap();
    marker.set_modified(SystemTime::now() - 2 * DAY).unwrap();
    let next = RunDirectory::create_in(temp.path()).unwrap();
    sweep_until(&next, || !b.exists());
    assert!(a.join("file").exists());
    marker.set_modified(SystemTime::now() - 4 * DAY).unwrap();
    sweep_until(&next, || !path.exists());
}

#[test]
fn sweeps_a_run_that_was_swept_halfway_and_one_that_was_never_complete() {
    let temp = temp();
    let run = RunDirectory::create_in(temp.path()).unwrap();
    let base = run.path().parent().unwrap();
    let [halfway, fresh, old] = ["run-1-halfway", "new-1-fresh", "new-1-old"].map(|name| base.join(name));
    let removed_halfway = base.join("old-1-halfway");
    fs::create_dir(&removed_halfway).unwrap();
    for directory in [&halfway, &fresh, &old] {
        fs::create_dir(directory).unwrap();
    }
    File::open(&old).unwrap().set_modified(SystemTime::now() - DAY).unwrap();
    sweep::sweep(base);
    assert_eq!((halfway.exists(), fresh.exists(), old.exists()), (false, true, false));
    assert!(!removed_halfway.exists());
}

#[test]
fn a_run_lives_until_its_last_process_lets_go() {
    let temp = temp();
    let host = RunDirectory::create_in(temp.path()).unwrap();
    let path = host.path().to_owned();
    let zygote = RunDirectory::join(&path).unwrap();
    drop(host);
    let next = RunDirectory::create_in(temp.path()).unwrap();
    assert!(path.exists());
    drop(zygote);
    sweep_until(&next, || !path.exists());
    let error = RunDirectory::join(&path).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("cannot lock {}: ", path.display())),
        "{error}"
    );
}

#[test]
fn whoever_leaves_a_run_waits_for_those_that_are_dying() {
    let temp = temp();
    let run = RunDirectory::shared(temp.path(), "all").unwrap();
    let path = run.path().to_owned();
    let dying = RunDirectory::join(&path).unwrap();
    let leaver = thread::spawn(|| run.leave());
    let end = Instant::now() + Duration::from_millis(50);
    while !leaver.is_finished() && Instant::now() < end {
        thread::yield_now();
    }
    assert!(!leaver.is_finished() && path.exists());
    drop(dying);
    leaver.join().unwrap();
    assert!(!path.exists());
}

#[test]
fn a_run_that_is_shared_by_name_goes_with_the_last_one_out() {
    let temp = temp();
    let base = RunDirectory::create_in(temp.path())
        .unwrap()
        .path()
        .parent()
        .unwrap()
        .to_owned();
    let barrier = Barrier::new(8);
    for round in 0..20 {
        let alive = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let run = RunDirectory::shared(&base, "all").unwrap();
                    alive.fetch_add(1, Relaxed);
                    fs::write(run.path().join("file"), "").unwrap();
                    // Half of them come when others have left already.
                    if round % 2 == 0 {
                        barrier.wait();
                    }
                    assert!(run.path().join("file").exists());
                    run.leave();
                });
            }
        });
        assert_eq!(alive.into_inner(), 8);
        assert!(!base.join("run-all").exists());
    }
    let left = names(&base);
    assert!(
        left.iter().all(|name| name.starts_with("run-") && name != "run-all"),
        "{left:?}"
    );
}
