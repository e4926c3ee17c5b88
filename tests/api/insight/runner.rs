//! The runner by itself: attempts that fail, jobs that are stopped, users who leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cartera::entities::insight::job::JobErrorCode;
use cartera::error::Error;
use cartera::jobs::{Finished, Runner, Stop};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{CANCEL, Gate, HOUR, RETRY, gated, job, mark, mark_all, marking, marks, run_due, state, work};
use crate::support::TestApp;

/// The milliseconds from now until the job may be started.
async fn pause(app: &TestApp) -> i64 {
    let run_after = app.sql("SELECT CAST(run_after AS text) FROM jobs").await;
    run_after[0].parse::<i64>().expect("a number") - app.now()
}

both! {
    async fn attempts_that_fail_are_repeated_until_the_job_is_parked(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(3)).await;
        let is_broken = Arc::new(AtomicBool::new(true));
        let broken = is_broken.clone();
        let work = work(move |job| {
            let broken = broken.clone();
            Box::pin(async move {
                if job.checkpoint::<i64>()?.is_none() {
                    mark(job, 0, 3).await?;
                }
                if broken.load(Ordering::Relaxed) {
                    return Err(Error::internal("password of the database: secret").into());
                }
                mark_all(job).await
            })
        });
        for (attempt, longest) in [5, 20, 80, 320, 1_280, 3_600, 3_600].into_iter().enumerate() {
            assert_eq!(run_due(&app, &work).await, 1);
            let current = job(&app.ana, &made).await;
            assert_eq!((&current["state"], &current["attempts"]), (&json!("QUEUED"), &json!(attempt + 1)));
            assert_eq!(current["error"], json!({ "code": "INTERNAL", "message": "internal error" }));
            let pause = pause(&app).await;
            assert!((longest * 500..=longest * 1_000).contains(&pause), "{pause} after {attempt}");
            app.advance(pause - 1);
            assert_eq!(run_due(&app, &work).await, 0);
            app.advance(1);
        }
        assert_eq!(run_due(&app, &work).await, 1);
        assert_eq!(state(&app.ana, &made).await, [json!("PARKED"), json!("INTERNAL")]);
        assert_eq!(job(&app.ana, &made).await["finishedAt"], Value::Null);
        app.advance(100 * HOUR);
        assert_eq!(run_due(&app, &work).await, 0);
        assert_eq!(marks(&app).await, ["1", "1"]);
        // An administrator sees it, and has it tried again when the cause is mended: it goes on where it was.
        is_broken.store(false, Ordering::Relaxed);
        let retried = app.admin.run(RETRY, json!({ "id": made.id })).await.payload("jobRetry")["job"].clone();
        assert_eq!(retried, json!({ "id": made.id, "state": "QUEUED", "attempts": 0, "error": null }));
        assert_eq!(run_due(&app, &work).await, 1);
        assert_eq!(state(&app.ana, &made).await, [json!("DONE"), Value::Null]);
        assert_eq!(marks(&app).await, ["3", "3"]);
    }

    /// Attempts are counted from the last slice: a long job that is interrupted often is not parked as long as it makes progress.
    async fn progress_begins_the_count_of_attempts_anew(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(20)).await;
        let halting = work(|job| Box::pin(async move {
            let from: i64 = job.checkpoint()?.unwrap_or(0);
            mark(job, from, 20).await?;
            match from {
                19 => Ok(Finished::default()),
                _ => Err(Stop::from(Error::internal("the connection is gone"))),
            }
        }));
        for _ in 0..19 {
            assert_eq!(run_due(&app, &halting).await, 1);
            let current = job(&app.ana, &made).await;
            assert_eq!((&current["state"], &current["attempts"]), (&json!("QUEUED"), &json!(1)));
            // The pause is that after a first attempt.
            app.advance(5_000);
        }
        assert_eq!(run_due(&app, &halting).await, 1);
        assert_eq!(state(&app.ana, &made).await, [json!("DONE"), Value::Null]);
        assert_eq!(marks(&app).await, ["20", "20"]);
    }

    /// While a column has another name, no end of a job can be written; a slice can.
    async fn an_end_that_the_database_refuses_is_tried_again(app: TestApp) {
        let made = app.job_of("test", None, json!(3)).await;
        let gate = Gate::new();
        let work = gated(&gate);
        let refused = async {
            gate.wait().await;
            let rename = async |from: &str, to: &str| {
                let sql = format!("ALTER TABLE jobs RENAME COLUMN {from} TO {to}");
                app.core.db.writer().execute_unprepared(&sql).await.expect("a column is renamed");
            };
            rename("result_url", "elsewhere").await;
            gate.open();
            sleep(Duration::from_millis(300)).await;
            rename("elsewhere", "result_url").await;
        };
        assert_eq!(tokio::join!(run_due(&app, &work), refused).0, 1);
        let current = job(&app.admin, &made).await;
        assert_eq!((&current["state"], &current["error"]), (&json!("DONE"), &Value::Null));
        // One attempt, which makes the first mark before the gate and again behind it.
        assert_eq!(marks(&app).await, ["4", "3"]);
    }

    async fn what_another_attempt_cannot_mend_fails_at_once(app: TestApp) {
        let shortened = "ñ".repeat(500);
        for (error, code, message) in [
            (Stop::from(Error::NotFound), "NOT_FOUND", "not found"),
            (Error::Forbidden("administrators only".to_owned()).into(), "FORBIDDEN", "administrators only"),
            (Stop::failed(JobErrorCode::Invalid, "the file has no header"), "INVALID", "the file has no header"),
            (Stop::failed(JobErrorCode::Invalid, "ñ".repeat(600)), "INVALID", &shortened[..]),
        ] {
            let made = app.job_of("test", Some(&app.ana), json!(1)).await;
            let failing = work(move |_| {
                let error = error.clone();
                Box::pin(async move { Err(error) })
            });
            assert_eq!(run_due(&app, &failing).await, 1);
            let current = job(&app.ana, &made).await;
            assert_eq!((&current["state"], &current["finishedAt"]), (&json!("FAILED"), &json!(app.time(0))));
            assert_eq!(current["error"], json!({ "code": code, "message": message }));
        }
        // An input that no handler can read.
        let made = app.job_of("test", None, json!("many")).await;
        assert_eq!(run_due(&app, &marking()).await, 1);
        assert_eq!(state(&app.admin, &made).await, [json!("FAILED"), json!("INVALID")]);
    }

    async fn a_panic_is_an_attempt_that_failed(app: TestApp) {
        let made = app.job_of("test", None, json!(1)).await;
        let panicking = work(|job| Box::pin(async move {
            let slice = job.begin_slice().await?;
            assert!(slice.viewer().is_some(), "the panic of a test");
            Ok(Finished::default())
        }));
        assert_eq!(run_due(&app, &panicking).await, 1);
        assert_eq!(state(&app.admin, &made).await, [json!("QUEUED"), json!("INTERNAL")]);
        app.advance(5_000);
        assert_eq!(run_due(&app, &marking()).await, 1);
        assert_eq!(state(&app.admin, &made).await, [json!("DONE"), Value::Null]);
    }

    async fn a_running_job_is_cancelled_between_two_slices(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(3)).await;
        let gate = Gate::new();
        let work = gated(&gate);
        let cancelled = async {
            gate.wait().await;
            let job = app.ana.run(CANCEL, json!({ "id": made.id })).await.payload("jobCancel")["job"].clone();
            assert_eq!(job, json!({ "id": made.id, "state": "RUNNING", "cancelRequestedAt": app.time(0) }));
            app.ana.run(CANCEL, json!({ "id": made.id })).await.payload("jobCancel");
            assert_eq!(app.ana.run(RETRY, json!({ "id": made.id })).await.user_errors("jobRetry"), ["STATE id"]);
            gate.open();
        };
        assert_eq!(tokio::join!(run_due(&app, &work), cancelled).0, 1);
        let current = job(&app.ana, &made).await;
        assert_eq!((&current["state"], &current["progress"]["done"], &current["error"]), (&json!("CANCELLED"), &json!(1), &Value::Null));
        assert_eq!(marks(&app).await, ["1", "1"]);
    }

    /// Each slice looks at the account again.
    async fn a_job_ends_with_the_account_of_its_user(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(3)).await;
        let gate = Gate::new();
        let work = gated(&gate);
        let deactivated = async {
            gate.wait().await;
            app.deactivate(&app.ana).await;
            gate.open();
        };
        tokio::join!(run_due(&app, &work), deactivated);
        assert_eq!(state(&app.admin, &made).await, [json!("FAILED"), json!("USER_INACTIVE")]);
        assert_eq!(marks(&app).await, ["1", "1"]);
    }

    /// And at the role: what a job may do is what its user may do at the moment.
    async fn a_job_has_the_rights_that_its_user_has_now(app: TestApp) {
        let made = app.job_of("test", Some(&app.luis), json!(1)).await;
        let promote = "mutation ($id: ID!) { userUpdate(id: $id, input: { role: ADMIN }) { userErrors { code message path } } }";
        app.admin.run(promote, json!({ "id": app.luis.id })).await.payload("userUpdate");
        let work = work(|job| Box::pin(async move {
            let slice = job.begin_slice().await?;
            let is_administrator = slice.viewer().is_some_and(|viewer| viewer.is_administrator());
            slice.commit(i64::from(is_administrator), None, None).await?;
            Ok(Finished::default())
        }));
        run_due(&app, &work).await;
        assert_eq!(job(&app.admin, &made).await["progress"]["done"], json!(1));
    }

    /// A runner that is stopped gives its jobs back at the end of their slices, without counting the attempt.
    async fn a_stop_gives_jobs_back(app: TestApp) {
        let made = app.job_of("test", None, json!(3)).await;
        let gate = Gate::new();
        let waiting = gated(&gate);
        let runner = Runner::start(app.core.clone(), waiting);
        gate.wait().await;
        runner.stopper().stop();
        gate.open();
        runner.stop().await;
        let current = job(&app.admin, &made).await;
        assert_eq!((&current["state"], &current["attempts"], &current["error"]), (&json!("QUEUED"), &json!(0), &Value::Null));
        assert_eq!(marks(&app).await, ["1", "1"]);
        assert_eq!(run_due(&app, &marking()).await, 1);
        assert_eq!(marks(&app).await, ["3", "3"]);
    }

    /// A job of a kind that this version does not know waits for one that does.
    async fn unknown_kinds_are_left_alone(app: TestApp) {
        let (unknown, known) = (app.job(None).await, app.job_of("test", None, json!(1)).await);
        assert_eq!(run_due(&app, &marking()).await, 1);
        assert_eq!(state(&app.admin, &unknown).await, [json!("QUEUED"), Value::Null]);
        assert_eq!(state(&app.admin, &known).await, [json!("DONE"), Value::Null]);
    }
}
