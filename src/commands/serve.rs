//! `cartera serve`: from the settings to a server that answers, and to an orderly end.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use cartera::resolvers::calls;
use cartera::settings::Settings;
use cartera::{schema, server, setup};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::{Outcome, first_administrator, print, with_app};

pub async fn run(settings: Settings) -> Outcome {
    // Held to the end: the system gives it back even when the process is killed.
    let _lock = settings.database.sqlite_file().map(lock).transpose()?;
    with_app(settings, async |app| {
        if let Some(first) = setup::first_start(app).await? {
            print(&first_administrator(&first))?;
        }
        let stop = stop_signal()?;
        let address = app.settings.listen;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        tracing::info!("listening on http://{}", listener.local_addr()?);
        let follower = tokio::spawn(app.clone().follow_changes());
        let sweeper = tokio::spawn(calls::forget_forever(app.clone()));
        let served = server::serve(app.clone(), schema::build(app), listener, stop).await;
        follower.abort();
        sweeper.abort();
        Ok(served?)
    })
    .await
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

/// Makes sure that no other server works on the same SQLite file: two would each believe their own memory of it.
/// The database file itself cannot carry this lock, because SQLite's own would be lost when it is closed.
fn lock(database: &Path) -> Result<File, String> {
    let path = lock_path(database);
    let shown = path.display();
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| format!("{shown}: {error}"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(format!("another server is running on {} ({shown} is locked)", database.display())),
        Err(TryLockError::Error(error)) => Err(format!("{shown}: {error}")),
    }
}

/// The same for every path that leads to the file.
fn lock_path(database: &Path) -> PathBuf {
    let mut path = database.canonicalize().unwrap_or_else(|_| database.to_owned()).into_os_string();
    path.push(".lock");
    path.into()
}
