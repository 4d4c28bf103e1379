//! Who is compared, and how each would have the same tests written.

use std::fmt::Write as _;

/// A test that every contender runs.
#[derive(Clone)]
pub struct Test {
    pub name: String,
    /// Statements of Rust, and of Python.
    pub body: (String, String),
    /// Whether it may not run beside the others that are grouped.
    pub grouped: bool,
}

/// A library, or the way its tests are run.
#[derive(Clone, Copy)]
pub struct Contender {
    pub name: &'static str,
    /// Lines below `[dev-dependencies]`; `$ISOLATE` stands for the path of this checkout.
    pub dependencies: &'static str,
    /// More of the manifest.
    pub profile: &'static str,
    pub how: How,
    /// What its tests get, in a word or two.
    pub gives: &'static str,
    source: fn(&[Test]) -> String,
    /// Brings its own `main`.
    pub own_main: bool,
}

/// What runs the tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The test binary, as `cargo test` starts it.
    Binary,
    /// `cargo nextest run`, told where the binary is, so that no cargo has its part in the time.
    Nextest,
    /// pytest, with these arguments.
    Pytest(&'static [&'static str]),
}

const ISOLATE: &str = r#"isolate-test = { path = "$ISOLATE", default-features = false, features = ["runtime"] }"#;

const fn contender(
    name: &'static str,
    dependencies: &'static str,
    gives: &'static str,
    source: fn(&[Test]) -> String,
) -> Contender {
    Contender {
        name,
        dependencies,
        profile: "",
        how: How::Binary,
        gives,
        source,
        own_main: false,
    }
}

