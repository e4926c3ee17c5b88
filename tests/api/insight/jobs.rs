//! Jobs as clients see them: their shape, their lists, and what may be done about them.

use cartera::ids::{self, Kind};
use cartera::jobs::{Finished, NewRowError};
use cartera::resolvers::insight::jobs::{self, NewJob};
use serde_json::{Value, json};

use super::{CANCEL, HOUR, JOB, RETRY, job, marking, marks, run_due, state, work};
use crate::support::{Person, TestApp};

const JOBS: &str = "query ($filter: JobFilter, $first: Int, $after: String, $last: Int, $before: String) {
    jobs(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
        totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// The ids on a page, and how many there are on all pages.
async fn listed(by: &Person, variables: Value) -> (Vec<String>, i64) {
    let jobs = by.query(JOBS, variables).await["jobs"].clone();
    let nodes = jobs["nodes"].as_array().expect("a list").iter();
    let ids = nodes.map(|node| node["id"].as_str().expect("an id").to_owned()).collect();
    (ids, jobs["totalCount"].as_i64().expect("a number"))
}

both! {
    async fn a_job_joins_the_transaction_of_its_cause(app: TestApp) {
        let cx = app.cx(&app.ana);
        let new = NewJob::of_user("test", app.ana.uuid, json!(3));
        let tx = cx.begin().await.expect("a transaction begins");
        jobs::enqueue(&tx, new.clone(), cx.now()).await.expect("a job is queued");
        drop(tx);
        assert_eq!(listed(&app.admin, json!({})).await, (vec![], 0));
        let tx = cx.begin().await.expect("a transaction begins");
        let queued = jobs::enqueue(&tx, new, cx.now()).await.expect("a job is queued");
        assert_eq!(run_due(&app.with_settings(|_| {}).await, &work(|_| unreachable!("it is not committed"))).await, 0);
        tx.commit().await.expect("the transaction ends");
        assert_eq!(listed(&app.ana, json!({})).await, (vec![Kind::Job.encode(queued.id)], 1));
    }

    async fn a_job_shows_its_progress_its_result_and_what_was_wrong(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(3)).await;
        let time = app.time(0);
        let expected = json!({
            "id": made.id, "kind": "test", "state": "QUEUED", "user": { "id": app.ana.id }, "progress": { "done": 0, "total": null },
            "attempts": 0, "maxAttempts": 8, "runAfter": time, "createdAt": time, "startedAt": null, "finishedAt": null,
            "cancelRequestedAt": null, "error": null, "resultUrl": null, "rowErrors": { "nodes": [], "totalCount": 0 },
        });
        assert_eq!(job(&app.ana, &made).await, expected);
        app.advance(1_000);
        let reporting = work(|job| Box::pin(async move {
            let mut slice = job.begin_slice().await?;
            assert_eq!(slice.viewer().map(|viewer| Some(viewer.user_id)), Some(job.job().user_id));
            for (row, column) in [(7, None), (2, Some("email"))] {
                let code = cartera::error::ProblemCode::Taken;
                slice.report(NewRowError { row, column: column.map(str::to_owned), code, message: "ñ".repeat(600) }).await?;
            }
            slice.commit(3, Some(3), None).await?;
            Ok(Finished { result_url: Some("https://crm.example/files/1".to_owned()) })
        }));
        assert_eq!(run_due(&app, &reporting).await, 1);
        let mut expected = expected;
        let message = "ñ".repeat(500);
        for (name, value) in [
            ("state", json!("DONE")), ("progress", json!({ "done": 3, "total": 3 })), ("attempts", json!(1)), ("startedAt", json!(app.time(0))),
            ("finishedAt", json!(app.time(0))), ("resultUrl", json!("https://crm.example/files/1")),
            ("rowErrors", json!({ "totalCount": 2, "nodes": [
                { "row": 2, "column": "email", "code": "TAKEN", "message": message }, { "row": 7, "column": null, "code": "TAKEN", "message": message },
            ] })),
        ] {
            expected[name] = value;
        }
        assert_eq!(job(&app.ana, &made).await, expected);
        let pages = "query ($id: ID!, $after: String) { job(id: $id) { rowErrors(first: 1, after: $after) {
            nodes { row } totalCount isTotalEstimated pageInfo { hasNextPage endCursor } } } }";
        let first = app.ana.query(pages, json!({ "id": made.id })).await["job"]["rowErrors"].clone();
        assert_eq!((&first["nodes"], &first["pageInfo"]["hasNextPage"]), (&json!([{ "row": 2 }]), &json!(true)));
        let next = json!({ "id": made.id, "after": first["pageInfo"]["endCursor"] });
        let second = app.ana.query(pages, next).await["job"]["rowErrors"].clone();
        assert_eq!((&second["nodes"], &second["totalCount"], &second["pageInfo"]["hasNextPage"]), (&json!([{ "row": 7 }]), &json!(2), &json!(false)));
    }

    async fn each_user_sees_their_own_jobs_and_administrators_all(app: TestApp) {
        let (own, foreign, system) = (app.job(Some(&app.ana)).await, app.job(Some(&app.luis)).await, app.job(None).await);
        assert_eq!(listed(&app.ana, json!({})).await, (vec![own.id.clone()], 1));
        assert_eq!(listed(&app.stranger, json!({})).await, (vec![], 0));
        assert_eq!(listed(&app.admin, json!({})).await, (vec![system.id.clone(), foreign.id.clone(), own.id.clone()], 3));
        assert_eq!(job(&app.admin, &system).await["user"], Value::Null);
        let before = app.snapshot().await;
        let absent = Kind::Job.encode(ids::new());
        for (document, field) in [(JOB, "job"), (CANCEL, "jobCancel"), (RETRY, "jobRetry")] {
            let nothing = app.ana.run(document, json!({ "id": absent })).await;
            for id in [&foreign.id, &system.id, &app.ana.id, &"nonsense".to_owned()] {
                assert_eq!(app.ana.run(document, json!({ "id": id })).await.text, nothing.text, "{field}");
            }
            match field {
                "job" => assert_eq!(nothing.data(), &json!({ "job": null })),
                _ => assert_eq!(nothing.user_errors(field), ["NOT_FOUND id"]),
            }
        }
        before.assert_equal(&app.snapshot().await, "jobs of others");
        // Neither by a filter.
        let of_luis = json!({ "filter": { "user": { "eq": app.luis.id } } });
        assert_eq!(listed(&app.ana, of_luis.clone()).await, (vec![], 0));
        assert_eq!(listed(&app.admin, of_luis).await, (vec![foreign.id], 1));
    }

    async fn lists_are_filtered_and_paged(app: TestApp) {
        let mut all = Vec::new();
        for number in 0..5 {
            all.insert(0, app.job(Some(&app.ana)).await.id);
            // Some of them at the same moment.
            app.advance(number % 2);
        }
        let page = app.ana.query(JOBS, json!({ "first": 2 })).await["jobs"].clone();
        assert_eq!((page["nodes"][0]["id"].as_str(), page["totalCount"].as_i64()), (Some(&all[0][..]), Some(5)));
        let after = page["pageInfo"]["endCursor"].clone();
        assert_eq!(listed(&app.ana, json!({ "first": 2, "after": after })).await, (all[2..4].to_vec(), 5));
        assert_eq!(listed(&app.ana, json!({ "last": 2 })).await, (all[3..].to_vec(), 5));
        assert_eq!(listed(&app.ana, json!({ "last": 9, "before": after })).await, (all[..1].to_vec(), 5));
        app.ana.run(CANCEL, json!({ "id": all[3] })).await.payload("jobCancel");
        let other = app.job_of("test", Some(&app.ana), json!(1)).await;
        for (filter, found) in [
            (json!({ "state": { "eq": "CANCELLED" } }), vec![&all[3]]),
            (json!({ "state": { "in": ["CANCELLED", "DONE"] }, "kind": { "eq": "test" } }), vec![]),
            (json!({ "state": { "in": [] } }), vec![]),
            (json!({ "kind": { "eq": "test" } }), vec![&other.id]),
            (json!({ "kind": { "in": ["test", "none"] } }), vec![&other.id]),
            (json!({ "or": [{ "kind": { "eq": "test" } }, { "not": { "state": { "eq": "QUEUED" } } }] }), vec![&other.id, &all[3]]),
            (json!({ "and": [{ "kind": { "eq": "test" } }, { "state": { "eq": "CANCELLED" } }] }), vec![]),
            (json!({ "user": { "isNull": true } }), vec![]),
            (json!({ "user": { "in": [app.ana.id] }, "state": { "eq": "QUEUED" }, "kind": { "eq": "idle" } }), vec![&all[0], &all[1], &all[2], &all[4]]),
        ] {
            let (ids, count) = listed(&app.ana, json!({ "filter": filter })).await;
            assert_eq!((ids.iter().collect::<Vec<_>>(), count), (found.clone(), found.len() as i64), "{filter}");
        }
        for bad in [json!({ "in": vec!["x"; 201] }), json!({ "eq": "ñ".repeat(101) }), json!({ "in": ["x".repeat(101)] })] {
            assert_eq!(app.ana.run(JOBS, json!({ "filter": { "kind": bad } })).await.codes()[0], "BAD_USER_INPUT");
        }
        assert_eq!(app.ana.run(JOBS, json!({ "first": 2, "last": 2 })).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn what_waits_is_cancelled_at_once_and_queued_again(app: TestApp) {
        let made = app.job_of("test", Some(&app.ana), json!(2)).await;
        let refused = app.ana.run(RETRY, json!({ "id": made.id })).await;
        assert_eq!(refused.user_errors("jobRetry"), ["STATE id"]);
        let cancelled = app.ana.run(CANCEL, json!({ "id": made.id })).await.payload("jobCancel")["job"].clone();
        assert_eq!(cancelled, json!({ "id": made.id, "state": "CANCELLED", "cancelRequestedAt": app.time(0) }));
        assert_eq!(job(&app.ana, &made).await["finishedAt"], json!(app.time(0)));
        assert_eq!(app.ana.run(CANCEL, json!({ "id": made.id })).await.user_errors("jobCancel"), ["STATE id"]);
        app.advance(HOUR);
        assert_eq!(run_due(&app, &marking()).await, 0);
        let queued = app.ana.run(RETRY, json!({ "id": made.id })).await.payload("jobRetry")["job"].clone();
        assert_eq!(queued, json!({ "id": made.id, "state": "QUEUED", "attempts": 0, "error": null }));
        assert_eq!(run_due(&app, &marking()).await, 1);
        assert_eq!(state(&app.ana, &made).await, [json!("DONE"), Value::Null]);
        assert_eq!(marks(&app).await, ["2", "2"]);
        for (document, field) in [(CANCEL, "jobCancel"), (RETRY, "jobRetry")] {
            assert_eq!(app.ana.run(document, json!({ "id": made.id })).await.user_errors(field), ["STATE id"]);
        }
    }
}
