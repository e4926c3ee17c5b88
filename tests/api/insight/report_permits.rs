//! Permits of reports: those that wait leave requests to others, and users take turns.

use std::time::Duration;

use cartera::ids;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{Made, TestApp};

const REPORT: &str = "{ report(input: { dataset: PROSPECTS, measures: [{ measure: COUNT }] }) { rowCount } }";
const SMALLEST: &str = "{ viewer { name } }";

/// A server with so many connections, of which one in four serves reports.
async fn with_connections(app: &TestApp, connections: u32, requests: usize) -> TestApp {
    app.with_settings(|settings| {
        settings.sqlite_readers = connections;
        settings.postgres_connections = connections;
        settings.max_concurrent_requests = requests;
    })
    .await
}

both! {
    /// Five of twelve requests have reports at once, three of them of one user. Others are refused at once, and the rest goes on.
    async fn waiting_reports_leave_requests_to_others(app: TestApp) {
        let narrow = with_connections(&app, 4, 12).await;
        let other = narrow.core.permits.reports_of_request();
        let running = narrow.core.permits.for_report(ids::new(), &other).await.expect("a permit");
        let mut asked: FuturesUnordered<_> = (0..8).map(|_| narrow.ana.run(REPORT, json!({}))).collect();
        for _ in 0..5 {
            let answer = timeout(Duration::from_secs(5), asked.next()).await.expect("refused at once").expect("eight were asked");
            assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED"]), "{}", answer.text);
            assert_eq!(answer.errors()[0]["extensions"]["retryAfterSeconds"], 1);
            assert_eq!(answer.headers["retry-after"], "1");
        }
        for person in [&narrow.ana, &narrow.luis] {
            let answer = timeout(Duration::from_secs(5), person.run(SMALLEST, json!({}))).await.expect("it does not wait");
            assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
        }
        // One user leaves room for the report of another, which waits.
        assert!(timeout(Duration::from_millis(300), narrow.luis.run(REPORT, json!({}))).await.is_err());
        drop(running);
        while let Some(answer) = asked.next().await {
            assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
        }
        drop(other);
        let answer = narrow.luis.run(REPORT, json!({})).await;
        assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
    }

    /// A request is admitted once: however many reports it has, none of them is refused.
    async fn a_request_is_admitted_with_all_its_reports(app: TestApp) {
        let narrow = with_connections(&app, 4, 1).await;
        let report = app.saved_report(&app.ana, json!({})).await;
        let tiles: Vec<&Made> = vec![&report; 24];
        let made = app.dashboard(&app.ana, "Tablero", &tiles).await;
        let document = "query ($id: ID!) { dashboard(id: $id) { tiles { report { rowCount } } } }";
        for _ in 0..3 {
            let answer = narrow.ana.run(document, json!({ "id": made.id })).await;
            let tiles = answer.data()["dashboard"]["tiles"].as_array().expect("tiles").clone();
            assert!(tiles.len() == 24 && tiles.iter().all(|tile| tile["report"]["rowCount"] == 2), "{}", answer.text);
        }
    }

    /// A request takes half of the permits at most, and so does a user with several requests.
    async fn one_user_does_not_take_all_permits(app: TestApp) {
        let wide = with_connections(&app, 16, 64).await;
        let permits = &wide.core.permits;
        let (user, requests) = (ids::new(), [permits.reports_of_request(), permits.reports_of_request()]);
        let mut held = Vec::new();
        for request in [&requests[0], &requests[0], &requests[0], &requests[1]] {
            held.extend(permits.for_report(user, request).now_or_never().flatten());
        }
        assert_eq!(held.len(), 2);
        held.extend(permits.for_report(ids::new(), &permits.reports_of_request()).now_or_never().flatten());
        assert_eq!(held.len(), 3);
        let answer = wide.ana.run(REPORT, json!({})).await;
        assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
    }

    /// The second report of a user comes after the first one of another who asked later.
    async fn users_take_turns(app: TestApp) {
        let narrow = with_connections(&app, 4, 64).await;
        let permits = &narrow.core.permits;
        let requests = [(); 4].map(|()| permits.reports_of_request());
        let running = permits.for_report(ids::new(), &requests[0]).await.expect("a permit");
        let (one, another) = (ids::new(), ids::new());
        let mut first = Box::pin(permits.for_report(one, &requests[1]));
        let mut second = Box::pin(permits.for_report(one, &requests[2]));
        let mut other = Box::pin(permits.for_report(another, &requests[3]));
        assert!(first.as_mut().now_or_never().is_none());
        assert!(second.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        drop(running);
        assert!(other.as_mut().now_or_never().is_none());
        drop(first.as_mut().now_or_never().flatten().expect("the first is first"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(other.as_mut().now_or_never().flatten().expect("the other user is next"));
        assert!(second.as_mut().now_or_never().flatten().is_some());
    }
}
