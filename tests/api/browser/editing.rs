//! The editors, the schema panel, the history and the dividers of the explorer page.

use serde_json::{Value, json};

use super::driver::{Browser, Pointer, in_browser, keys};
use super::{PROBLEMS, TEXT, open_as, run, sign_in, sign_out};
use crate::support::{PASSWORD, TestApp, operations};

/// Puts a text into an editor as typing does, so that undo knows of it; the caret stands at its beginning.
const WRITE: &str = "const field = document.querySelector(arguments[0]);
    field.focus();
    field.select();
    document.execCommand('insertText', false, arguments[1]);
    field.setSelectionRange(0, 0);";
const VALUES: &str = "return [document.querySelector('#document').value, document.querySelector('#variables').value];";
const IN_DOCUMENT: &str = "return document.querySelector('#document').value.includes(arguments[0]);";
const UNDERLINED: &str = "return [...document.querySelectorAll('#document-frame .wrong')].map(span => span.textContent);";
const UNDERLINED_VARIABLES: &str = "return [...document.querySelectorAll('#variables-pane .wrong')].map(span => span.textContent);";
const BOX: &str = "const box = document.querySelector(arguments[0]).getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2, box.width, box.height];";

async fn write(browser: &Browser, selector: &str, text: &str) {
    browser.script(WRITE, json!([selector, text])).await;
}

/// The centre of an element, its width and its height.
async fn place(browser: &Browser, selector: &str) -> [f64; 4] {
    let numbers = browser.script(BOX, json!([selector])).await;
    serde_json::from_value(numbers).expect("four numbers")
}

async fn choose_search(browser: &Browser) {
    browser.click("#recipes > summary").await;
    browser.click("#recipes-list button:nth-of-type(2)").await;
    browser.until_true(IN_DOCUMENT, json!(["query ProspectSearch"])).await;
}

