//! The arguments of `db`.

use tokens::Ident;

use super::list::{self, Argument};
use super::value::{nothing, text};
use crate::nearest::suggestion;
use crate::syntax::{Error, IdentExt, LitStr, Path, Result, Value};

/// Which database it is.
#[derive(Clone, Default)]
pub struct Database {
    /// The file with its tables.
    pub schema: Option<LitStr>,
    /// It has no file.
    pub memory: bool,
    /// Where its rows come from.
    pub seed: Option<Seed>,
}

/// What fills a database in memory.
#[derive(Clone)]
pub enum Seed {
    /// Statements.
    File(LitStr),
    /// A function that gets a connection.
    Function(Path),
}

impl Database {
    /// Whether nothing is said of it.
    pub fn is_any(&self) -> bool {
        self.schema.is_none() && !self.memory
    }
}

/// What stands behind `db`.
pub fn parse(name: &Ident, value: Value) -> Result<Database> {
    const FORM: &str = "write `db`, `db(schema = \"schema.sql\")` or `db(memory, seed = \"rows.sql\")`";
    let list = match value {
        Value::None => return Ok(Database::default()),
        Value::Assigned(tokens) => return Err(Error::new_spanned(tokens, FORM)),
        Value::List(list) => list,
    };
    let mut database = Database::default();
    let mut seeded = None;
    list::each(list.stream(), None, &mut |Argument { name, value }| {
        if name.is("schema") {
            database.schema = Some(file(&name, value, "schema")?);
        } else if name.is("memory") {
            nothing(&name, &value)?;
            database.memory = true;
        } else if name.is("seed") {
            database.seed = Some(seed(&name, value)?);
            seeded = Some(name);
        } else {
            let near = suggestion(&name.to_string(), &["schema", "memory", "seed"]);
            let message = format!("unknown argument `{name}` of `db`; {near}");
            return Err(Error::new(name.span(), message));
        }
        Ok(())
    })?;
    match seeded {
        Some(seed) if !database.memory => {
            let message = "a seed is for a database in memory: write `db(memory, seed = …)`";
            Err(Error::new(seed.span(), message))
        }
        None if database.is_any() => Err(Error::new(name.span(), FORM)),
        _ => Ok(database),
    }
}

fn file(name: &Ident, value: Value, what: &str) -> Result<LitStr> {
    let path = text(name, value, &format!("{what}.sql"))?;
    if path.value().trim().is_empty() {
        let message = format!("a {what} needs the path of its file, relative to Cargo.toml");
        return Err(Error::new(path.span(), message));
    }
    Ok(path)
}

fn seed(name: &Ident, value: Value) -> Result<Seed> {
    if let Value::Assigned(tokens) = &value
        && let Some(path) = Path::parse(tokens.clone())
    {
        return Ok(Seed::Function(path));
    }
    match &value {
        Value::Assigned(tokens) if LitStr::parse(tokens.clone()).is_some() => file(name, value, "seed").map(Seed::File),
        _ => {
            let message =
                "`seed` takes a file of statements or a function, as in `seed = \"rows.sql\"` or `seed = fill`";
            Err(Error::new(name.span(), message))
        }
    }
}
