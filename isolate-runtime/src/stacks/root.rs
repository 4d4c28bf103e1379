//! The directory that the paths of a build are relative to, as rustc was given them and panics print them.

use std::path::{Path, PathBuf};

use crate::case::TestCase;

/// Knows the root of each source file that it was asked about.
#[derive(Default)]
pub(super) struct Roots {
    /// Directories of sources with their roots.
    known: Vec<(PathBuf, PathBuf)>,
    workspace: Option<PathBuf>,
}

impl Roots {
    pub fn new() -> Self {
        let workspace = TestCase::entered().and_then(|case| {
            Path::new(case.crate_dir)
                .ancestors()
                .find(|above| above.join(case.file).is_file())
                .map(Path::to_path_buf)
        });
        Self {
            known: Vec::new(),
            workspace,
        }
    }

    /// The workspace, for a file in it; for others that of their own, or their package. Empty for what isn't cargo's.
    pub fn of(&mut self, file: &str) -> String {
        let file = Path::new(file);
        if let Some(workspace) = self.workspace.as_ref().filter(|root| file.starts_with(root)) {
            return workspace.to_string_lossy().into_owned();
        }
        let Some(directory) = file.parent().filter(|_| file.is_absolute()) else {
            return String::new();
        };
        if let Some((_, root)) = self.known.iter().find(|(known, _)| known == directory) {
            return root.to_string_lossy().into_owned();
        }
        let with = |name: &str| directory.ancestors().find(|above| above.join(name).is_file());
        let root = with("Cargo.lock")
            .or_else(|| with("Cargo.toml"))
            .unwrap_or(Path::new(""));
        self.known.push((directory.to_path_buf(), root.to_path_buf()));
        root.to_string_lossy().into_owned()
    }
}
