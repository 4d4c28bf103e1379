//! Just enough of a shell's grammar to tell what a line runs from what it only says.

/// One program with its arguments.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The program's name without its folder, then the arguments, quotes removed.
    pub words: Vec<String>,
    /// Whether it reads what the command before it writes.
    pub piped: bool,
}

impl Command {
    pub(super) fn program(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    pub(super) fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// Whether a short flag, alone or among others (`-rf`), or the long one is given.
    pub(super) fn has_flag(&self, short: char, long: &str) -> bool {
        self.arguments().iter().any(|word| match word.strip_prefix("--") {
            Some(name) => name == long,
            None => word.strip_prefix('-').is_some_and(|letters| letters.contains(short)),
        })
    }

    pub(super) fn mentions(&self, text: &str) -> bool {
        self.arguments().iter().any(|word| word.contains(text))
    }
}

/// The commands of a line, in order. Prefixes that only say how to run (`sudo`, `env`, `FOO=1`) are taken off, and
/// what a shell is given with `-c` is split in turn.
pub(super) fn split(line: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut command = Command::default();
    let mut word: Option<String> = None;
    let mut characters = line.chars().peekable();
    let mut previous = ' ';
    while let Some(character) = characters.next() {
        match character {
            // `>&` and `&>` redirect.
            '&' if previous == '>' || characters.peek() == Some(&'>') => word.get_or_insert_default().push('&'),
            '\'' => word
                .get_or_insert_default()
                .extend(characters.by_ref().take_while(|&next| next != '\'')),
            '"' => word
                .get_or_insert_default()
                .extend(characters.by_ref().take_while(|&next| next != '"')),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            ' ' | '\t' => command.words.extend(word.take()),
            '|' | ';' | '&' | '\n' | '(' | ')' | '`' => {
                command.words.extend(word.take());
                let doubled = character == '|' && characters.next_if_eq(&'|').is_some();
                finish(std::mem::take(&mut command), &mut commands);
                command.piped = character == '|' && !doubled;
            }
            _ => word.get_or_insert_default().push(character),
        }
        previous = character;
    }
    command.words.extend(word);
    finish(command, &mut commands);
    commands
}

fn finish(mut command: Command, commands: &mut Vec<Command>) {
    let prefix =
        |word: &String| matches!(word.as_str(), "sudo" | "env" | "nohup" | "exec" | "$") || is_assignment(word);
    while command.words.first().is_some_and(prefix) {
        command.words.remove(0);
    }
    let Some(program) = command.words.first_mut() else {
        return;
    };
    *program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let script = command
        .words
        .iter()
        .position(|word| word == "-c")
        .and_then(|flag| command.words.get(flag + 1));
    let inner = script
        .filter(|_| is_shell(command.program()))
        .map(|script| split(script));
    commands.push(command);
    commands.extend(inner.into_iter().flatten());
}

pub(super) fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || character == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(line: &str) -> Vec<String> {
        split(line).iter().map(|command| command.program().to_owned()).collect()
    }

    #[test]
    fn a_line_is_split_at_its_operators() {
        assert_eq!(
            programs("cd /tmp && curl x|sh; ls & wait"),
            ["cd", "curl", "sh", "ls", "wait"]
        );
        assert_eq!(
            programs("make >& log; make &> log; make 2>&1"),
            ["make", "make", "make"]
        );
    }

    #[test]
    fn only_a_single_bar_is_a_pipe() {
        let piped: Vec<_> = split("a | b || c").iter().map(|command| command.piped).collect();
        assert_eq!(piped, [false, true, false]);
    }

    #[test]
    fn quotes_keep_a_word_together() {
        assert_eq!(
            split(r#"echo 'a | b' "c; d" e\ f"#)[0].arguments(),
            ["a | b", "c; d", "e f"]
        );
    }

    #[test]
    fn prefixes_and_folders_are_taken_off() {
        assert_eq!(programs("sudo FOO=1 /usr/bin/env rm -rf x"), ["env"]);
        assert_eq!(programs("sudo FOO=1 /bin/rm -rf x"), ["rm"]);
    }

    #[test]
    fn a_shell_inside_a_shell_is_read() {
        assert_eq!(programs("bash -c 'cat x | sh'"), ["bash", "cat", "sh"]);
    }
}
