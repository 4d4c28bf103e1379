//! What a process that runs tests has for itself of the machine: a network, a view of the files.

use std::env;
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::case::{Need, TestCase};
use crate::directory;
use crate::failure::Failure;
use crate::sys::mount::View;
use crate::sys::namespace::{self, Own};
use crate::sys::refusal::Refusal;

/// In the directory of whoever has files of its own: what it has for `/tmp`.
pub const TEMPORARY: &str = "tmp";

type Outcome = Result<(), Refusal>;

/// What this process may have, tried once by it or by one that it was forked from.
static POSSIBLE: Both = Both::new();
/// What this process has.
static ENTERED: Both = Both::new();

struct Both {
    network: OnceLock<Outcome>,
    files: OnceLock<Outcome>,
}

/// Finds out whether processes forked from this one can have that. It must have one thread, and `directory` be there.
pub fn probe(own: Own, directory: &Path) {
    if own.network {
        let network = Own {
            network: true,
            ..Own::default()
        };
        POSSIBLE.network.get_or_init(|| namespace::probe(network, &|| Ok(())));
    }
    if own.files {
        let files = Own {
            files: true,
            ..Own::default()
        };
        POSSIBLE
            .files
            .get_or_init(|| namespace::probe(files, &|| view(directory)?.mount()));
    }
}

/// Gives that to this process, which must have one thread, as far as [`probe`] found it possible. Files for the temporary
/// directory are in `directory`, which is made if it isn't there.
pub fn enter(own: Own, directory: &Path) {
    if own.is_none() {
        return;
    }
    if own.files {
        // If it can't be made, neither can the temporary directory in it.
        let _ = DirBuilder::new().mode(0o700).create(directory);
    }
    let possible = |outcome: &OnceLock<Outcome>| outcome.get().cloned().unwrap_or(Ok(()));
    let (network, files) = (possible(&POSSIBLE.network), possible(&POSSIBLE.files));
    let granted = Own {
        network: own.network && network.is_ok(),
        files: own.files && files.is_ok(),
    };
    let entered = namespace::enter(granted, &|| view(directory)?.mount());
    // What was possible a moment ago is as a rule possible now; if not, neither can be relied on.
    let both = |possible: Outcome| possible.and_then(|()| entered.clone());
    let _ = ENTERED.network.set(both(network));
    let _ = ENTERED.files.set(both(files));
}

/// Whether this process sees other files than the zygote does.
pub fn has_own_files() -> bool {
    matches!(ENTERED.files.get(), Some(Ok(())))
}

/// Takes away what a process with files of its own that has ended has left in `directory`; all of it, if it has come to its own end
/// and the test didn't want to keep it.
pub fn leave(directory: &Path, ended_itself: bool) {
    let Ok(view) = view(directory) else { return };
    view.remove_mount_points();
    if ended_itself && !directory::is_kept(directory) {
        let _ = directory::remove_tree(directory);
    }
}

/// Whether this process has what a test needs. `Err` if it can't do without, `Ok` with what is to be said if it can.
pub fn check(case: &TestCase) -> Result<Vec<String>, Failure> {
    if case.own().is_none() {
        return Ok(Vec::new());
    }
    let needs = [
        (
            case.network,
            &ENTERED.network,
            "network",
            "a network of its own",
            "on the machine's network",
        ),
        (
            case.files,
            &ENTERED.files,
            "files",
            "files of its own",
            "with the machine's files",
        ),
    ];
    let mut notes = Vec::new();
    for (need, entered, argument, what, otherwise) in needs {
        let reason = match entered.get() {
            _ if need == Need::Off => continue,
            Some(Ok(())) => continue,
            Some(Err(refusal)) => refusal.to_string(),
            None => {
                "a process with other threads can't have it, and ISOLATE=inline runs tests in such a one\nrun it in a \
                     worker (without ISOLATE=inline)"
                    .to_owned()
            }
        };
        let reason = reason.replace('\n', "\n  ");
        if need == Need::Require {
            return Err(Failure::new(format!(
                "it can't have {what}: {reason}\n  where that can't be, `{argument} = \"prefer\"` runs it {otherwise}"
            )));
        }
        notes.push(format!("it ran {otherwise}, since it can't have {what}: {reason}"));
    }
    Ok(notes)
}

impl Both {
    const fn new() -> Self {
        Self {
            network: OnceLock::new(),
            files: OnceLock::new(),
        }
    }
}

/// What a process with files of its own sees.
fn view(directory: &Path) -> Result<View, Refusal> {
    let temporary = directory.join(TEMPORARY);
    let made = match DirBuilder::new().mode(0o700).create(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        // As `/tmp` is; nobody else comes here, since `directory` is closed to others.
        _ => fs::set_permissions(&temporary, Permissions::from_mode(0o1777)),
    };
    made.map_err(|error| Refusal::new(&format!("making {}", temporary.display()), &error))?;
    let mut places = Vec::new();
    for place in [PathBuf::from("/tmp"), env::temp_dir()] {
        if let Ok(place) = place.canonicalize()
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    // The directories of all runs, to which fixtures of the session belong.
    let runs = directory.ancestors().find(|parent| {
        parent
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(b"isolate-"))
    });
    let mut kept = Vec::new();
    kept.extend(runs.map(Path::to_owned));
    kept.extend(built());
    kept.extend(profile());
    kept.retain(|kept| !places.iter().any(|place| place.starts_with(kept)));
    Ok(View {
        temporary: (temporary, places),
        read_only: sources().into_iter().collect(),
        kept,
    })
}

/// The workspace of the package whose tests these are: the nearest directory with a lock file, or the package's own.
fn sources() -> Option<PathBuf> {
    // An archive of nextest is unpacked elsewhere than it was built, and says so.
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.or_else(|| TestCase::entered().map(|case| case.crate_dir.into()))?;
    let package = package.canonicalize().ok()?;
    let workspace = package.ancestors().find(|parent| parent.join("Cargo.lock").exists());
    Some(workspace.unwrap_or(&package).to_owned())
}

/// Cargo's target directory, where tests may write, or at least the one that this binary is in.
fn built() -> Option<PathBuf> {
    let binary = env::current_exe().ok()?;
    let target = binary.ancestors().find(|parent| parent.join("CACHEDIR.TAG").exists());
    target.or_else(|| binary.parent()).map(Path::to_owned)
}

/// Where coverage is written to.
fn profile() -> Option<PathBuf> {
    let file = PathBuf::from(env::var_os("LLVM_PROFILE_FILE")?);
    file.parent()?.canonicalize().ok()
}
