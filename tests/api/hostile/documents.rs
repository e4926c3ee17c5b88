//! Documents that are small to send and dear to read.

use serde_json::json;

use super::{assert_alive, assert_refused, by_address, graphql, refused, send};
use crate::support::TestApp;

const LIMIT: &[&str] = &["DOCUMENT_LIMIT"];
const LIMIT_OR_SYNTAX: &[&str] = &["DOCUMENT_LIMIT", "GRAPHQL_PARSE_FAILED"];

/// A list or an object so many levels deep.
fn nested(levels: usize, is_list: bool) -> String {
    let (open, close) = if is_list { ("[", "]") } else { ("{a:", "}") };
    let innermost = if is_list { "" } else { "1" };
    format!("{}{innermost}{}", open.repeat(levels), close.repeat(levels))
}

/// Every place of a document where a value can stand.
fn places_of_values(value: &str) -> [String; 8] {
    [
        format!("{{prospects(filter:{value}){{totalCount}}}}"),
        format!("{{unknown(argument:{value})}}"),
        format!("{{viewer{{unknown(argument:{value})}}}}"),
        format!("query($v:ProspectFilter={value}){{prospects(filter:$v){{totalCount}}}}"),
        format!("{{__typename @include(if:{value})}}"),
        format!("query @unknown(argument:{value}){{__typename}}"),
        format!("{{...f}}fragment f on Query @unknown(argument:{value}){{__typename}}"),
        format!("mutation{{noteCreate(prospectId:\"x\",input:{value}){{__typename}}}}"),
    ]
}

/// Fragments each of which spreads the next one twice.
fn doubling(levels: usize, on: &str, innermost: &str) -> String {
    let mut text = format!("{{...f1}}fragment f{levels} on {on}{{{innermost}}}");
    for level in 1..levels {
        let next = level + 1;
        text += &format!("fragment f{level} on {on}{{...f{next} ...f{next}}}");
    }
    text
}

