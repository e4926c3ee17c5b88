//! `cartera serve`: from the settings to a server that answers, and to an orderly end.

use std::net::SocketAddr;
use std::time::Duration;

use cartera::db::Db;
use cartera::resolvers::{calls, total};
use cartera::settings::Settings;
use cartera::{schema, server, setup, traces};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::{Outcome, first_administrator, lock, open, print, with_tables};

/// How often the log tells how far a migration is.
const PROGRESS: Duration = Duration::from_secs(5);

pub async fn run(settings: Settings) -> Outcome {
    // Held to the end: the system gives it back even when the process is killed.
    let _lock = settings.database.sqlite_file().map(lock::take).transpose()?;
    let traces = match &settings.traces_endpoint {
        Some(endpoint) => Some(traces::start(endpoint, settings.traces_ratio)?),
        None => None,
    };
    let listener = std::net::TcpListener::bind(settings.listen).map_err(|error| unheard(settings.listen, &error))?;
    listener.set_nonblocking(true)?;
    let stop = stop_signal()?;
    let db = open(&settings).await?;
    let mut stop = Box::pin(stop);
    tokio::select! {
        migrated = migrate(&db, &settings, &listener) => migrated?,
        // A slice that is cut off leaves nothing behind, and the next start goes on.
        () = &mut stop => return Ok(()),
    }
    let outcome = with_tables(db, settings, async |app| {
        if let Some(first) = setup::first_start(app).await? {
            print(&first_administrator(&first))?;
        }
        total::learn_lengths(app).await?;
        let metrics = match app.settings.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let listener = TcpListener::from_std(listener)?;
        if let Some(metrics) = &metrics {
            tracing::info!("metrics on http://{}/metrics", metrics.local_addr()?);
        }
        tracing::info!("listening on http://{}", listener.local_addr()?);
        let follower = tokio::spawn(app.clone().follow_changes());
        let sweeper = tokio::spawn(calls::forget_forever(app.clone()));
        let served = server::serve_beside(app.clone(), schema::build(app), listener, metrics, stop).await;
        follower.abort();
        sweeper.abort();
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
async fn migrate(db: &Db, settings: &Settings, listener: &std::net::TcpListener) -> Outcome {
    let waiting = TcpListener::from_std(listener.try_clone()?)?;
    let (ready, is_ready) = oneshot::channel::<()>();
    let told = server::serve_starting(settings, db.progress().clone(), waiting, async { drop(is_ready.await) });
    let migrated = async {
        let migrated = tokio::select! {
            migrated = db.migrate() => migrated,
            () = tell(db) => unreachable!("it tells until it is dropped"),
        };
        drop(ready);
        migrated
    };
    let ((), migrated) = tokio::join!(told, migrated);
    Ok(migrated?)
}

/// Tells in the log how far the rows are that are gone through.
async fn tell(db: &Db) {
    let mut told = None;
    loop {
        tokio::time::sleep(PROGRESS).await;
        let step = db.progress().step();
        if let Some(step) = step.filter(|_| step != told) {
            tracing::info!(
                step = step.number,
                of = step.steps,
                table = step.name,
                rows = step.rows,
                total = step.total,
                "migrating"
            );
        }
        told = step;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| unheard(address, &error))
}

fn unheard(address: SocketAddr, error: &std::io::Error) -> String {
    format!("cannot listen on {address}: {error}")
}

/// Ends when the process is asked to stop; the signals are caught from this call on, not from the first wait.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("stopping: asked to terminate"),
            _ = interrupt.recv() => tracing::info!("stopping: interrupted"),
        }
    })
}
