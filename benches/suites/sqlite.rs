//! A fresh SQLite for each test, by hand.

use std::path::PathBuf;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

struct Database {
    pool: SqlitePool,
    file: PathBuf,
}

impl Database {
    async fn fresh(test: &str) -> Self {
        let file = std::env::temp_dir().join(format!("{test}.sqlite"));
        let _ = std::fs::remove_file(&file);
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        sqlx::migrate!().run(&pool).await.unwrap();
        Self { pool, file }
    }

    async fn remove(self) {
        self.pool.close().await;
        std::fs::remove_file(self.file).unwrap();
    }
}
