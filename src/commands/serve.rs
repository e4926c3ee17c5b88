//! `cartera serve`: from the settings to a server that answers, and to an orderly end.

use std::net::{IpAddr, SocketAddr, TcpListener as StdListener};
use std::time::Duration;

use cartera::db::Db;
use cartera::jobs::{Runner, Stopper};
use cartera::settings::Settings;
use cartera::telemetry::traces;
use cartera::{server, setup};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::existing::refuse_foreign;
use super::{Outcome, first_administrator, lock, open, print, with_tables, work};

/// Interval of log messages about the progress of a migration.
const PROGRESS: Duration = Duration::from_secs(5);

pub async fn run(settings: Settings) -> Outcome {
    // Before the lock, which would be created next to the file of another program.
    refuse_foreign(&settings.database).await?;
    // Kept until the end: the system releases it even if the process is killed.
    let _lock = settings.database.sqlite_file().map(lock::take).transpose()?;
    let traces = match &settings.traces_endpoint {
        Some(endpoint) => Some(traces::start(endpoint, settings.traces_ratio)?),
        None => None,
    };
    let (listener, metrics) = listeners(&settings)?;
    let stop = stop_signal()?;
    let db = open(&settings).await?;
    tracing::info!("the data are in {}", settings.database.place());
    let mut stop = Box::pin(stop);
    tokio::select! {
        migrated = migrate(&db, &settings, &listener) => migrated?,
        // An interrupted batch is rolled back, and the next start continues.
        () = &mut stop => return Ok(()),
    }
    let outcome = with_tables(db, settings, async |app| {
        match setup::first_start(app).await? {
            Some(first) => print(&first_administrator(&first))?,
            None => log_ignored_settings(&app.settings),
        }
        let metrics = metrics.map(TcpListener::from_std).transpose()?;
        let listener = TcpListener::from_std(listener)?;
        if let Some(metrics) = &metrics {
            tracing::info!("metrics on http://{}/metrics", metrics.local_addr()?);
        }
        let address = listener.local_addr()?;
        tracing::info!("listening on http://{address}");
        tracing::info!("{}", invitation(&app.settings, address));
        let follower = tokio::spawn(app.clone().follow_changes());
        let runner = match app.settings.jobs_in_serve {
            true => Some(work::start(app).await?),
            false => None,
        };
        let stopper = runner.as_ref().map(Runner::stopper);
        let stop = async {
            stop.await;
            // Together with the requests in flight, so that both have the same time to end.
            stopper.iter().for_each(Stopper::stop);
        };
        let served = server::serve_with_metrics(app.clone(), listener, metrics, stop).await;
        if let Some(runner) = runner {
            runner.stop().await;
        }
        follower.abort();
        Ok(served?)
    })
    .await;
    if let Some(traces) = traces {
        // It waits for the collector, and must not do so on a thread of the runtime.
        tokio::task::spawn_blocking(|| traces.stop()).await?;
    }
    outcome
}

/// Brings the tables up to date. Meanwhile requests are answered that the server is not ready, and how far it is.
async fn migrate(db: &Db, settings: &Settings, listener: &StdListener) -> Outcome {
    let waiting = TcpListener::from_std(listener.try_clone()?)?;
    let (ready, is_ready) = oneshot::channel::<()>();
    let starting = server::serve_starting(settings, db.progress().clone(), waiting, async { drop(is_ready.await) });
    let migrated = async {
        let migrated = tokio::select! {
            migrated = db.migrate() => migrated,
            () = log_progress(db) => unreachable!("it logs until it is dropped"),
        };
        drop(ready);
        migrated
    };
    let ((), migrated) = tokio::join!(starting, migrated);
    Ok(migrated?)
}

/// Logs the progress of the migration of rows.
pub async fn log_progress(db: &Db) {
    let mut logged = None;
    loop {
        tokio::time::sleep(PROGRESS).await;
        let step = db.progress().step();
        if let Some(step) = step.filter(|_| step != logged) {
            tracing::info!(
                step = step.number,
                of = step.steps,
                table = step.name,
                rows = step.rows,
                total = step.total,
                "migrating"
            );
        }
        logged = step;
    }
}

/// The listener of the API and that of the metrics, before anything is done with the database; or both reasons where neither can be had.
fn listeners(settings: &Settings) -> Result<(StdListener, Option<StdListener>), String> {
    match (listen(settings.listen), settings.metrics_listen.map(listen).transpose()) {
        (Ok(listener), Ok(metrics)) => Ok((listener, metrics)),
        (listener, metrics) => {
            let reasons: Vec<String> = [listener.err(), metrics.err()].into_iter().flatten().collect();
            Err(reasons.join("; "))
        }
    }
}

pub fn listen(address: SocketAddr) -> Result<StdListener, String> {
    let listener = StdListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    listener.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Logs that settings for the first administrator are not used; they may stay for ever where a container is started again and again.
fn log_ignored_settings(settings: &Settings) {
    let given = [
        ("admin_email", settings.admin_email.is_some()),
        ("admin_name", settings.admin_name.is_some()),
        ("admin_password", settings.admin_password.is_some()),
    ];
    let names: Vec<&str> = given.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
    if !names.is_empty() {
        tracing::info!("there is an administrator already: not used: {}", names.join(", "));
    }
}

/// The page to open in a browser on this machine, or the address for clients.
fn invitation(settings: &Settings, address: SocketAddr) -> String {
    let host = match address.ip().to_canonical() {
        ip if ip.is_unspecified() => "localhost".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let port = address.port();
    if settings.explorer {
        format!("to open in a browser: http://{host}:{port}/")
    } else {
        format!("for clients: http://{host}:{port}/graphql")
    }
}

/// Ends when the process is asked to stop; the signals are caught from this call on, not from the first wait.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("stopping: asked to terminate"),
            _ = interrupt.recv() => tracing::info!("stopping: interrupted"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_to_open_is_one_that_a_browser_reaches() {
        let mut settings = Settings::default();
        for (address, url) in [
            ("127.0.0.1:8000", "http://127.0.0.1:8000/"),
            ("0.0.0.0:8000", "http://localhost:8000/"),
            ("[::]:8000", "http://localhost:8000/"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("192.168.1.2:80", "http://192.168.1.2:80/"),
        ] {
            let message = invitation(&settings, address.parse().unwrap());
            assert!(message.ends_with(&format!(" {url}")), "{message}");
        }
        settings.explorer = false;
        assert!(invitation(&settings, "0.0.0.0:1".parse().unwrap()).ends_with(" http://localhost:1/graphql"));
    }

    #[test]
    fn both_addresses_that_are_taken_are_reported() {
        let taken = [(); 2].map(|()| StdListener::bind("127.0.0.1:0").unwrap());
        let [one, other] = taken.each_ref().map(|listener| listener.local_addr().unwrap());
        let settings = Settings {
            listen: one,
            metrics_listen: Some(other),
            ..Settings::default()
        };
        let refused = listeners(&settings).unwrap_err();
        assert!(
            refused.contains(&one.to_string()) && refused.contains(&other.to_string()),
            "{refused}"
        );
    }
}
