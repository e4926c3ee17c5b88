//! `cartera work`: runs jobs and answers no requests, beside servers on PostgreSQL or in their place.

use std::sync::Arc;

use cartera::app::App;
use cartera::jobs::{self, Runner, Work};
use cartera::server;
use cartera::settings::Settings;
use sea_orm::DbBackend;
use tokio::net::TcpListener;

use super::existing::existing;
use super::{Outcome, lock, serve, with_tables};

pub async fn run(settings: Settings) -> Outcome {
    let lock = settings.database.sqlite_file().map(lock::take).transpose();
    let _lock = lock.map_err(|reason| format!("{reason}; on SQLite the server runs the jobs itself"))?;
    let metrics = settings.metrics_listen.map(serve::listen).transpose()?;
    let metrics = metrics.map(TcpListener::from_std).transpose()?;
    let metrics_address = metrics.as_ref().map(TcpListener::local_addr).transpose()?;
    let stop = serve::stop_signal()?;
    let db = existing(&settings).await?;
    tracing::info!("the data are in {}", settings.database.place());
    let mut stop = Box::pin(stop);
    tokio::select! {
        migrated = db.migrate() => migrated?,
        () = serve::log_progress(&db) => unreachable!("it logs until it is dropped"),
        () = &mut stop => return Ok(()),
    }
    with_tables(db, settings, async |app| {
        let follower = tokio::spawn(app.clone().follow_changes());
        let runner = start(app).await?;
        if let Some(address) = metrics_address {
            tracing::info!("metrics on http://{address}/metrics");
        }
        tracing::info!("running jobs, {} at once", app.settings.job_workers);
        let stopper = runner.stopper();
        let stop = async {
            stop.await;
            // At once: a slow reader of the metrics keeps the listener open for a while.
            stopper.stop();
        };
        match metrics {
            Some(listener) => server::serve_metrics(app.clone(), listener, stop).await,
            None => stop.await,
        }
        runner.stop().await;
        follower.abort();
        Ok(())
    })
    .await
}

/// Begins to run jobs. On SQLite no other process works on the file, so that those which one before this has left are queued again at once.
pub async fn start(app: &Arc<App>) -> Result<Runner, cartera::error::Error> {
    if app.db.backend() == DbBackend::Sqlite {
        jobs::recover(app).await?;
    }
    jobs::queue_incomplete(app).await?;
    Ok(Runner::start(app.clone(), Work::standard(app.settings.job_workers)))
}