/// All of them, in the order of the table.
pub const ALL: &[Contender] = &[
    contender("libtest", "", "threads of one process", |tests| {
        each(tests, "", |test| {
            format!("#[test]\nfn {}() {{ {} }}\n", test.name, test.body.0)
        })
    }),
    contender("isolate", ISOLATE, "worker processes", |tests| {
        each(tests, "use isolate::prelude::*;\n", |test| {
            let arguments = if test.grouped { "(group = \"grouped\")" } else { "" };
            format!("#[isolated{arguments}]\nfn {}() {{ {} }}\n", test.name, test.body.0)
        })
    }),
    contender("isolate process", ISOLATE, "a process per test, checked", |tests| {
        each(tests, "use isolate::prelude::*;\n", |test| {
            let group = if test.grouped { ", group = \"grouped\"" } else { "" };
            format!(
                "#[isolated(process{group})]\nfn {}() {{ {} }}\n",
                test.name, test.body.0
            )
        })
    }),
    // As docs/process.md proposes it.
    Contender {
        profile: "[profile.dev.package.isolate-runtime]\nopt-level = 2\n",
        ..contender(
            "isolate process O2",
            ISOLATE,
            "the same, with isolate compiled optimised",
            |tests| Contender::named("isolate process").source(tests),
        )
    },
    contender(
        "isolate network",
        ISOLATE,
        "a process and a network per test, checked",
        |tests| {
            each(tests, "use isolate::prelude::*;\n", |test| {
                let group = if test.grouped { ", group = \"grouped\"" } else { "" };
                format!(
                    "#[isolated(process, network{group})]\nfn {}() {{ {} }}\n",
                    test.name, test.body.0
                )
            })
        },
    ),
    Contender {
        how: How::Nextest,
        ..contender("nextest", "", "a process per test", |tests| {
            each(tests, "", |test| {
                let module = if test.grouped { "grouped" } else { "free" };
                format!(
                    "mod {module}_{0} {{\n#[test]\nfn {0}() {{ {1} }}\n}}\n",
                    test.name, test.body.0
                )
            })
        })
    },
    Contender {
        how: How::Nextest,
        name: "isolate under nextest",
        ..contender("", ISOLATE, "a process per test, checked", |tests| {
            each(tests, "use isolate::prelude::*;\n", |test| {
                let arguments = if test.grouped { "(group = \"grouped\")" } else { "" };
                format!("#[isolated{arguments}]\nfn {}() {{ {} }}\n", test.name, test.body.0)
            })
        })
    },
    contender("rusty-fork", "rusty-fork = \"=0.3.1\"", "a process per test", |tests| {
        let tests = each(tests, "", |test| {
            format!("#[test]\nfn {}() {{ {} }}\n", test.name, test.body.0)
        });
        format!("use rusty_fork::rusty_fork_test;\nrusty_fork_test! {{\n{tests}}}\n")
    }),
    contender("test-fork", "test-fork = \"=0.1.7\"", "a process per test", |tests| {
        each(tests, "", |test| {
            format!("#[test_fork::test]\nfn {}() {{ {} }}\n", test.name, test.body.0)
        })
    }),
    contender(
        "sealed_test",
        "sealed_test = \"=1.1.0\"",
        "a process and a directory per test",
        |tests| {
            each(tests, "use sealed_test::prelude::*;\n", |test| {
                format!("#[sealed_test]\nfn {}() {{ {} }}\n", test.name, test.body.0)
            })
        },
    ),
    contender("rstest", "rstest = \"=0.28.0\"", "threads of one process", |tests| {
        each(tests, "use rstest::rstest;\n", |test| {
            format!("#[rstest]\nfn {}() {{ {} }}\n", test.name, test.body.0)
        })
    }),
    contender(
        "test-context",
        "test-context = \"=0.5.8\"",
        "threads of one process",
        |tests| {
            let head = "use test_context::{TestContext, test_context};\nstruct Nothing;\n\
                    impl TestContext for Nothing { fn setup() -> Self { Nothing } }\n";
            each(tests, head, |test| {
                format!(
                    "#[test_context(Nothing)]\n#[test]\nfn {}(_nothing: &mut Nothing) {{ {} }}\n",
                    test.name, test.body.0
                )
            })
        },
    ),
    contender(
        "serial_test",
        "serial_test = \"=4.0.1\"",
        "one test at a time",
        |tests| {
            let some_are_free = tests.iter().any(|test| test.grouped);
            each(tests, "use serial_test::serial;\n", |test| {
                let serial = if test.grouped || !some_are_free {
                    "#[serial]\n"
                } else {
                    ""
                };
                format!("#[test]\n{serial}fn {}() {{ {} }}\n", test.name, test.body.0)
            })
        },
    ),
    Contender {
        own_main: true,
        ..contender(
            "libtest-mimic",
            "libtest-mimic = \"=0.8.2\"",
            "threads of one process",
            |tests| {
                let functions = each(tests, "", |test| format!("fn {}() {{ {} }}\n", test.name, test.body.0));
                let trials = each(tests, "", |test| {
                    format!(
                        "libtest_mimic::Trial::test(\"{0}\", || {{ {0}(); Ok(()) }}),\n",
                        test.name
                    )
                });
                format!(
                    "{functions}fn main() {{\nlet arguments = libtest_mimic::Arguments::from_args();\n\
                 libtest_mimic::run(&arguments, vec![\n{trials}]).exit();\n}}\n"
                )
            },
        )
    },
    Contender {
        own_main: true,
        ..contender("kitest", "kitest = \"=0.6.0\"", "threads of one process", |tests| {
            let functions = each(tests, "", |test| format!("fn {}() {{ {} }}\n", test.name, test.body.0));
            let list = each(tests, "", |test| {
                format!(
                    "Test::new(TestFnHandle::from_static_obj(&|| {0}()), TestMeta {{ name: Cow::Borrowed(\"{0}\"), \
                     ignore: IgnoreStatus::Run, should_panic: PanicExpectation::ShouldNotPanic, origin: origin!(), \
                     extra: () }}),\n",
                    test.name
                )
            });
            format!(
                "use std::borrow::Cow;\nuse std::process::Termination;\nuse kitest::prelude::*;\n{functions}const TESTS: &[Test] = &[\n{list}];\n\
                 fn main() -> impl Termination {{ kitest::harness(TESTS).run().report() }}\n"
            )
        })
    },
    Contender {
        own_main: true,
        ..contender("test-r", "test-r = \"=3.0.13\"", "threads of one process", |tests| {
            let one = |test: &Test| format!("#[test_r::test]\nfn {}() {{ {} }}\n", test.name, test.body.0);
            let (grouped, free): (Vec<_>, Vec<_>) = tests.iter().cloned().partition(|test| test.grouped);
            let mut text = each(&free, "test_r::enable!();\n", one);
            if !grouped.is_empty() {
                let _ = write!(
                    text,
                    "#[test_r::sequential]\nmod grouped {{\n{}}}\n",
                    each(&grouped, "", one)
                );
            }
            text
        })
    },
    Contender {
        own_main: true,
        ..contender(
            "skuld",
            "skuld = \"=0.6.0\"",
            "one test at a time when captured",
            |tests| {
                each(tests, "fn main() { skuld::run_all(); }\n", |test| {
                    let serial = if test.grouped { "(serial)" } else { "" };
                    format!("#[skuld::test{serial}]\nfn {}() {{ {} }}\n", test.name, test.body.0)
                })
            },
        )
    },
    contender(
        "sqlx::test",
        "sqlx = { version = \"=0.9.0\", default-features = false, features = [\"runtime-tokio\", \"macros\", \"migrate\"] }",
        "threads of one process, tokio",
        |tests| {
            each(tests, "", |test| {
                format!("#[sqlx::test]\nasync fn {}() {{ {} }}\n", test.name, test.body.0)
            })
        },
    ),
    Contender {
        how: How::Pytest(&[]),
        ..contender("pytest", "", "one process, serial", python)
    },
    Contender {
        how: How::Pytest(&["-n", "4", "--dist", "loadgroup"]),
        ..contender("pytest-xdist", "", "4 worker processes", python)
    },
    Contender {
        how: How::Pytest(&["--forked"]),
        ..contender("pytest-forked", "", "a process per test", python)
    },
];

impl Contender {
    /// The one of that name.
    pub fn named(name: &str) -> &'static Self {
        ALL.iter()
            .find(|contender| contender.name == name)
            .expect("the name of a contender")
    }

    /// The same with other dependencies.
    pub fn depending(self, dependencies: &'static str) -> Self {
        Self { dependencies, ..self }
    }

    /// The suite as its author would write it.
    pub fn source(&self, tests: &[Test]) -> String {
        (self.source)(tests)
    }
}

impl Test {
    /// `count` tests of that body.
    pub fn many(count: usize, rust: &str, python: &str) -> Vec<Self> {
        let test = |number| Self {
            name: format!("t{number:05}"),
            body: (rust.to_owned(), python.to_owned()),
            grouped: false,
        };
        (0..count).map(test).collect()
    }
}

fn each(tests: &[Test], head: &str, write: impl Fn(&Test) -> String) -> String {
    tests.iter().fold(head.to_owned(), |mut text, test| {
        text.push_str(&write(test));
        text
    })
}

fn python(tests: &[Test]) -> String {
    let mut text = String::from("import time\n\nimport pytest\n");
    for test in tests {
        let marker = if test.grouped {
            "@pytest.mark.xdist_group(\"grouped\")\n"
        } else {
            ""
        };
        let body = if test.body.1.is_empty() { "pass" } else { &test.body.1 };
        let _ = write!(text, "\n\n{marker}def test_{}():\n    {body}\n", test.name);
    }
    text
}