both! {
    async fn browser_replaces_the_editors_and_takes_it_back(app: TestApp) {
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            write(browser, "#variables", "{ \"mine\": 1 }").await;
            write(browser, "#document", "query Mine { viewer { name } }").await;
            let mine = json!(["query Mine { viewer { name } }", "{ \"mine\": 1 }"]);
            assert_eq!(browser.script(VALUES, json!([])).await, mine);
            assert_eq!(browser.script(TEXT, json!(["#undo"])).await, Value::Null, "there is nothing to undo yet");

            for way in ["the keys", "the button"] {
                choose_search(browser).await;
                let replaced = browser.script(VALUES, json!([])).await.to_string();
                assert!(!replaced.contains("Mine") && !replaced.contains("mine") && replaced.contains("search"), "{replaced}");
                match way {
                    "the keys" => browser.press(&[&[keys::CONTROL, 'z']]).await,
                    _ => browser.click("#undo").await,
                }
                assert_eq!(browser.script(VALUES, json!([])).await, mine, "by {way}");
            }

            // The first list of the schema is the first thing in its panel.
            browser.click("#docs .use").await;
            browser.until_true(IN_DOCUMENT, json!(["query Prospects"])).await;
            let replaced = browser.script(VALUES, json!([])).await.to_string();
            assert!(!replaced.contains("Mine") && !replaced.contains("mine"), "{replaced}");
            browser.click("#undo").await;
            assert_eq!(browser.script(VALUES, json!([])).await, mine);

            // What was typed after a replacement is not taken away by a button.
            choose_search(browser).await;
            write(browser, "#document", "{ viewer { id } }").await;
            assert_eq!(browser.script(TEXT, json!(["#undo"])).await, Value::Null);
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    async fn browser_underlines_what_the_schema_does_not_have(app: TestApp) {
        let cases: [(&str, &[&str], &str); 24] = [
            ("{ viewer { nmae } }", &["nmae"], "nmae is not a field of User. Did you mean name?"),
            ("{ viewer { naem } }", &["naem"], "naem is not a field of User. Did you mean name?"),
            ("{ prospects(frist: 1) { totalCount } }", &["frist"], "frist is not an argument of prospects. Did you mean first?"),
            ("{ prospects(filter: { and: [{ kin: 1 }] }) { totalCount } }", &["kin"], "kin is not a field of ProspectFilter"),
            ("{ tasks(filter: { state: { eq: DON } }) { totalCount } }", &["DON"], "DON is not a value of TaskState"),
            ("{ prospectCreate(input: {}) { prospect { id } } }", &["prospectCreate"], "is a mutation: its operation begins with mutation"),
            ("mutation { prospects { totalCount } }", &["prospects"], "is a query: its operation begins with query"),
            ("{ prospect { id } }", &["prospect"], "prospect needs id: ID!"),
            ("{ viewer name }", &["viewer", "name"], "viewer needs a selection of fields"),
            ("{ viewer { name { id } } }", &["name"], "has no fields"),
            ("query ($x: In) { node(id: $y) { id } }", &["In", "y"], "There is no type In"),
            ("{ node(id: \"1\") { ...F ... on Tas { id } } }", &["F", "Tas"], "There is no fragment F"),
            ("{ a: prospect(id: \"1\") @include(if: true) { id ... on Prospect { name } } __typename }", &[], "No unknown names"),
            ("query A($n: Int) { prospects(first: $n) { nodes { ...P } } } fragment P on Prospect { timeline(first: $n) { totalCount } }", &[], "No unknown names"),
            ("query A @skip(if: true) { viewer { id } }", &[], "No unknown names"),
            ("query A($on: Boolean = true, $in: [TaskState!] = [DONE]) @skip(if: $on) { viewer { id } tasks(filter: { state: { in: $in } }) { totalCount } }", &[], "No unknown names"),
            ("query A @skip(if: $gone) { viewer { id } }", &["gone"], "The operation does not declare $gone"),
            ("fragment U on User @include(if: true) { id nmae } { viewer { ...U } }", &["nmae"], "nmae is not a field of User"),
            ("{ viewer { ...U } } fragment U on User { id @include(if: $gone) }", &["gone"], "No operation declares $gone"),
            ("{ viewer { name", &["{"], "The bracket { is not closed"),
            ("{ viewer { name } } }", &["}"], "} closes no bracket"),
            ("{ viewer { name \"x } }", &["\"x } }"], "The text in quotes is not closed"),
            ("blah", &["blah"], "blah begins no operation"),
            ("subscription { x }", &["subscription"], "There are no subscriptions"),
        ];
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            // Those of the first recipe belong to none of the documents.
            write(browser, "#variables", "").await;
            for (document, underlined, message) in cases {
                write(browser, "#document", document).await;
                let seen = browser.script(UNDERLINED, json!([])).await;
                assert_eq!(seen, json!(underlined), "{document}");
                browser.until_text("#problem", message).await;
            }
            // `tags` and `zones` share a letter with it or two, and are not meant.
            write(browser, "#document", "{ bogus }").await;
            browser.until_text("#problem", "bogus is not a field of Query.").await;
            let shown = browser.script(TEXT, json!(["#problem"])).await;
            assert!(!shown.to_string().contains("Did you mean"), "{shown}");
            // What is right is left alone, whatever it uses.
            for document in [operations::ACCESS, operations::PROSPECT, operations::PROSPECTS, operations::PROSPECT_LIST, operations::TASKS, operations::PROCESS, operations::CATALOGS] {
                write(browser, "#document", document).await;
                assert_eq!(browser.script(UNDERLINED, json!([])).await, json!([]), "{document}");
            }

            // While a name is being typed, its beginning is no mistake.
            write(browser, "#document", "{ viewer {  } }").await;
            browser.script("document.querySelector('#document').setSelectionRange(11, 11);", json!([])).await;
            browser.press_text("na").await;
            assert_eq!(browser.script(UNDERLINED, json!([])).await, json!([]));
            browser.press_text("x").await;
            assert_eq!(browser.script(UNDERLINED, json!([])).await, json!(["nax"]));
            // Screen readers get the message, and the pointer finds it at the word.
            let invalid = browser.script("return document.querySelector('#document').getAttribute('aria-invalid');", json!([])).await;
            assert_eq!(invalid, "true");
            browser.until_true("return document.querySelector('#problem-said').textContent.includes('nax');", json!([])).await;
            let [x, y, ..] = place(browser, "#document-frame .wrong").await;
            browser.devtools("Input.dispatchMouseEvent", json!({ "type": "mouseMoved", "x": x, "y": y })).await;
            browser.until_true("const tip = document.querySelector('#tip'); return !tip.hidden && tip.textContent.includes('nax');", json!([])).await;
            browser.press(&[&[keys::ESCAPE]]).await;
            browser.until_true("return document.querySelector('#tip').hidden;", json!([])).await;
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    async fn browser_checks_the_variables(app: TestApp) {
        const DOCUMENT: &str = "query A($id: ID!, $first: Int! = 3) { prospect(id: $id) { timeline(first: $first) { totalCount } } }";
        const FOCUSED: &str = "return [document.activeElement.id, document.activeElement.selectionStart];";
        let cases: [(&str, &[&str], &str); 12] = [
            (r#"{ "id": "x" }"#, &[], "No unknown names"),
            (r#"{ "id": "x", "first": 2 }"#, &[], "No unknown names"),
            ("", &[], "Variables, line 1: The variables lack $id: ID!."),
            ("{ }", &["}"], "The variables lack $id: ID!."),
            ("{\n\"id\": null }", &["\"id\""], "Variables, line 2: $id: ID! cannot be null."),
            (r#"{ "id": "x", "frist": 2 }"#, &["\"frist\""], "The operation does not declare $frist. Did you mean first?"),
            (r#"{ "ID": "x", "more": [{}] }"#, &["\"ID\"", "\"more\"", "}"], "(1 of 3): The operation does not declare $ID. Did you mean id?"),
            (r#"{ "id": "x", }"#, &["}"], "} stands where a name in double quotes is expected."),
            (r#"{ "id" "x" }"#, &["\"x\""], "stands where : is expected."),
            (r#"{ "id": "x }"#, &["\"x }"], "The text in quotes is not closed."),
            (r#"{ "id": ["x" }"#, &["}"], "} stands where , or the end of the bracket is expected."),
            (r#"["x"]"#, &["["], "The variables are no JSON object: { … }."),
        ];
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            write(browser, "#document", DOCUMENT).await;
            for (variables, underlined, message) in cases {
                write(browser, "#variables", variables).await;
                assert_eq!(browser.script(UNDERLINED_VARIABLES, json!([])).await, json!(underlined), "{variables}");
                browser.until_text("#problem", message).await;
                assert_eq!(browser.script(UNDERLINED, json!([])).await, json!([]), "{variables}: the document is right");
                let invalid = browser.script("return document.querySelector('#variables').getAttribute('aria-invalid');", json!([])).await;
                assert_eq!(invalid == "true", message != "No unknown names", "{variables}");
            }

            // The document is looked at as well as the variables, one problem after another.
            write(browser, "#variables", "{ \"other\": 1 }").await;
            write(browser, "#document", "query A { viewer { nmae } }").await;
            browser.until_text("#problem", "Line 1 (1 of 2): nmae").await;
            for place in [json!(["document", 19]), json!(["variables", 2]), json!(["document", 19])] {
                browser.click("#problem").await;
                assert_eq!(browser.script(FOCUSED, json!([])).await, place);
            }

            // Of several operations the one that would run has to have its variables.
            write(browser, "#variables", "{ \"b\": \"x\" }").await;
            write(browser, "#document", "query A($a: ID!) { node(id: $a) { id } } query B($b: ID!) { node(id: $b) { id } }").await;
            browser.until_text("#problem", "The variables lack $a: ID!.").await;
            browser.script("document.querySelector('#document').setSelectionRange(60, 60);", json!([])).await;
            browser.until_text("#problem", "No unknown names").await;
            assert_eq!(browser.script(UNDERLINED_VARIABLES, json!([])).await, json!([]));
            assert_eq!(browser.script(PROBLEMS, json!([])).await, json!([]));
        })
        .await;
    }

    async fn browser_prettifies_and_changes_nothing_else(app: TestApp) {
        const UGLY: &str = "query   A($x:[ID!]!){viewer{id,name}\n # said\n nodes(ids:$x){id\n...on Prospect@include(if:true){name}}}";
        const EVEN: &str = "query A($x: [ID!]!) {\n  viewer { id name }\n  # said\n  nodes(ids: $x) {\n    id\n    ... on Prospect @include(if: true) { name }\n  }\n}\n";
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            write(browser, "#variables", "{\"x\":[\"a : b\"]}").await;
            write(browser, "#document", UGLY).await;
            browser.press(&[&[keys::SHIFT, keys::ALT, 'F']]).await;
            let even = json!([EVEN, "{\n  \"x\": [\n    \"a : b\"\n  ]\n}"]);
            assert_eq!(browser.script(VALUES, json!([])).await, even);
            browser.click("#prettify").await;
            assert_eq!(browser.script(VALUES, json!([])).await, even);

            // Numbers that a browser cannot hold stay as they are, and so does what is not whole.
            write(browser, "#variables", "{\"x\":12345678901234567890}").await;
            write(browser, "#document", "{ viewer { id ").await;
            browser.click("#prettify").await;
            assert_eq!(browser.script(VALUES, json!([])).await, json!(["{ viewer { id ", "{\"x\":12345678901234567890}"]));
            browser.until_text("#problem", "brackets").await;
        })
        .await;
    }

    async fn browser_remembers_documents_until_sign_out(app: TestApp) {
        const KEPT: &str = "return JSON.parse(sessionStorage.getItem('cartera.history') ?? '[]');";
        const KEEP: &str = "return import('/explorer/history.js').then(history => { for (let i = 0; i < 30; i += 1) history.keep(`query Q${i} { viewer { id } }`); });";
        in_browser(async |browser| {
            open_as(browser, &app, &app.ana).await;
            write(browser, "#variables", "{ \"id\": \"Zafiro\" }").await;
            run(browser, "query Mine($id: ID!) { node(id: $id) { id } }", "\"node\"").await;
            write(browser, "#document", "mutation { sessionCreate(input: { email: \"a@b.example\", password: \"geheim-geheim\" }) { userErrors { message } } }").await;
            browser.click("#run").await;
            browser.until_text("#answer", "sessionCreate").await;
            // The texts of documents, none with a password, and nothing else.
            assert_eq!(browser.script(KEPT, json!([])).await, json!(["query Mine($id: ID!) { node(id: $id) { id } }"]));

            browser.click("#history > summary").await;
            browser.click("#history-list button").await;
            browser.until_true(IN_DOCUMENT, json!(["query Mine"])).await;

            browser.script(KEEP, json!([])).await;
            let kept = browser.script(KEPT, json!([])).await;
            assert_eq!(kept.as_array().map(Vec::len), Some(20));
            assert_eq!(kept[0], "query Q29 { viewer { id } }");
            sign_out(browser).await;
            assert_eq!(browser.script(KEPT, json!([])).await, json!([]));
            assert_eq!(browser.script("return document.querySelectorAll('#history-list button').length;", json!([])).await, 0);

            // A session that ended elsewhere keeps its work for the same user, and for no other.
            sign_in(browser, &app.ana.email, PASSWORD).await;
            browser.until_text("#signed-in-as", &app.ana.name).await;
            run(browser, "query Secretive { viewer { id } }", "viewer").await;
            app.ana.query("mutation { sessionRevokeOthers { revokedCount } }", json!({})).await;
            browser.click("#run").await;
            browser.until_text("#sign-in-problem", "ended").await;
            sign_in(browser, &app.luis.email, PASSWORD).await;
            browser.until_text("#signed-in-as", &app.luis.name).await;
            assert_eq!(browser.script(KEPT, json!([])).await, json!([]));
            let shown = browser.script(VALUES, json!([])).await.to_string();
            assert!(!shown.contains("Secretive") && !shown.contains("Zafiro"), "{shown}");
        })
        .await;
    }

    async fn browser_moves_the_dividers(app: TestApp) {
        in_browser(async |browser| {
            browser.look((1280, 800), "light").await;
            open_as(browser, &app, &app.ana).await;
            let dividers = [("#edit-divider", "#edit", (-60.0, 0.0)), ("#docs-divider", "#answer-panel", (-60.0, 0.0)), ("#variables-divider", "#document-frame", (0.0, -60.0))];
            for (divider, pane, by) in dividers {
                let is_flat = by.0 == 0.0;
                let size = async || place(browser, pane).await[if is_flat { 3 } else { 2 }];
                for pointer in [Pointer::Mouse, Pointer::Finger] {
                    let before = size().await;
                    let [x, y, ..] = place(browser, divider).await;
                    browser.drag(pointer, (x, y), by).await;
                    let moved = before - size().await;
                    assert!((40.0..80.0).contains(&moved), "{divider} by {pointer:?}: {moved}");
                    browser.drag(pointer, (x + by.0, y + by.1), (-by.0, -by.1)).await;
                }
                let before = size().await;
                let value = "return Number(document.activeElement.getAttribute('aria-valuenow'));";
                browser.script("document.querySelector(arguments[0]).focus();", json!([divider])).await;
                let said = browser.script(value, json!([])).await;
                browser.press(&[&[if is_flat { keys::UP } else { keys::LEFT }]]).await;
                assert!(size().await < before, "{divider} by the keys");
                assert_ne!(browser.script(value, json!([])).await, said, "{divider} says where it is");
            }
        })
        .await;
    }

    async fn browser_keeps_run_on_its_line(app: TestApp) {
        in_browser(async |browser| {
            browser.look((1280, 800), "light").await;
            open_as(browser, &app, &app.ana).await;
            write(browser, "#document", "query AFirstOperationWithALongName { viewer { id } } query ASecondOperationWithALongName { viewer { id } }").await;
            browser.until_visible("#operation").await;
            let [_, menus, ..] = place(browser, "#recipes > summary").await;
            let [x, run, width, _] = place(browser, "#run").await;
            let [middle, _, panel, _] = place(browser, "#edit").await;
            assert_eq!(menus, run, "they stand on one line");
            assert!(x + width / 2.0 < middle + panel / 2.0, "Run is inside its panel");
            // So do the smallest editor that the divider allows, and telephones.
            browser.script("document.querySelector('#edit-divider').focus();", json!([])).await;
            browser.press(&[&[keys::HOME]]).await;
            let [x, _, width, _] = place(browser, "#run").await;
            let [middle, _, narrow, _] = place(browser, "#edit").await;
            assert!(narrow < panel && x + width / 2.0 < middle + narrow / 2.0, "Run is inside its panel");
            for size in [(1000, 700), (390, 844), (320, 640)] {
                browser.look(size, "light").await;
                let wide = browser.script("return document.documentElement.scrollWidth <= innerWidth;", json!([])).await;
                assert_eq!(wide, true, "{size:?}");
                assert_eq!(place(browser, "#recipes > summary").await[1], place(browser, "#run").await[1], "{size:?}");
            }
        })
        .await;
    }
}
