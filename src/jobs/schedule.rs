//! Schedules: jobs that are queued once in each period, however many servers there are and however often they start.

use std::collections::HashMap;

use crate::app::App;
use crate::error::Result;
use crate::resolvers::insight::jobs::{self, NewJob, Period};

/// A job that comes again and again. A period in which no server runs is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    pub name: &'static str,
    pub kind: &'static str,
    /// The length of a period, in milliseconds; periods are counted from 1970.
    pub every: i64,
}

/// Queues the jobs of schedules.
pub struct Scheduler {
    schedules: Vec<Schedule>,
    /// The last period of each schedule that is known to have its job.
    queued: HashMap<&'static str, i64>,
}

impl Scheduler {
    pub fn new(schedules: Vec<Schedule>) -> Scheduler {
        Scheduler {
            schedules,
            queued: HashMap::new(),
        }
    }

    /// Queues the jobs of the present periods that are not queued yet. A statement is sent only where a period has begun.
    pub async fn queue_due(&mut self, app: &App) -> Result<()> {
        let now = app.clock.now();
        for schedule in &self.schedules {
            let number = now.div_euclid(schedule.every);
            if self.queued.get(schedule.name) == Some(&number) {
                continue;
            }
            let period = Period {
                schedule: schedule.name,
                number,
            };
            jobs::enqueue_once(app.db.writer(), NewJob::of_system(schedule.kind), period, now).await?;
            self.queued.insert(schedule.name, number);
        }
        Ok(())
    }
}
