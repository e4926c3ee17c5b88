//! Suggestions for unknown names, for signed-in callers only.

use serde_json::{Value, json};

use crate::support::{PASSWORD, TestApp};

both! {
    async fn names_of_the_schema_are_suggested(app: TestApp) {
        for (document, meant) in [
            ("{ viwer { id } }", "Did you mean \"viewer\"?"),
            ("{ city }", "Did you mean \"cities\"?"),
            ("{ prospects { nodes { statsu } } }", "Did you mean \"status\"?"),
            ("{ prospcts { totalCount } }", "Did you mean \"prospects\", \"prospect\"?"),
            ("{ prospects { nodes { nmae } } }", "Did you mean \"name\""),
            ("{ prospects(fisrt: 1) { nodes { id } } }", "Did you mean \"first\""),
            ("{ prospects(filter: { nmae: { eq: \"x\" } }) { nodes { id } } }", "Did you mean \"name\""),
            ("{ prospects(filter: { kind: { eq: PERSN } }) { nodes { id } } }", "Did you mean \"PERSON\"?"),
            ("query ($v: String) { prospects(filter: { nmae: { eq: $v } }) { nodes { id } } }", "Did you mean \"name\""),
            ("query ($v: ProspectFiltre) { prospects(filter: $v) { nodes { id } } }", "Did you mean \"ProspectFilter\""),
            ("query ($v: [ProspectKnd!] = [PERSON]) { prospects(filter: { kind: { in: $v } }) { nodes { id } } }", "Did you mean \"ProspectKind\""),
            ("{ node(id: \"x\") { ... on Prospct { id } } }", "Did you mean \"Prospect\""),
            ("mutation { sessionCreate(input: { email: \"x\", password: \"x\" }) { tokn } }", "Did you mean \"token\"?"),
        ] {
            let answer = app.ana.run(document, json!({})).await;
            assert_eq!((answer.status, answer.codes()[0]), (400, "GRAPHQL_VALIDATION_FAILED"), "{document}: {}", answer.text);
            let message = answer.errors()[0]["message"].as_str().unwrap_or_default();
            assert!(message.contains(meant), "{document}: {message}");
            assert!(message.matches("\", \"").count() < 3 && message.ends_with('?'), "{document}: {message}");
        }
        // There are `tags`, `zones` and `nodes`, of which nearly all letters are others.
        for document in ["{ nothingThatIsLikeAField }", "{ bogus }", "{ prospects { bogus } }"] {
            let far = app.ana.run(document, json!({})).await;
            assert_eq!(far.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{}", far.text);
            assert!(!far.text.contains("Did you mean"), "{}", far.text);
        }
    }

    async fn names_in_variables_are_suggested(app: TestApp) {
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
        for (filter, message) in [
            (json!({ "nmae": { "eq": "x" } }), "`$filter.nmae` is not a field of `ProspectFilter`. Did you mean \"name\""),
            (json!({ "and": [{ "kind": { "in": ["PERSON", "COMPNY"] } }] }),
                "`$filter.and[0].kind.in[1]` is not a valid `ProspectKind`. Did you mean \"COMPANY\"?"),
        ] {
            let answer = app.ana.run(document, json!({ "filter": filter })).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
            let reported = answer.errors()[0]["message"].as_str().unwrap_or_default();
            assert!(reported.starts_with(message), "{reported}");
        }
    }

    /// The one operation of callers without credentials reveals nothing about the schema but the error.
    async fn anonymous_callers_get_no_suggestions(app: TestApp) {
        let input = json!({ "emial": app.ana.email, "password": PASSWORD });
        for (document, variables) in [
            ("mutation { sessionCreate(input: { email: \"x\", password: \"x\" }) { tokn } }", json!({})),
            ("mutation { sessionCreate(input: { email: \"x\", password: \"x\" }) { ... on SessionCreatePaylod { token } } }", json!({})),
            ("mutation { sessionCreate(inptu: { email: \"x\", password: \"x\" }) { token } }", json!({})),
            ("mutation { sessionCreate(input: { email: \"x\", password: \"x\", pasword: \"x\" }) { token } }", json!({})),
            ("mutation ($v: String) { sessionCreate(input: { emial: $v, password: \"x\" }) { token } }", json!({})),
            ("mutation ($v: SessionCreateInptu!) { sessionCreate(input: $v) { token } }", json!({ "v": input })),
            ("mutation ($v: SessionCreateInput!) { sessionCreate(input: $v) { token } }", json!({ "v": input })),
        ] {
            let known = app.ana.run(document, variables.clone()).await;
            assert!(known.text.contains("Did you mean"), "{document}: {}", known.text);
            let stranger = app.anonymous.run(document, variables).await;
            assert_eq!(stranger.status, 400, "{document}: {}", stranger.text);
            assert!(!stranger.text.contains("Did you mean"), "{document}: {}", stranger.text);
        }
        // Everything else is not even looked at.
        let answer = app.anonymous.run("{ viwer { id } }", Value::Null).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{}", answer.text);
        assert!(!answer.text.contains("Did you mean"), "{}", answer.text);
    }
}
