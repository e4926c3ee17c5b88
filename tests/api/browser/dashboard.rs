//! A dashboard on an origin of its own, in a real browser: three tiles by one request, and the records behind a bar.

use cartera::settings::CorsOrigins;
use serde_json::{Value, json};

use super::driver::{Browser, in_browser};
use super::origins::AppServer;
use super::{PROBLEMS, WATCH};
use crate::support::TestApp;

const PAGE: &str = include_str!("dashboard.html");
const SHAPES: &str = "return [...document.querySelectorAll('#by-channel rect')].map(bar =>
    [bar.querySelector('title').textContent, bar.getAttribute('height'), bar.getAttribute('fill')]);";

async fn text(browser: &Browser, selector: &str) -> Value {
    browser
        .script("return document.querySelector(arguments[0]).textContent;", json!([selector]))
        .await
}

both! {
    async fn browser_draws_a_dashboard_of_three_tiles(app: TestApp) {
        let server = AppServer::start(PAGE).await;
        let origins = CorsOrigins::Listed(vec![server.origin.clone()]);
        let app = app.with_settings(|settings| settings.cors_origins = origins).await;
        let catalogs = app.core.catalogs.snapshot();
        let channels: Vec<(String, String)> = catalogs
            .channels
            .all()
            .iter()
            .take(2)
            .map(|channel| (cartera::ids::Kind::Channel.encode(channel.id), channel.name.clone()))
            .collect();
        let mut made = Vec::new();
        for (number, channel, at) in [(1, 0, "2026-01-10T12:00:00Z"), (2, 0, "2026-01-11T12:00:00Z"), (3, 1, "2026-03-01T12:00:00Z"), (4, 0, "2026-03-02T12:00:00Z")] {
            let input = json!({ "channelId": channels[channel].0, "capturedAt": at });
            made.push(app.prospect().name(&format!("Ñandú <{number}> & Söhne")).owner(&app.ana).with(input).create().await);
        }
        // A colleague's, which no tile counts.
        app.prospect().name("Luis").owner(&app.luis).create().await;
        app.convert(&app.ana, &made[0]).await;
        in_browser(async |browser| {
            browser.watch_from_the_start(WATCH).await;
            browser.open(&format!("{}/", server.origin)).await;
            let period = json!({ "gte": "2026-01-01T00:00:00Z", "lt": "2026-04-01T00:00:00Z" });
            let token = app.ana.token.clone();
            browser.script("return draw(...arguments);", json!([app.url, token, period])).await;
            let shapes = browser.script(SHAPES, json!([])).await;
            let bars = shapes.as_array().expect("bars");
            assert_eq!(bars.len(), 2, "{shapes}");
            assert_eq!((&bars[0][0], &bars[0][1]), (&json!(format!("{}: 3", channels[0].1)), &json!("100")));
            assert_eq!(bars[1][0], json!(format!("{}: 1", channels[1].1)));
            let points = browser.script("return document.querySelector('#by-month polyline').getAttribute('points');", json!([])).await;
            assert_eq!(points, json!("0,0 60,100 120,0"));
            assert_eq!(text(browser, "#rate p").await, json!("25 %"));
            // The driver clicks on what has a place in the layout of the page, which shapes of a drawing have not.
            browser.script("document.querySelector('#bar-1').dispatchEvent(new MouseEvent('click'));", json!([])).await;
            browser.until_text("#records", "Ñandú <3> & Söhne").await;
            assert_eq!(browser.script("return document.querySelectorAll('#records li').length;", json!([])).await, json!(1));
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    /// What is wrong with one tile stands on it; the others are drawn.
    async fn browser_draws_the_other_tiles_if_one_fails(app: TestApp) {
        let server = AppServer::start(PAGE).await;
        let origins = CorsOrigins::Listed(vec![server.origin.clone()]);
        let app = app.with_settings(|settings| settings.cors_origins = origins).await;
        app.prospect().owner(&app.ana).create().await;
        in_browser(async |browser| {
            browser.open(&format!("{}/", server.origin)).await;
            let period = json!({ "gte": "1900-01-01T00:00:00Z", "lt": "2100-01-01T00:00:00Z" });
            // Two centuries by hour.
            browser.script("return draw(...arguments);", json!([app.url, app.ana.token, period, "HOUR"])).await;
            let title = text(browser, "#by-month h2").await;
            assert!(title.as_str().is_some_and(|title| title.starts_with("Captures by month: ")), "{title}");
            assert_eq!(browser.script(SHAPES, json!([])).await.as_array().map(Vec::len), Some(1));
            assert_eq!(text(browser, "#rate p").await, json!("0 %"));
        })
        .await;
    }
}
