//! A fresh PostgreSQL database for each test, by hand.

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

struct Database {
    pool: PgPool,
    name: String,
    server: PgConnection,
}

impl Database {
    async fn fresh(test: &str) -> Self {
        let name = format!("by_hand_{test}");
        let mut server = PgConnection::connect_with(&options()).await.unwrap();
        let remove = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        server.execute(AssertSqlSafe(remove)).await.unwrap();
        server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let pool = PgPool::connect_with(options().database(&name)).await.unwrap();
        sqlx::migrate!().run(&pool).await.unwrap();
        Self { pool, name, server }
    }

    async fn remove(mut self) {
        self.pool.close().await;
        self.server.execute(AssertSqlSafe(format!("DROP DATABASE {}", self.name))).await.unwrap();
    }
}

fn options() -> PgConnectOptions {
    std::env::var("DATABASE_URL").unwrap().parse().unwrap()
}
