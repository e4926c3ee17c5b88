//! Jobs that come again and again, and those that clean up.

use cartera::entities::insight::job::{JobErrorCode, JobState};
use cartera::jobs::{NewRowError, Schedule, Stop, Work};
use cartera::resolvers::insight::jobs;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::json;

use super::{CANCEL, HOUR, RETRY, job, marking, run_due, work};
use crate::support::TestApp;

const DAY: i64 = 24 * HOUR;

fn hourly() -> Work {
    let done = work(|_| Box::pin(async { Ok(cartera::jobs::Finished::default()) }));
    Work {
        schedules: vec![Schedule {
            name: "hourly",
            kind: "test",
            every: HOUR,
        }],
        ..done
    }
}

both! {
    async fn a_schedule_fires_once_a_period(app: TestApp) {
        let count = async || app.sql("SELECT CAST(count(*) AS text) FROM jobs").await[0].clone();
        let other = app.with_settings(|_| {}).await;
        let attempts = join_all([&app, &other, &app, &other].map(|server| async { run_due(server, &hourly()).await })).await;
        assert_eq!((attempts.iter().sum::<usize>(), count().await), (1, "1".to_owned()));
        // Neither by a server that starts again.
        app.advance(HOUR - 1 - app.now().rem_euclid(HOUR));
        let started = app.with_settings(|_| {}).await;
        assert_eq!(run_due(&started, &hourly()).await, 0);
        app.advance(1);
        assert_eq!(run_due(&started, &hourly()).await, 1);
        // Periods without a server are left out.
        app.advance(10 * HOUR);
        assert_eq!(run_due(&app, &hourly()).await, 1);
        assert_eq!(count().await, "3");
        assert_eq!(app.sql("SELECT DISTINCT state || ' ' || schedule FROM jobs").await, ["DONE hourly"]);
    }

    async fn what_is_not_needed_any_more_is_removed(app: TestApp) {
        let ended = app.job_with_row_error(Some(&app.ana), "a mistake").await;
        app.ana.run(CANCEL, json!({ "id": ended.id })).await.payload("jobCancel");
        let parked = app.job_with_row_error(Some(&app.ana), "another").await;
        let park = "UPDATE jobs SET state = 'PARKED' WHERE finished_at IS NULL";
        app.core.db.writer().execute_unprepared(park).await.expect("a job is parked");
        let cancel_with_key = "mutation ($id: ID!) { jobCancel(id: $id, idempotencyKey: \"one\") { userErrors { code } } }";
        app.ana.run(cancel_with_key, json!({ "id": ended.id })).await;
        app.anonymous.run("mutation { sessionCreate(input: { email: \"a@b.example\", password: \"wrong password\" }) { token } }", json!({})).await;
        let rows = async || {
            let mut counts = Vec::new();
            for table in ["jobs WHERE schedule IS NULL", "job_row_errors", "idempotency_keys", "login_failures", "sessions"] {
                counts.push(app.sql(&format!("SELECT CAST(count(*) AS text) FROM {table}")).await[0].parse::<u32>().expect("a number"));
            }
            counts
        };
        let all = rows().await;
        assert_eq!((&all[..4], all[4] >= 5), (&[2, 2, 1, 3][..], true));
        let standard = Work::standard(1);
        assert_eq!(run_due(&app, &standard).await, 5);
        assert_eq!(rows().await, all);
        app.advance(DAY);
        run_due(&app, &standard).await;
        assert_eq!(rows().await, [2, 2, 0, 0, all[4]]);
        app.advance(29 * DAY - 1);
        run_due(&app, &standard).await;
        assert_eq!(rows().await, [2, 2, 0, 0, all[4]]);
        app.advance(DAY);
        run_due(&app, &standard).await;
        assert_eq!(rows().await, [1, 1, 0, 0, all[4]]);
        app.advance(120 * DAY);
        run_due(&app, &standard).await;
        assert_eq!(rows().await, [1, 1, 0, 0, 0]);
        let left = app.sql("SELECT state FROM jobs WHERE schedule IS NULL").await;
        assert_eq!(left, ["PARKED"], "{}", parked.id);
    }

    /// A job whose row errors are removed in several slices may be retried in between: what it shows is what there is.
    async fn a_job_that_is_retried_while_it_is_removed_counts_its_row_errors(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(3)).await;
        let reporting = work(|job| Box::pin(async move {
            let mut slice = job.begin_slice().await?;
            for row in 1..=3 {
                let code = cartera::error::ProblemCode::Taken;
                slice.report(NewRowError { row, column: None, code, message: "a mistake".to_owned() }).await?;
            }
            slice.commit(3, Some(3), None).await?;
            Err(Stop::failed(JobErrorCode::Invalid, "three rows are wrong"))
        }));
        run_due(&app, &reporting).await;
        // Their sessions would have ended by then.
        let later = app.now() + 30 * DAY;
        let remove = async |most| {
            let tx = app.core.db.begin().await.expect("a transaction begins");
            let removed = jobs::forget_finished(&tx, later, most).await.expect("jobs are removed");
            tx.commit().await.expect("the transaction ends");
            removed
        };
        let errors = async || {
            let errors = job(&app.ana, &made).await["rowErrors"].clone();
            (errors["nodes"].as_array().expect("a list").len(), errors["totalCount"].clone())
        };
        assert_eq!(remove(2).await, 2);
        assert_eq!(errors().await, (1, json!(1)));
        if app.core.db.backend() == DbBackend::Postgres {
            // A retry that has not been committed yet keeps the job and all that belongs to it.
            let retrying = app.core.db.begin().await.expect("a transaction begins");
            let queue = "UPDATE jobs SET state = 'QUEUED', finished_at = NULL";
            retrying.execute_unprepared(queue).await.expect("a job is queued");
            assert_eq!(remove(2).await, 0);
            drop(retrying);
        }
        app.ana.run(RETRY, json!({ "id": made.id })).await.payload("jobRetry");
        assert_eq!(remove(2).await, 0);
        assert_eq!(errors().await, (1, json!(1)));
        run_due(&app, &reporting).await;
        assert_eq!(errors().await, (4, json!(4)));
        let mut slices = Vec::new();
        while slices.last() != Some(&0) {
            slices.push(remove(3).await);
        }
        assert_eq!(slices, [3, 2, 0]);
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM jobs").await, ["0"]);
    }

    async fn jobs_are_counted_by_state(app: TestApp) {
        let counts = async || jobs::counts(&app.core.db).await.expect("jobs are counted");
        assert_eq!((counts().await.by_state, counts().await.oldest_due), (vec![], None));
        app.job(None).await;
        let due = app.now();
        app.advance(7_000);
        app.job_of("test", None, json!(1)).await;
        run_due(&app, &marking()).await;
        let mut found = counts().await.by_state;
        found.sort_by_key(|(state, _)| *state == JobState::Queued);
        assert_eq!(found, [(JobState::Done, 1), (JobState::Queued, 1)]);
        assert_eq!(counts().await.oldest_due, Some(due));
    }
}
