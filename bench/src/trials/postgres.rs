//! A private PostgreSQL that can be stopped and started, through the script that starts one for tests.

use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::Result;

/// It ends, and is removed, when this is dropped.
pub struct Postgres {
    pub address: String,
    script: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// Mode of the stop.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Open transactions are rolled back, and all is written before the end.
    Fast,
    /// As if the machine had failed: it recovers at the next start.
    Immediate,
}

impl Postgres {
    /// One that keeps the promises of a production server.
    pub async fn start(script: &Path) -> Result<Postgres> {
        let mut script = Command::new(script)
            .args(["--durable", "--orders"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map_err(|error| format!("{}: {error}", script.display()))?;
        let orders = script.stdin.take().ok_or("the script has no input")?;
        let output = script.stdout.take().ok_or("the script has no output")?;
        let mut answers = BufReader::new(output).lines();
        let address = answers.next_line().await?.ok_or("PostgreSQL did not start")?;
        Ok(Postgres {
            address,
            script,
            orders,
            answers,
        })
    }

    pub async fn stop(&mut self, how: Stop) -> Result<()> {
        let how = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        self.order(&format!("stop {how}")).await
    }

    pub async fn start_again(&mut self) -> Result<()> {
        self.order("start").await
    }

    /// Takes it away, and waits until it is gone.
    pub async fn end(self) -> Result<()> {
        let Postgres {
            mut script,
            orders,
            answers,
            ..
        } = self;
        drop((orders, answers));
        script.wait().await?;
        Ok(())
    }

    async fn order(&mut self, words: &str) -> Result<()> {
        self.orders.write_all(format!("{words}\n").as_bytes()).await?;
        match self.answers.next_line().await? {
            Some(answer) if answer == "done" => Ok(()),
            _ => Err(format!("PostgreSQL did not {words}").into()),
        }
    }
}
