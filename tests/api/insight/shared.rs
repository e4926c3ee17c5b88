//! Several runners over one database: claims, leases, and workers that come back too late.

use cartera::jobs::LEASE;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use super::{Gate, gated, job, marking, marks, run_due, state, work};
use crate::support::TestApp;

const LEASE_MS: i64 = LEASE.as_millis() as i64;

/// Servers over the database of the application; on SQLite there is only one.
async fn servers(app: &TestApp) -> Vec<TestApp> {
    match app.core.db.backend() {
        DbBackend::Postgres => vec![app.clone(), app.with_settings(|_| {}).await],
        _ => vec![app.clone(), app.clone()],
    }
}

both! {
    async fn jobs_are_shared_without_doubles(app: TestApp) {
        for _ in 0..30 {
            app.job_of("test", None, json!(3)).await;
        }
        let servers = servers(&app).await;
        let work = marking();
        let runs = servers.iter().flat_map(|server| [server, server]).map(|server| run_due(server, &work));
        let attempts = join_all(runs).await;
        assert_eq!(attempts.iter().sum::<usize>(), 30, "{attempts:?}");
        assert_eq!(marks(&app).await, ["90", "90"]);
        let current = app.sql("SELECT DISTINCT state || ' ' || CAST(attempts AS text) FROM jobs").await;
        assert_eq!(current, ["DONE 1"]);
    }

    /// The second worker goes on after the last slice, and the first one, back too late, changes nothing any more.
    async fn an_expired_lease_is_claimed_again(app: TestApp) {
        let made = app.job_of("test", None, json!(3)).await;
        let servers = servers(&app).await;
        let gate = Gate::new();
        let slow = gated(&gate);
        let others = async {
            gate.wait().await;
            app.advance(LEASE_MS - 1);
            assert_eq!(run_due(&servers[1], &marking()).await, 0);
            app.advance(1);
            assert_eq!(run_due(&servers[1], &marking()).await, 1);
            assert_eq!(state(&app.admin, &made).await, [json!("DONE"), Value::Null]);
            gate.open();
        };
        assert_eq!(tokio::join!(run_due(&servers[0], &slow), others).0, 1);
        let current = job(&app.admin, &made).await;
        assert_eq!((&current["state"], &current["attempts"], &current["progress"]["done"]), (&json!("DONE"), &json!(1), &json!(3)));
        assert_eq!(marks(&app).await, ["3", "3"]);
    }

    /// Not even its end: the job is what the later claim makes of it.
    async fn an_end_without_a_lease_is_not_written_down(app: TestApp) {
        let made = app.job_of("test", None, json!(1)).await;
        let servers = servers(&app).await;
        let [first, second] = [Gate::new(), Gate::new()];
        let gates = [first.clone(), second.clone()];
        let work = work(move |job| {
            let gate = gates[usize::from(job.job().attempts > 1)].clone();
            Box::pin(async move {
                gate.pass().await;
                // No slice of its own, which would notice.
                Ok(cartera::jobs::Finished { result_url: Some(format!("https://crm.example/{}", job.job().attempts)) })
            })
        });
        let late = async {
            first.wait().await;
            app.advance(LEASE_MS);
            let ends = async {
                second.wait().await;
                first.open();
                second.open();
            };
            tokio::join!(run_due(&servers[1], &work), ends);
        };
        tokio::join!(run_due(&servers[0], &work), late);
        let current = job(&app.admin, &made).await;
        assert_eq!((&current["state"], &current["resultUrl"]), (&json!("DONE"), &json!("https://crm.example/2")));
    }

    /// A job that is cut off again and again is parked in the end, and cancelled where that was asked for.
    async fn lost_leases_count_as_attempts(app: TestApp) {
        let made = app.job_of("test", None, json!(1)).await;
        let claim = "UPDATE jobs SET state = 'RUNNING', attempts = attempts + 1, lease_owner = id, lease_until = 0";
        for attempt in 1..=8 {
            app.core.db.writer().execute_unprepared(claim).await.expect("a claim");
            let idle = work(|_| unreachable!("it is not claimed here"));
            let known_to_others = cartera::jobs::Work { handlers: std::sync::Arc::default(), ..idle };
            assert_eq!(run_due(&app, &known_to_others).await, 0);
            let expected = if attempt < 8 { "QUEUED" } else { "PARKED" };
            assert_eq!(state(&app.admin, &made).await, [json!(expected), json!("INTERRUPTED")]);
        }
        let cancelled = format!("{claim}, cancel_requested_at = 5");
        app.core.db.writer().execute_unprepared(&cancelled).await.expect("a claim");
        run_due(&app, &marking()).await;
        let current = job(&app.admin, &made).await;
        assert_eq!((&current["state"], &current["finishedAt"]), (&json!("CANCELLED"), &json!(app.time(0))));
    }

    /// What a process of SQLite leaves behind that was killed is queued again at the next start, without waiting.
    async fn a_start_recovers_what_was_interrupted(app: TestApp) {
        for _ in 0..3 {
            app.job_of("test", None, json!(1)).await;
        }
        let claim = format!("UPDATE jobs SET state = 'RUNNING', attempts = 1, lease_owner = id, lease_until = {}", app.now() + LEASE_MS);
        app.core.db.writer().execute_unprepared(&claim).await.expect("a claim");
        assert_eq!(run_due(&app, &marking()).await, 0);
        cartera::jobs::recover(&app.core).await.expect("leases are given back");
        assert_eq!(run_due(&app, &marking()).await, 3);
        assert_eq!(marks(&app).await, ["3", "3"]);
    }
}
