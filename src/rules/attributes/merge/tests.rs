//! Tests of merging: what is kept, changed, refused, added by default and required.

use serde_json::{Value as Json, json};

use super::*;
use crate::auth::{Credential, Role};
use crate::entities::setup::attribute_definition::{AttributeVisibility, Model};

const STATUS: Uuid = Uuid::from_u128(7);
const USER: Uuid = Uuid::from_u128(8);
/// A prospect that the salesperson does not see.
const HIDDEN: Uuid = Uuid::from_u128(9);

fn row(key: &str, kind: AttributeType, rules: Json) -> Model {
    Model {
        rules,
        ..Model::new(Uuid::now_v7(), AttributeEntity::Prospect, key, kind, 0)
    }
}

fn definitions(rows: Vec<Model>) -> Definitions {
    let rows: Vec<Arc<Model>> = rows.into_iter().map(Arc::new).collect();
    Definitions::new(&rows)
}

fn number(index: usize, key: &str, number: i64) -> AttributeDraft {
    let given = Given {
        values: GivenValues::Numbers(vec![number.into()]),
        is_list: false,
    };
    AttributeDraft {
        key: key.to_owned(),
        value: Patch::Set(given),
        place: Place::Listed(index),
    }
}

fn clear(index: usize, key: &str) -> AttributeDraft {
    AttributeDraft {
        key: key.to_owned(),
        value: Patch::Clear,
        place: Place::Listed(index),
    }
}

/// The merge of drafts into a document by a salesperson: the document, the changed keys, and the problems.
fn merged(definitions: &Definitions, is_new: bool, present: Json, drafts: &[AttributeDraft]) -> (Json, Vec<String>, Vec<String>) {
    let viewer = Viewer {
        user_id: USER,
        role: Role::Sales,
        credential: Credential::System,
    };
    let mut problems = Vec::new();
    let merge = Merge {
        definitions,
        entity: AttributeEntity::Prospect,
        viewer: &viewer,
        country: "VE",
        path: &["input".to_owned()],
        fields: InputFields::OF_RECORD,
        kind: Some(ProspectKind::Company),
        status_id: None,
        is_new,
        is_active_user: &|id| id == USER,
        hidden: &HashSet::from([HIDDEN]),
    };
    let present = serde_json::from_value(present).expect("a document");
    let merged = merge.merge(present, drafts, &mut problems);
    let changed = merged.changed.iter().map(|changed| changed.definition.key().to_owned()).collect();
    let problems = problems
        .iter()
        .map(|problem| format!("{:?} {}", problem.code, problem.path.join(".")))
        .collect();
    (Json::Object(merged.document), changed, problems)
}

#[test]
fn what_is_mentioned_changes_and_the_rest_stays() {
    let definitions = definitions(vec![
        row("a", AttributeType::Integer, json!({})),
        row("b", AttributeType::Integer, json!({})),
    ]);
    let (document, changed, problems) = merged(&definitions, false, json!({ "a": 1, "b": 2 }), &[number(0, "a", 3)]);
    assert_eq!((document, changed.len(), problems.len()), (json!({ "a": 3, "b": 2 }), 1, 0));
    let (document, changed, _) = merged(&definitions, false, json!({ "a": 1, "b": 2 }), &[number(0, "a", 1), clear(1, "b")]);
    assert_eq!((document, changed), (json!({ "a": 1 }), vec!["b".to_owned()]));
    // What does not fit the type is replaced as well.
    let (document, changed, _) = merged(&definitions, false, json!({ "a": "text" }), &[clear(0, "a")]);
    assert_eq!((document, changed), (json!({}), vec!["a".to_owned()]));
}

