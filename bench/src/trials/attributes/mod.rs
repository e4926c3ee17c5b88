//! The server is killed during builds of indexes and type changes of attributes, over and over: each is in effect as a whole or not at all.
//!
//! Each prospect has a number, which is unique, the same number in attributes whose index is switched on and off, and a size whose type
//! changes from text to integer and back. So each document says by itself what has to be in it.

/// Attributes of the trial, their values, and requests that change them.
mod subject;

/// What is stored, and whether it is as promised.
mod state;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::Duration;

use sea_orm::prelude::Uuid;
use tokio::time::{Instant, sleep};

use super::kills::{Databases, on_each, until_gone};
use super::meter::{Allowed, Meter, Tally};
use super::postgres::Postgres;
use super::stage::Stage;
use super::writer::Answer;
use super::{Common, Load, clients, line, seconds, soundness, spread, verdict, verify};
use crate::load::Chance;
use crate::{Result, samples};
use state::{Expected, State};
use subject::{MARKS, SizeType, Subject};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    /// How often the server is killed, on each database: during a type change and during the build of an index in turn
    #[arg(long, default_value_t = 200)]
    pub cycles: u32,
    /// Prospects that have values
    #[arg(long, default_value_t = 10_000)]
    pub prospects: u32,
    /// Clients that write at once
    #[arg(long, default_value_t = 4)]
    pub writers: usize,
    #[arg(long, default_value = "both")]
    pub database: Databases,
    /// How long the last indexes may take, in seconds; leases of servers that were killed have to expire before
    #[arg(long, default_value_t = 180)]
    pub most_seconds: u64,
}

/// Part of the time of an undisturbed change or build, in percent, up to which a kill comes.
const SPAN: usize = 130;
/// Longest time of a build that nothing disturbs.
const LONGEST_BUILD: Duration = Duration::from_secs(60);
/// Interval between two looks at the jobs.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Outcomes of the type changes that a kill met.
#[derive(Default)]
struct Changes {
    acknowledged: u32,
    /// In effect without an answer.
    unanswered: u32,
    undone: u32,
    refused: u32,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    on_each(arguments.database, &arguments.common, async |name, postgres| {
        kill(name, &arguments, postgres).await
    })
    .await
}

async fn kill(name: &str, arguments: &Arguments, postgres: Option<&Postgres>) -> Result<()> {
    let common = &arguments.common;
    let mut stage = Stage::new(&common.cartera, postgres.map(|postgres| postgres.address.as_str()))?;
    stage.keeps = common.damage.is_none();
    stage.fill(arguments.prospects).await?;
    let (mut server, _) = stage.start().await?;
    let mut writers = clients(&server, &stage, arguments.writers, common.pause, Some("sales1@demo.example")).await?;
    let token = samples::sign_in(server.address, samples::ADMINISTRATOR).await?;
    let subject = Subject::define(server.address, token, &stage.database).await?;
    let mut expected = Expected::new(&State::read(&stage.database).await?);
    let change = undisturbed_change(&subject, &stage, server.address, &mut expected).await?;
    let build = undisturbed_build(&subject, &stage, server.address).await?;
    let mut chance = Chance::new(0);
    let (mut tally, mut starts, mut changes, mut cut_off) = (Tally::default(), Vec::new(), Changes::default(), HashSet::<Uuid>::new());
    let death = Allowed {
        death: true,
        absence: false,
    };
    for cycle in 1..=arguments.cycles {
        if expected.size == SizeType::Text {
            subject.restore_words(&stage.database).await?;
            expected.has_words = true;
        }
        let meter = Meter::new(death).into();
        let load = Load::start(&server, writers, &meter);
        let wanted = if cycle % 2 == 0 {
            let request = tokio::spawn(subject.change_size(server.address, expected.size.other()));
            sleep(change * chance.below(SPAN) as u32 / 100).await;
            server.kill()?;
            Wanted::Size(request.await?)
        } else {
            let mark = cycle as usize / 2 % MARKS;
            let answer = subject.switch(server.address, mark, !expected.marks[mark]).await;
            sleep(build * chance.below(SPAN) as u32 / 100).await;
            server.kill()?;
            Wanted::Index(mark, answer)
        };
        writers = load.stop().await;
        if postgres.is_some() {
            until_gone(&stage.database).await?;
        }
        soundness::damage(&stage.database, common.damage.as_deref()).await?;
        let mut broken = meter.take();
        let mut wrong = std::mem::take(&mut broken.wrong);
        tally.add(broken);
        // Before the next server, which goes on at once.
        let found = State::read(&stage.database).await?;
        wrong.extend(take_in(&mut expected, wanted, &found, &mut changes));
        wrong.extend(expected.compare(&found));
        cut_off.extend(&found.builds);
        let ready_in;
        (server, ready_in) = stage.start().await?;
        starts.push(ready_in);
        let (verified, promises) = verify(&server, writers).await;
        writers = verified;
        wrong.extend(promises);
        let number = 1 + chance.below(expected.records) as u64;
        wrong.extend(subject.look_up(server.address, number, expected.size_of(number)).await);
        verdict(
            wrong.into_iter().map(|words| format!("after kill {cycle}: {words}")).collect(),
            &mut stage,
        )?;
    }
    let begun = Instant::now();
    let most = Duration::from_secs(arguments.most_seconds);
    let mut found = State::read(&stage.database).await?;
    while !found.is_settled() && begun.elapsed() < most {
        sleep(Duration::from_millis(200)).await;
        found = State::read(&stage.database).await?;
    }
    let mut wrong = expected.compare(&found);
    wrong.extend(expected.compare_settled(&found));
    wrong.extend(subject.take_twice(server.address).await);
    wrong.extend(soundness::complete(&stage.database).await);
    verdict(wrong, &mut stage)?;
    println!(
        "{} kills on {name}, {} clients, {} records",
        arguments.cycles, arguments.writers, expected.records
    );
    line("type changes acknowledged, in effect", changes.acknowledged);
    line("type changes cut off, in effect", changes.unanswered);
    line("type changes cut off, undone", changes.undone);
    line("type changes refused, undone", changes.refused);
    line("type change without a kill", seconds(change));
    line("build of an index without a kill", seconds(build));
    line("builds of indexes cut off", cut_off.len());
    line("writes acknowledged, all there", tally.by_kind());
    line("ready again after", spread(&mut starts));
    line("the last indexes were built after", seconds(begun.elapsed()));
    Ok(())
}

