//! Maximum size of a document, in every dimension.

use serde_json::{Value, json};

use super::{passes, refused};
use crate::support::TestApp;

const LIMIT: &str = "DOCUMENT_LIMIT";

/// Texts one after the other, made of the numbers from 1.
fn each(many: usize, text: impl Fn(usize) -> String) -> String {
    (1..=many).map(text).collect()
}

/// Asserts that the document of a size passes, and that the one a size larger does not.
async fn bounded(app: &TestApp, what: &str, most: usize, document: impl Fn(usize) -> String) {
    passes(&app.ana, what, &document(most), json!({})).await;
    refused(&app.ana, what, &document(most + 1), json!({}), LIMIT).await;
}

both! {
    async fn the_text_is_bounded(app: TestApp) {
        bounded(&app, "bytes", 32_768, |bytes| format!("{{ __typename }} #{}", "x".repeat(bytes - 16))).await;
        bounded(&app, "bytes of a name", 256, |bytes| format!("{{ {}: __typename }}", "x".repeat(bytes))).await;
        bounded(&app, "tokens", 2_000, |tokens| {
            // Eight lists of names take 26 tokens besides the names.
            let names = |list: usize| {
                let many = (tokens - 26) * list / 8 - (tokens - 26) * (list - 1) / 8;
                format!("channels {{ {} }} ", "id ".repeat(many))
            };
            format!("{{ {} }}", each(8, names))
        })
        .await;
        bounded(&app, "brackets inside each other", 40, |brackets| {
            // Fragments lie inside each other without their fields doing so; the filter has ten brackets.
            let (open, close) = ("... { ".repeat(brackets - 11), "} ".repeat(brackets - 11));
            let filter = "{ and: [{ and: [{ and: [{ status: { in: [] } }] }] }] }";
            format!("{{ {open}prospects(filter: {filter}) {{ __typename }} {close}}}")
        })
        .await;
    }

    async fn the_shape_is_bounded(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        bounded(&app, "fields inside each other", 16, |depth| {
            let inner = each(depth - 2, |level| if level % 2 == 1 { "client { ".to_owned() } else { "prospect { ".to_owned() });
            format!("{{ prospect(id: \"{}\") {{ {inner} id {} }} }}", made.id, "}".repeat(depth - 2))
        })
        .await;
        bounded(&app, "aliases", 50, |many| format!("{{ {} }}", each(many, |number| format!("a{number}: __typename ")))).await;
        bounded(&app, "aliases in fragments", 50, |many| {
            let aliases = each(many - 1, |number| format!("a{number}: __typename "));
            format!("{{ b: __typename ...f }} fragment f on Query {{ {aliases} }}")
        })
        .await;
        bounded(&app, "directives", 30, |many| format!("{{ {} }}", "__typename @include(if: true) ".repeat(many))).await;
        bounded(&app, "directives in different places", 30, |many| {
            let fields = "__typename @include(if: true) ".repeat(many - 2);
            format!("{{ ...f @include(if: true) ... @include(if: true) {{ {fields} }} }} fragment f on Query {{ __typename }}")
        })
        .await;
        bounded(&app, "selections in one place", 250, |many| format!("{{ {} }}", "__typename ".repeat(many))).await;
        bounded(&app, "selections with fragments written out", 2_000, |many| {
            let rest = "__typename ".repeat(many - 1_992);
            format!("{{ {} {rest} }} fragment f on Query {{ {} }}", "...f ".repeat(8), "__typename ".repeat(249))
        })
        .await;
        bounded(&app, "lists of introspection", 2, |lists| {
            format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(lists), "} } ".repeat(lists))
        })
        .await;
    }

    async fn the_parts_are_bounded(app: TestApp) {
        let operations = |many| each(many, |number| format!("query Q{number} {{ __typename }} "));
        let at_most = app.ana.run_operation(&operations(10), "Q10", json!({})).await;
        assert_eq!(at_most.data(), &json!({ "__typename": "Query" }));
        let past = app.ana.run_operation(&operations(11), "Q10", json!({})).await;
        assert_eq!((past.status, past.codes()), (400, vec![LIMIT]), "{}", past.text);

        bounded(&app, "fragments", 50, |many| {
            let spreads = each(many, |number| format!("...f{number} "));
            format!("{{ {spreads} }} {}", each(many, |number| format!("fragment f{number} on Query {{ __typename }} ")))
        })
        .await;
        bounded(&app, "variables", 50, |many| {
            let declared = each(many, |number| format!("$v{number}: String! = \"x\" "));
            let used = each(many, |number| format!("$v{number} "));
            format!("query ({declared}) {{ prospects(filter: {{ name: {{ in: [{used}] }} }}) {{ totalCount }} }}")
        })
        .await;
        bounded(&app, "fields at the root of a query", 20, |many| format!("{{ __typename {} }}", "channels { id } ".repeat(many))).await;
        bounded(&app, "fields at the root of a query by fragments", 20, |many| {
            let fields = "channels { id } ".repeat(many - 1);
            format!("{{ viewer {{ id }} ...f }} fragment f on Query {{ {fields} }}")
        })
        .await;
    }

    async fn mutations_are_bounded_in_number(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let notes = |many| {
            let note = |number| format!("n{number}: noteCreate(prospectId: $id, input: {{ body: \"{number}\" }}) {{ entry {{ id }} }} ");
            format!("mutation ($id: ID!) {{ {} }}", each(many, note))
        };
        let before = app.snapshot().await;
        refused(&app.ana, "mutations", &notes(11), json!({ "id": made.id }), LIMIT).await;
        before.assert_equal(&app.snapshot().await, "a refused document");
        let answer = passes(&app.ana, "mutations", &notes(10), json!({ "id": made.id })).await;
        let written = answer.data().as_object().expect("data is an object");
        assert!(written.values().all(|payload| payload["entry"]["id"] != Value::Null), "{}", answer.text);
        assert_eq!(app.sql("SELECT body FROM notes ORDER BY id").await, ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    }

    async fn the_limits_are_settings(app: TestApp) {
        let strict = app.with_settings(|settings| settings.limits.depth = 1).await;
        assert_eq!(strict.ana.run("{ __typename }", json!({})).await.status, 200);
        refused(&strict.ana, "depth", "{ viewer { id } }", json!({}), LIMIT).await;
    }
}