#[test]
fn unknown_retired_forbidden_and_repeated_keys_are_refused() {
    let retired = Model {
        retired_at: Some(1),
        ..row("old", AttributeType::Integer, json!({}))
    };
    let forbidden = Model {
        visibility: AttributeVisibility::Admin,
        ..row("margin", AttributeType::Integer, json!({ "required": { "always": true } }))
    };
    let definitions = definitions(vec![row("a", AttributeType::Integer, json!({})), retired, forbidden]);
    let drafts = [
        number(0, "a", 1),
        number(1, "old", 1),
        number(2, "margin", 1),
        number(3, "none", 1),
        number(4, "a", 2),
    ];
    let (_, _, problems) = merged(&definitions, false, json!({}), &drafts);
    assert_eq!(
        problems,
        [
            "State input.attributes.1.key",
            "NotFound input.attributes.2.key",
            "NotFound input.attributes.3.key",
            "Invalid input.attributes.4.key",
        ]
    );
    let many: Vec<AttributeDraft> = (0..=MOST_ENTRIES).map(|index| number(index, "a", 1)).collect();
    assert_eq!(merged(&definitions, false, json!({}), &many).2, ["Limit input.attributes"]);
}

#[test]
fn a_new_record_has_defaults_and_what_is_required_is_named() {
    let definitions = definitions(vec![
        row("a", AttributeType::Integer, json!({ "required": { "always": true } })),
        row("b", AttributeType::Integer, json!({ "required": { "kinds": ["COMPANY"] } })),
        row("c", AttributeType::Integer, json!({ "required": { "kinds": ["PERSON"] } })),
        row("d", AttributeType::Integer, json!({ "required": { "always": true }, "default": 5 })),
        row("e", AttributeType::Integer, json!({ "required": { "statuses": [STATUS] } })),
    ]);
    let (document, _, problems) = merged(&definitions, true, json!({}), &[]);
    assert_eq!(document, json!({ "d": 5 }));
    assert_eq!(problems, ["Required input.attributes.a", "Required input.attributes.b"]);
    let (_, _, problems) = merged(
        &definitions,
        true,
        json!({}),
        &[number(0, "a", 1), number(1, "b", 1), clear(2, "d")],
    );
    assert_eq!(problems, ["Required input.attributes.d"]);
    let viewer = Viewer::system();
    let missing = |document: Json| {
        let document = serde_json::from_value(document).expect("a document");
        missing_for_status(&definitions, STATUS, &viewer, &document).len()
    };
    assert_eq!((missing(json!({})), missing(json!({ "e": 1 }))), (1, 0));
}

#[test]
fn references_that_the_caller_does_not_see_stay_in_their_places() {
    let required = json!({ "required": { "always": true } });
    let many = Model {
        is_multiple: true,
        ..row("partners", AttributeType::Prospect, json!({}))
    };
    let all = definitions(vec![many, row("parent", AttributeType::Prospect, required)]);
    let [a, b, c] = [11, 12, 13].map(Uuid::from_u128);
    let present = json!({ "partners": [a, HIDDEN, b], "parent": HIDDEN });
    let partners = |ids: Vec<Uuid>| AttributeDraft {
        key: "partners".to_owned(),
        value: Patch::Set(Given {
            values: GivenValues::Prospects(ids),
            is_list: true,
        }),
        place: Place::Listed(0),
    };
    let write = |drafts: &[AttributeDraft]| merged(&all, false, present.clone(), drafts);
    for (ids, expected) in [
        (vec![a, b], vec![a, HIDDEN, b]),
        (vec![b], vec![b, HIDDEN]),
        (vec![b, c, a], vec![b, HIDDEN, c, a]),
    ] {
        let (document, _, problems) = write(&[partners(ids)]);
        assert_eq!((&document["partners"], problems), (&json!(expected), Vec::new()));
    }
    let (document, _, problems) = write(&[clear(0, "partners")]);
    assert_eq!((&document["partners"], problems), (&json!([HIDDEN]), Vec::new()));
    // A guess is a new reference, which is checked as such. A required attribute is missing where the caller sees no value.
    let (document, changed, _) = write(&[partners(vec![a, HIDDEN, b])]);
    assert_eq!(
        (&document["partners"], changed),
        (&json!([a, HIDDEN, b]), vec!["partners".to_owned()])
    );
    let (document, changed, problems) = write(&[clear(0, "parent")]);
    assert_eq!(document["parent"], json!(HIDDEN));
    assert!(changed.is_empty());
    assert_eq!(problems, ["Required input.attributes.parent"]);
}