/// A change that was asked for before a kill, and its answer.
enum Wanted {
    Size(Answer),
    Index(usize, Answer),
}

/// Takes the change into what is expected; returns what is wrong with its outcome.
fn take_in(expected: &mut Expected, wanted: Wanted, found: &State, changes: &mut Changes) -> Option<String> {
    match wanted {
        Wanted::Size(answer) => {
            let is_in_effect = found.size != Some(expected.size);
            if is_in_effect {
                expected.change_size();
            }
            match (answer, is_in_effect) {
                (Answer::Done(_), true) => changes.acknowledged += 1,
                (Answer::Lost(_), true) => changes.unanswered += 1,
                (Answer::Lost(_), false) => changes.undone += 1,
                (Answer::Wrong(_) | Answer::Unavailable, false) => changes.refused += 1,
                (Answer::Done(_), false) => return Some("an acknowledged type change is undone".to_owned()),
                (Answer::Wrong(words), true) => return Some(format!("a type change is in effect that was answered {words}")),
                (Answer::Unavailable, true) => return Some("a type change is in effect that was refused".to_owned()),
            }
        }
        Wanted::Index(mark, Answer::Done(_)) => expected.marks[mark] = !expected.marks[mark],
        Wanted::Index(_, Answer::Wrong(words)) => return Some(format!("the switch of an index was answered {words}")),
        Wanted::Index(..) => return Some("the switch of an index was not answered before the kill".to_owned()),
    }
    None
}

/// Time of a type change that nothing disturbs; there and back, so that the second is known to work as well.
async fn undisturbed_change(subject: &Subject, stage: &Stage, address: SocketAddr, expected: &mut Expected) -> Result<Duration> {
    let mut longest = Duration::ZERO;
    for _ in 0..2 {
        // A change is refused while an index of the records is built, as after the change before.
        until_built(stage).await?;
        let begun = Instant::now();
        match subject.change_size(address, expected.size.other()).await {
            Answer::Done(_) => expected.change_size(),
            Answer::Wrong(words) => return Err(format!("a type change was answered {words}").into()),
            _ => return Err("a type change was not answered".into()),
        }
        longest = longest.max(begun.elapsed());
        let wrong = expected.compare(&State::read(&stage.database).await?);
        if let Some(words) = wrong.first() {
            return Err(format!("after a type change without a kill: {words}").into());
        }
    }
    Ok(longest)
}

/// Time from the answer to a switch until the index is there; it is switched off again.
async fn undisturbed_build(subject: &Subject, stage: &Stage, address: SocketAddr) -> Result<Duration> {
    let mut built = Duration::ZERO;
    for is_on in [true, false] {
        if !matches!(subject.switch(address, 0, is_on).await, Answer::Done(_)) {
            return Err("an index could not be switched".into());
        }
        let time = until_built(stage).await?;
        if is_on {
            built = time;
        }
    }
    Ok(built)
}

/// Waits until no index is to be built or dropped; the time that it took.
async fn until_built(stage: &Stage) -> Result<Duration> {
    let begun = Instant::now();
    while state::unfinished_jobs(&stage.database).await? > 0 {
        if begun.elapsed() > LONGEST_BUILD {
            return Err("an index is not built although nothing disturbs it".into());
        }
        sleep(POLL_INTERVAL).await;
    }
    Ok(begun.elapsed())
}
