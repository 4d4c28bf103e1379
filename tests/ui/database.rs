use isolate::isolated;

#[isolated(db())]
fn empty() {}

#[isolated(db("schema.sql"))]
fn unnamed() {}

#[isolated(db = "schema.sql")]
fn assigned() {}

#[isolated(db(shema = "schema.sql"))]
fn misspelt() {}

#[isolated(db(schema = 5))]
fn number() {}

#[isolated(db(schema = ""))]
fn nothing() {}

#[isolated(db(schema = "a.sql", schema = "b.sql"))]
fn twice() {}

fn main() {}
