use isolate::prelude::*;

mod inner {
    use isolate::prelude::*;

    pub(crate) struct Connection;

    #[fixture]
    pub(crate) fn as_visible() -> Connection {
        Connection
    }

    #[fixture]
    pub fn too_visible() -> Result<Connection> {
        Ok(Connection)
    }
}

fn main() {}
