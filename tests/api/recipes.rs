//! The recipes of the explorer page run as they stand.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Form, TestApp};

const RECIPES: &str = include_str!("../../src/server/explorer/recipes.graphql");

struct Recipe {
    title: &'static str,
    document: String,
    variables: String,
}

/// Each begins with a line `### Title`, then `# what it is for`, then its variables after `#%`, then the document.
fn recipes() -> Vec<Recipe> {
    let parts = RECIPES.strip_prefix("### ").expect("it begins with a recipe").split("\n### ");
    let recipe = |part: &'static str| {
        let mut lines = part.lines();
        let title = lines.next().expect("a title");
        let about = lines.next().expect("a description");
        assert!(about.starts_with("# ") && about.len() < 80, "{title}: {about}");
        let (variables, document): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with("#%"));
        let variables = variables
            .iter()
            .map(|line| line.trim_start_matches("#%"))
            .collect::<Vec<_>>()
            .join("\n");
        Recipe {
            title,
            document: document.join("\n"),
            variables: if variables.is_empty() { "{}".to_owned() } else { variables },
        }
    };
    parts.map(recipe).collect()
}

both! {
    async fn every_recipe_runs_and_finds_or_does_something(app: TestApp) {
        // A client, a prospect with a task for today, and the one that is worked on, which has none.
        let client = app.prospect().name("Client").create().await;
        app.convert(&app.admin, &client).await;
        let busy = app.prospect().name("Busy").create().await;
        app.task(&app.admin, &busy, json!({ "dueAt": app.time(60_000) })).await;
        app.note(&app.admin, &busy, "Called back").await;
        let made = app.prospect().name("María López").create().await;
        let values = [
            ("$prospect", made.id.clone()),
            ("$status", app.status("Second contact")),
            ("$taskType", app.task_type("Call")),
            ("$tomorrow", app.time(86_400_000)),
        ];

        let recipes = recipes();
        let titles: BTreeSet<&str> = recipes.iter().map(|recipe| recipe.title).collect();
        assert_eq!(titles.len(), recipes.len(), "two recipes have one title");
        assert!(recipes.len() >= 12, "there are {}", recipes.len());
        for Recipe { title, document, variables } in recipes {
            let filled = values.iter().fold(variables, |text, (name, value)| text.replace(&format!("\"{name}\""), &json!(value).to_string()));
            assert!(!filled.contains("\"$"), "{title}: what is {filled}?");
            let filled: Value = serde_json::from_str(&filled).unwrap_or_else(|error| panic!("{title}: {error}"));
            let data = if document.contains(": Upload!") {
                let mut variables = filled;
                variables["file"] = Value::Null;
                app.admin.send_form(Form::of(&document, variables, &[("variables.file", "contract.txt", b"content")])).await.data().clone()
            } else {
                app.admin.query(&document, filled).await
            };
            for (field, value) in data.as_object().expect("an object") {
                assert!(!value.is_null(), "{title}: {field} is null");
                if let Some(problems) = value.get("userErrors") {
                    assert_eq!(problems, &json!([]), "{title}");
                }
                if let Some(nodes) = value.get("nodes") {
                    assert!(nodes.as_array().is_some_and(|nodes| !nodes.is_empty()), "{title} finds nothing");
                }
            }
        }
        // The writing ones have left what they say.
        let left = app.admin.query("query ($id: ID!) { prospect(id: $id) { condition client { id } timeline(first: 20) { nodes { __typename } } } viewer { apiKeys { name } } }", json!({ "id": made.id })).await;
        assert_eq!(left["prospect"]["condition"], "CLIENT");
        assert_eq!(left["viewer"]["apiKeys"], json!([{ "name": "Monthly report" }]));
        let kinds: Vec<&str> = left["prospect"]["timeline"]["nodes"].as_array().expect("a list").iter().filter_map(|node| node["__typename"].as_str()).collect();
        for kind in ["NoteEntry", "InteractionEntry", "StatusChangeEntry", "TaskEntry", "DocumentEntry"] {
            assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
        }
    }
}
