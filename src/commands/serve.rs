//! `cartera serve`: from the settings to a server that answers, and to an orderly end.

use std::net::SocketAddr;

use cartera::resolvers::{calls, total};
use cartera::settings::Settings;
use cartera::{schema, server, setup, traces};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, first_administrator, lock, print, with_app};

pub async fn run(settings: Settings) -> Outcome {
    // Held to the end: the system gives it back even when the process is killed.
    let _lock = settings.database.sqlite_file().map(lock::take).transpose()?;
    let traces = match &settings.traces_endpoint {
        Some(endpoint) => Some(traces::start(endpoint, settings.traces_ratio)?),
        None => None,
    };
    let outcome = with_app(settings, async |app| {
        if let Some(first) = setup::first_start(app).await? {
            print(&first_administrator(&first))?;
        }
        total::learn_lengths(app).await?;
        let stop = stop_signal()?;
        let metrics = match app.settings.metrics_listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let listener = listen(app.settings.listen).await?;
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

async fn listen(address: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("cannot listen on {address}: {error}"))
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
