//! Many uploads or downloads at once, and the memory that they take.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use futures_util::future::try_join_all;
use serde_json::json;
use tokio::sync::Barrier;

use super::{Caller, MEMORY, UPLOAD, address_of, expect, send_document};
use crate::Result;
use crate::client::Connection;
use crate::files::{Form, bodyless};
use crate::process::{self, Server};

/// Clients with a connection each.
pub struct Crowd {
    address: SocketAddr,
    process: u32,
    callers: Vec<Caller>,
    count: usize,
}

/// Memory before transfers, in MiB.
struct Before {
    process: u32,
    resident: f64,
    at: Instant,
}

/// Has the kernel forget the most memory that a process ever had.
const FORGET_PEAK: &str = "5";

impl Crowd {
    pub fn gather(server: &Server, callers: Vec<Caller>, count: usize) -> Crowd {
        Crowd {
            address: server.address,
            process: server.id(),
            callers,
            count,
        }
    }

    /// Uploads a file over each connection; returns the addresses of the documents. All of them are half way at one moment.
    pub async fn upload(&self, content: &[u8]) -> Result<Vec<String>> {
        // What the first upload of a server takes, all others take as well.
        let first = &self.callers[0];
        send_document(
            &mut Connection::open(self.address).await?,
            &first.token,
            &first.prospects[0],
            content,
        )
        .await?;
        let before = self.before()?;
        let barrier = Arc::new(Barrier::new(self.count));
        let (one, other) = content.split_at(content.len() / 2);
        let urls = try_join_all((0..self.count).map(async |number| {
            let caller = &self.callers[number % self.callers.len()];
            let prospect = &caller.prospects[number / self.callers.len() % caller.prospects.len()];
            let form = Form::new(&caller.token, UPLOAD, json!({ "id": prospect }), "file.bin", content.len());
            let mut connection = Connection::open(self.address).await?;
            connection.send(&form.beginning).await?;
            connection.send(one).await?;
            barrier.wait().await;
            let reply = connection.exchange_pieces(&[other, &form.end]).await?;
            address_of(reply.body)
        }));
        let urls = urls.await?;
        before.report("uploads", self.count)?;
        Ok(urls)
    }

    /// Downloads the files, each over a connection of its own. All of them are half way at one moment.
    pub async fn download(&self, urls: &[String], size: usize) -> Result<()> {
        let before = self.before()?;
        let barrier = Arc::new(Barrier::new(urls.len()));
        let downloaded = try_join_all(urls.iter().map(async |url| {
            let mut connection = Connection::open(self.address).await?;
            let (status, length, left) = connection.begin(&bodyless("GET", url)).await?;
            expect((status, length) == (200, size), "a download is not the file")?;
            let read = connection.skip(left / 2).await?;
            barrier.wait().await;
            connection.skip(left - read).await?;
            Ok::<_, crate::Failure>(())
        }));
        downloaded.await?;
        before.report("downloads", self.count)
    }

    fn before(&self) -> Result<Before> {
        fs::write(format!("/proc/{}/clear_refs", self.process), FORGET_PEAK)?;
        Ok(Before {
            process: self.process,
            resident: process::memory(self.process)?.0,
            at: Instant::now(),
        })
    }
}

impl Before {
    fn report(self, what: &str, count: usize) -> Result<()> {
        let seconds = self.at.elapsed().as_secs_f64();
        let (_, peak) = process::memory(self.process)?;
        let growth = peak - self.resident;
        let verdict = if growth > MEMORY { "   <-- more" } else { "" };
        println!(
            "{count} {what} at once, {seconds:.1} s: {:.1} MiB resident before, {peak:.1} MiB at most, {growth:.1} MiB more (aim {MEMORY:.0}){verdict}",
            self.resident
        );
        Ok(())
    }
}