both! {
    async fn deep_values_are_refused(app: TestApp) {
        for levels in [41, 1_000, 1_500, 3_000, 5_000, 6_900, 8_000] {
            for is_list in [true, false] {
                for document in places_of_values(&nested(levels, is_list)) {
                    let what = format!("{levels} levels in {}", &document[..30]);
                    let answer = app.anonymous.run(&document, json!({})).await;
                    assert_refused(&what, &answer);
                    assert_eq!(answer.codes(), ["DOCUMENT_LIMIT"], "{what}: {}", answer.text);
                    assert_refused(&what, &app.ana.run(&document, json!({})).await);
                    // Three bytes encode one in an address, and a longer one is refused before it is parsed.
                    if document.len() < 20_000 {
                        assert_refused(&what, &send(by_address(&app.ana, &[("query", &document)])).await);
                    }
                }
            }
        }
        // Without the closing brackets, and hidden from a scan that misreads strings and comments.
        for document in [
            format!("{{prospects(filter:{}", "[".repeat(6_900)),
            format!("{{prospects(filter:{}", "{a:".repeat(6_900)),
            format!("{{a(b:\"\"{})}}", nested(3_000, true)),
            format!("{{a(b:\"\\\"\"{})}}", nested(3_000, true)),
            format!("{{a(b:\"\"\"\"\"\"{})}}", nested(3_000, true)),
            format!("#\"\n{{a(b:{})}}", nested(3_000, true)),
            format!("{{a(b:\"x\n{})}}", nested(3_000, true)),
            "{a".repeat(3_000),
            "{a(b:[".repeat(2_000),
        ] {
            refused(&app, "deep brackets", &document, LIMIT_OR_SYNTAX).await;
        }
    }

    async fn doubling_fragments_are_refused(app: TestApp) {
        for levels in [12, 24, 26, 28, 30, 49] {
            for (on, innermost) in [("Query", "__typename"), ("Query", "viewer{id}"), ("Unknown", "a"), ("Query", "...g")] {
                refused(&app, "doubling fragments", &doubling(levels, on, innermost), LIMIT).await;
            }
        }
        // The same where no operation reaches it, or another operation does.
        let apart = doubling(30, "Query", "__typename").replacen("{...f1}", "query A{__typename}query B{...f1}", 1);
        let answer = send(graphql(&app.ana, &json!({ "query": apart, "operationName": "A" }))).await;
        assert_refused("doubling fragments of another operation", &answer);
        let unused = doubling(30, "Query", "__typename").replacen("{...f1}", "{__typename}", 1);
        refused(&app, "doubling fragments that are not used", &unused, LIMIT).await;
        let triple = doubling(20, "Query", "__typename").replace("} ", "...f20 } ").replacen("{...f1}", "{...f1 ...f1 ...f1}", 1);
        refused(&app, "tripling fragments", &triple, LIMIT).await;
    }

    async fn circular_fragments_are_refused(app: TestApp) {
        let circle = |length: usize| -> String {
            (0..length).map(|number| format!("fragment f{number} on Query{{__typename ...f{}}}", (number + 1) % length)).collect()
        };
        for length in [1, 2, 3, 50] {
            refused(&app, "a circle", &format!("{{...f0}}{}", circle(length)), LIMIT).await;
            refused(&app, "a circle that is not used", &format!("{{__typename}}{}", circle(length)), LIMIT).await;
            let through = circle(length).replace("...f0", "viewer{...f0}");
            refused(&app, "a circle through a field", &format!("{{...f0}}{through}"), LIMIT).await;
            let through = circle(length).replace("...f0", "...on Query{...f0}");
            refused(&app, "a circle through an inline fragment", &format!("{{...f0}}{through}"), LIMIT).await;
        }
    }

    async fn floods_of_names_are_refused(app: TestApp) {
        let aliases = |many: usize, field: &str| (0..many).map(|number| format!("a{number}:{field} ")).collect::<String>();
        for (many, field) in [(10_000, "__typename"), (600, "__typename"), (51, "__typename"), (300, "prospects{totalCount}")] {
            refused(&app, "aliases", &format!("{{{}}}", aliases(many, field)), LIMIT).await;
        }
        let in_fragment = format!("{{...f}}fragment f on Query{{{}}}", aliases(600, "__typename"));
        refused(&app, "aliases in a fragment", &in_fragment, LIMIT).await;
        let logins = "sessionCreate(input:{email:\"a@b.example\",password:\"x\"}){token}";
        refused(&app, "many logins", &format!("mutation{{{}}}", aliases(100, logins)), LIMIT).await;
        refused(&app, "repeated fields", &format!("{{{}}}", "__typename ".repeat(1_900)), LIMIT).await;
        let repeated = format!("{{prospects{{nodes{{{}}}}}}}", "name ".repeat(1_900));
        refused(&app, "repeated fields below", &repeated, LIMIT).await;
        refused(&app, "a huge name", &format!("{{{}}}", "a".repeat(30_000)), LIMIT).await;
        refused(&app, "a huge number", &format!("{{prospects(first:{}){{totalCount}}}}", "9".repeat(30_000)), LIMIT).await;
        refused(&app, "a huge document", &format!("{{__typename}}{}", " ".repeat(900_000)), LIMIT).await;
        let circular = format!("{{__schema{{types{{{}name{}}}}}}}", "fields{type{".repeat(6), "}}".repeat(6));
        refused(&app, "circular introspection", &circular, LIMIT).await;
    }

    async fn floods_of_directives_are_refused(app: TestApp) {
        for many in [5_000, 900, 31] {
            for directive in ["@a ", "@include(if:true) "] {
                let flood = directive.repeat(many);
                for document in [
                    format!("query {flood}{{__typename}}"),
                    format!("query($a:Int {flood}){{__typename}}"),
                    format!("{{__typename {flood}}}"),
                    format!("{{...f {flood}}}fragment f on Query{{__typename}}"),
                    format!("{{...on Query {flood}{{__typename}}}}"),
                    format!("{{...f}}fragment f on Query {flood}{{__typename}}"),
                    format!("{{__typename}}fragment f on Query {flood}{{__typename}}"),
                ] {
                    refused(&app, "directives", &document, LIMIT).await;
                }
            }
        }
    }

    async fn odd_documents_are_refused(app: TestApp) {
        let syntax: &[&str] = &["GRAPHQL_PARSE_FAILED", "DOCUMENT_LIMIT"];
        for document in [
            "", " ", "{", "}", "{}", "query", "{ a(", "\u{0}", "{ a }\u{0}", "\u{feff}", "{ \"\" }",
            "fragment f on Query { a }", "🙂", "{ ñ }",
            "type Query { a: Int }", "{ a(b: \"\\u{110000}\") }", "{ a(b: \"\\uD800\") }", "query ($a: Int! = ) { a }", "subscription",
            "{ a(b: 1e) }", "{ a(b: 1e400) }", "{ a(b: 00) }", "{ ... }", "query { a } query { b }",
        ] {
            refused(&app, document, document, syntax).await;
        }
        let invalid: &[&str] = &["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "DOCUMENT_LIMIT"];
        for document in [
            "{ unknown }", "subscription { a }", "{ viewer }", "{ ...f }", "query ($a: Unknown) { __typename }",
            "{ prospects(first: \"x\") { totalCount } }", "{ prospects(first: 99999999999999999999) { totalCount } }",
            "{ viewer { id: name id } }", "query ($a: Int, $a: Int) { __typename }",
            "{ prospects(filter: { unknown: 1 }) { totalCount } }", "{ prospect { id } }", "{ ...on }", "{ prospect(id: null) { id } }",
        ] {
            refused(&app, document, document, invalid).await;
        }
        assert_alive(&app, "odd documents").await;
    }

    /// Suggestions do not reveal whether a name exists.
    async fn nothing_is_suggested_to_strangers(app: TestApp) {
        for document in ["{ prospect_ { id } }", "{ prospectss { totalCount } }", "{ viewer { naem } }", "mutation { noteCreat { id } }"] {
            let answer = app.anonymous.run(document, json!({})).await;
            assert!(!answer.text.to_lowercase().contains("did you mean"), "{}", answer.text);
        }
        let known = app.anonymous.run("{ prospects { totalCount } }", json!({})).await;
        let unknown = app.anonymous.run("{ unknown { totalCount } }", json!({})).await;
        assert_eq!(known.comparable(), unknown.comparable());
        assert_eq!((known.status, known.codes()), (401, vec!["UNAUTHENTICATED"]));
    }
}
