//! Chromium through chromedriver, which speaks WebDriver: JSON over HTTP.

use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// One window.
pub struct Browser {
    http: reqwest::Client,
    session: String,
}

/// The process behind it, ended when dropped.
struct Driver {
    process: Child,
    url: String,
}

/// Input that moves a divider.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pointer {
    Mouse,
    Finger,
}

/// The keys that have no letter.
pub mod keys {
    pub const TAB: char = '\u{e004}';
    pub const ENTER: char = '\u{e007}';
    pub const SHIFT: char = '\u{e008}';
    pub const CONTROL: char = '\u{e009}';
    pub const ALT: char = '\u{e00a}';
    pub const ESCAPE: char = '\u{e00c}';
    pub const HOME: char = '\u{e011}';
    pub const LEFT: char = '\u{e012}';
    pub const UP: char = '\u{e013}';
    pub const DOWN: char = '\u{e015}';
}

/// Longest wait for the page.
const PATIENCE: Duration = Duration::from_secs(30);
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// The name under which WebDriver gives out elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Opens a window with a profile of its own, and closes it whether the work went well or not.
pub async fn in_browser(work: impl AsyncFnOnce(&Browser)) {
    let profile = tempfile::tempdir().expect("a folder can be made");
    let driver = Driver::start().await;
    let browser = Browser::open_window(&driver, &profile).await;
    let outcome = AssertUnwindSafe(work(&browser)).catch_unwind().await;
    // It quits the browser, which would outlive the driver otherwise.
    browser.http.delete(&browser.session).send().await.expect("chromedriver answers");
    drop(driver);
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

impl Browser {
    pub async fn open(&self, url: &str) {
        self.command(Method::POST, "/url", json!({ "url": url })).await;
    }

    /// Runs a script in every page that is opened from now on, before those of the page.
    pub async fn watch_from_the_start(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }))
            .await;
    }

    /// A command of the DevTools protocol, for features beyond WebDriver.
    pub async fn devtools(&self, name: &str, parameters: Value) {
        self.command(Method::POST, "/goog/cdp/execute", json!({ "cmd": name, "params": parameters }))
            .await;
    }

    /// Gives the page a width and a height, and light or dark surroundings.
    pub async fn look(&self, (width, height): (u32, u32), scheme: &str) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// Presses keys one after another, wherever the focus is; those of a row together, as in Ctrl+Z.
    pub async fn press(&self, rows: &[&[char]]) {
        let mut actions = Vec::new();
        for row in rows {
            actions.extend(row.iter().map(|key| json!({ "type": "keyDown", "value": key })));
            actions.extend(row.iter().rev().map(|key| json!({ "type": "keyUp", "value": key })));
        }
        let keyboard = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": actions }] });
        self.command(Method::POST, "/actions", keyboard).await;
    }

    /// Presses the letters of a text one after another.
    pub async fn press_text(&self, text: &str) {
        let letters: Vec<char> = text.chars().collect();
        let rows: Vec<&[char]> = letters.chunks(1).collect();
        self.press(&rows).await;
    }

    /// Moves from one point to another by an amount, with the button or the finger down.
    pub async fn drag(&self, with: Pointer, (x, y): (f64, f64), (right, down): (f64, f64)) {
        let spots = [
            (x, y),
            (x + right / 2.0, y + down / 2.0),
            (x + right, y + down),
            (x + right, y + down),
        ];
        for (step, (x, y)) in spots.into_iter().enumerate() {
            match with {
                Pointer::Mouse => {
                    let kind = ["mousePressed", "mouseMoved", "mouseMoved", "mouseReleased"][step];
                    let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1 });
                    self.devtools("Input.dispatchMouseEvent", event).await;
                }
                Pointer::Finger => {
                    let kind = ["touchStart", "touchMove", "touchMove", "touchEnd"][step];
                    let points = if kind == "touchEnd" {
                        json!([])
                    } else {
                        json!([{ "x": x, "y": y }])
                    };
                    self.devtools("Input.dispatchTouchEvent", json!({ "type": kind, "touchPoints": points }))
                        .await;
                }
            }
        }
    }

    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.command(Method::POST, &format!("/element/{element}/click"), json!({})).await;
    }

    /// Replaces what stands in a field.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.command(Method::POST, &format!("/element/{element}/clear"), json!({})).await;
        self.command(Method::POST, &format!("/element/{element}/value"), json!({ "text": text }))
            .await;
    }

    /// Chooses files, as the dialog of the browser does.
    pub async fn choose_files(&self, selector: &str, files: &[&Path]) {
        let element = self.element(selector).await;
        let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        self.command(
            Method::POST,
            &format!("/element/{element}/value"),
            json!({ "text": paths.join("\n") }),
        )
        .await;
    }

    /// Runs a script in the page and answers what it returns.
    pub async fn script(&self, script: &str, arguments: Value) -> Value {
        self.command(Method::POST, "/execute/sync", json!({ "script": script, "args": arguments }))
            .await
    }

    /// Waits until the element is shown and contains the text; the empty text matches any.
    pub async fn until_text(&self, selector: &str, text: &str) {
        let shown = || async { self.script(super::TEXT, json!([selector])).await };
        let has_text = |shown: &Value| shown.as_str().is_some_and(|shown| !shown.is_empty() && shown.contains(text));
        self.until(&format!("`{text}` in {selector}"), shown, has_text).await;
    }

    /// Waits until a script returns true.
    pub async fn until_true(&self, script: &str, arguments: Value) {
        let look = || self.script(script, arguments.clone());
        self.until(&format!("{script} {arguments}"), look, |seen| *seen == json!(true))
            .await;
    }

    /// Waits until the element is shown.
    pub async fn until_visible(&self, selector: &str) {
        let shown = || async { self.script(super::TEXT, json!([selector])).await };
        self.until(&format!("{selector} to be shown"), shown, |shown| !shown.is_null())
            .await;
    }

    async fn until<F: Future<Output = Value>>(&self, what: &str, look: impl Fn() -> F, is_enough: impl Fn(&Value) -> bool) {
        let started = Instant::now();
        loop {
            let seen = look().await;
            if is_enough(&seen) {
                return;
            }
            if started.elapsed() > PATIENCE {
                let page = self.script("return document.body.innerText;", json!([])).await;
                panic!("waited for {what}, and saw {seen} on {page}");
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn open_window(driver: &Driver, profile: &TempDir) -> Browser {
        let http = reqwest::Client::new();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            folder.as_str(),
        ];
        let capabilities =
            json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:chromeOptions": { "args": flags } } } });
        let session = format!("{}/session", driver.url);
        let answer = send(&http, Method::POST, &session, capabilities).await;
        let id = answer["sessionId"].as_str().expect("a session has an id");
        Browser {
            session: format!("{session}/{id}"),
            http,
        }
    }

    /// Waits for the element to be there and shown.
    async fn element(&self, selector: &str) -> String {
        self.until_visible(selector).await;
        let found = self
            .command(Method::POST, "/element", json!({ "using": "css selector", "value": selector }))
            .await;
        found[ELEMENT].as_str().expect("an element has an id").to_owned()
    }

    async fn command(&self, method: Method, path: &str, body: Value) -> Value {
        send(&self.http, method, &format!("{}{path}", self.session), body).await
    }
}

impl Driver {
    /// Starts chromedriver on a port that is free, and waits until it is ready.
    async fn start() -> Driver {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver cannot be started ({error}): install the packages chromium and chromium-driver"));
        let driver = Driver {
            process,
            url: format!("http://127.0.0.1:{port}"),
        };
        let http = reqwest::Client::new();
        let started = Instant::now();
        loop {
            if let Ok(answer) = http.get(format!("{}/status", driver.url)).send().await
                && answer
                    .json::<Value>()
                    .await
                    .is_ok_and(|status| status["value"]["ready"] == json!(true))
            {
                return driver;
            }
            assert!(started.elapsed() < PATIENCE, "chromedriver does not become ready");
            sleep(BETWEEN_LOOKS).await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The value of what WebDriver answers.
async fn send(http: &reqwest::Client, method: Method, url: &str, body: Value) -> Value {
    let answer = http.request(method, url).json(&body).send().await.expect("chromedriver answers");
    let status = answer.status();
    let answer: Value = answer.json().await.expect("WebDriver speaks JSON");
    assert!(status.is_success(), "{url}: {answer}");
    answer["value"].clone()
}
