//! The monitor's command line.

use std::error::Error;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use opencode_monitor::client::ApiClient;
use opencode_monitor::dashboard::Dashboard;
use opencode_monitor::settings::SETTINGS;
use opencode_monitor::watcher::Watcher;
use opencode_monitor::{AnalyticsDb, api, loader, security};

const USAGE: &str = "usage:
  opencode-monitor load <storage> <database>          load all files once
  opencode-monitor serve <storage> <database> <port>  load, follow changes and serve, until standard input ends
  opencode-monitor dashboard <url>                    show what a server knows
  opencode-monitor score <command>                    score a shell command";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["load", storage, database] => load(storage, database),
        ["serve", storage, database, port] => serve(storage, database, port.parse()?),
        ["dashboard", url] => {
            dashboard(url);
            Ok(())
        }
        ["score", command] => {
            score(command);
            Ok(())
        }
        _ => Err(USAGE.into()),
    }
}

fn load(storage: &str, database: &str) -> Result<(), Box<dyn Error>> {
    let db = open(database)?;
    let report = loader::load(Path::new(storage), &db)?;
    let scored = security::enrich(&db)?;
    println!(
        "{} sessions, {} messages, {} parts",
        report.sessions, report.messages, report.parts
    );
    println!("{scored} commands scored");
    for rejected in report.rejected {
        eprintln!("left out {}: {}", rejected.path.display(), rejected.reason);
    }
    Ok(())
}

fn serve(storage: &str, database: &str, port: u16) -> Result<(), Box<dyn Error>> {
    let db = Arc::new(open(database)?);
    let server = api::serve(TcpListener::bind(("127.0.0.1", port))?, db.clone())?;
    let _watcher = Watcher::start(storage, db, SETTINGS.refresh())?;
    println!("serving on {}", server.url());
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn dashboard(url: &str) {
    let mut dashboard = Dashboard::new(ApiClient::new(url));
    dashboard.refresh();
    print!("{dashboard}");
}

fn score(command: &str) {
    let risk = security::score(command);
    println!(
        "{} {}  {}  {}",
        risk.score,
        risk.level(),
        risk.reason(),
        risk.techniques().join(" ")
    );
}

fn open(database: &str) -> Result<AnalyticsDb, Box<dyn Error>> {
    let db = AnalyticsDb::open(duckdb::Connection::open(database)?)?;
    security::install(&db)?;
    Ok(db)
}
