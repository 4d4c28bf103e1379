//! A server of session scope that lives on tasks, in its own process.

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::time::Duration;
    use std::{env, fs};

    use isolate::prelude::*;
    use isolate::{AsyncFixture, SessionValue, fixture};

    struct Server {
        port: u16,
    }

    #[fixture(scope = "session")]
    async fn server() -> Result<Server> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move {
            loop {
                if let Ok((mut stream, _)) = listener.accept() {
                    stream.write_all(b"hello").unwrap();
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        tell("built");
        Ok(Server { port })
    }

    impl AsyncFixture for Server {
        async fn teardown(&mut self) -> Result {
            tokio::time::sleep(Duration::from_millis(1)).await;
            tell("torn down");
            Ok(())
        }
    }

    impl SessionValue for Server {
        fn to_bytes(&self) -> Result<Vec<u8>> {
            self.port.to_bytes()
        }

        fn from_bytes(bytes: &[u8]) -> Result<Self> {
            u16::from_bytes(bytes).map(|port| Self { port })
        }
    }

    #[isolated]
    fn is_asked(server: &Server) -> Result<()> {
        ask(server)
    }

    #[isolated]
    fn is_asked_by_another_worker(server: &Server) -> Result<()> {
        ask(server)
    }

    #[isolated]
    async fn is_asked_by_a_task(server: &Server) -> Result<()> {
        ask(server)
    }

    fn ask(server: &Server) -> Result<()> {
        let mut answer = String::new();
        TcpStream::connect(("127.0.0.1", server.port))?.read_to_string(&mut answer)?;
        assert_eq!(answer, "hello");
        Ok(())
    }

    fn tell(text: &str) {
        let path = env::var("E2E_DIR").unwrap() + "/log";
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(file, "{text}").unwrap();
    }
}
