//! Generations that are replaced while operations run.

use super::*;
use crate::app::clock::Clock;
use crate::auth::{Credential, Role};
use crate::db::Db;
use crate::settings::Settings;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use uuid::Uuid;

const READS: TransportRules = TransportRules { mutations: false };
const CHANNELS: &str = "{ channels { name } }";

/// An application over an empty database, and the folder in which it is.
async fn app() -> (tempfile::TempDir, Arc<App>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        database: format!("sqlite:{}", folder.path().join("test.db").display()).parse().unwrap(),
        ..Settings::default()
    };
    let db = Db::open(&settings).await.unwrap();
    db.migrate().await.unwrap();
    (folder, App::new(db, settings, Clock::default()).await.unwrap())
}

/// A pipeline that counts how often a schema is built.
fn pipeline(app: &Arc<App>, builds: &Arc<AtomicUsize>) -> Arc<Pipeline> {
    let (page_size, builds) = (app.settings.limits.page_size, builds.clone());
    Arc::new(Pipeline {
        generations: Generations::new(app, move |fields| {
            builds.fetch_add(1, Ordering::Relaxed);
            Generation::build(fields, page_size)
        })
        .unwrap(),
        ..Pipeline::new(app).unwrap()
    })
}

fn viewer(role: Role) -> Option<Viewer> {
    Some(Viewer {
        user_id: Uuid::from_u128(1),
        role,
        credential: Credential::Session(Uuid::from_u128(2)),
    })
}

fn request(query: &str) -> OperationRequest {
    OperationRequest {
        query: query.to_owned(),
        ..OperationRequest::default()
    }
}

fn admitted(pipeline: &Pipeline, query: &str) -> Admitted {
    pipeline.admit(request(query), &Origin::default()).unwrap()
}

/// Whether the schema of a role has validated the text.
fn has_validated(admitted: &Admitted, role: Role, text: &str) -> bool {
    admitted.revision.of(viewer(role).as_ref()).documents.get(text).is_some()
}

async fn answer(pipeline: &Pipeline, role: Role, admitted: Admitted) -> (Outcome, serde_json::Value) {
    let deadline = pipeline.deadline();
    let answer = pipeline.run(viewer(role), &Origin::default(), admitted, READS, deadline).await;
    let json = serde_json::from_slice(&answer.to_json()).unwrap();
    (answer.outcome, json)
}

async fn run(pipeline: &Pipeline, admitted: Admitted) -> Outcome {
    let (outcome, json) = answer(pipeline, Role::Admin, admitted).await;
    assert!(json.get("errors").is_none(), "{json}");
    outcome
}

/// Waits until the generation of the revision has been built.
async fn built(pipeline: &Pipeline) -> Arc<generation::Revision> {
    tokio::time::timeout(Duration::from_secs(30), pipeline.generations.up_to_date(&pipeline.app))
        .await
        .unwrap();
    pipeline.generations.current(&pipeline.app)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_generation_takes_over_while_operations_run() {
    let (_folder, app) = app().await;
    let builds = Arc::new(AtomicUsize::new(0));
    let pipeline = pipeline(&app, &builds);
    let first = app.catalogs.snapshot().definitions_revision();
    let clients = (0..4).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.last() != Some(&(first + 3)) {
                let admitted = admitted(&pipeline, CHANNELS);
                seen.push(admitted.revision.number);
                assert_eq!(run(&pipeline, admitted).await, Outcome::Executed);
            }
            seen
        })
    });
    let clients: Vec<_> = clients.collect();
    for key in ["one", "two", "three"] {
        app.catalogs.define(key, false);
        let generation = built(&pipeline).await;
        assert_eq!(generation.number, app.catalogs.snapshot().definitions_revision());
    }
    for client in clients {
        let seen = client.await.unwrap();
        assert!(seen.is_sorted(), "{seen:?}");
    }
    assert_eq!(builds.load(Ordering::Relaxed), 4, "each generation is built once");
    assert_eq!(app.permits.count(), (0, 0), "all permits came back");
}

#[tokio::test]
async fn an_operation_runs_on_the_generation_that_admitted_it() {
    let (_folder, app) = app().await;
    let pipeline = pipeline(&app, &Arc::default());
    run(&pipeline, admitted(&pipeline, CHANNELS)).await;
    let before = admitted(&pipeline, CHANNELS);
    assert!(has_validated(&before, Role::Admin, CHANNELS), "the document is cached");
    let statuses = "{ statuses { name } }";
    let new = admitted(&pipeline, statuses);
    app.catalogs.define("code", false);
    let old = new.revision.clone();
    let after = built(&pipeline).await;
    assert!(after.number > old.number);
    assert_eq!(run(&pipeline, before).await, Outcome::Executed);
    assert_eq!(run(&pipeline, new).await, Outcome::Executed);
    let again = admitted(&pipeline, CHANNELS);
    assert_eq!(again.revision.number, after.number);
    assert!(old.parsed(statuses).is_some());
    assert!(
        !has_validated(&again, Role::Admin, CHANNELS) && !has_validated(&again, Role::Admin, statuses),
        "the new schema validates by itself"
    );
    run(&pipeline, again).await;
    assert!(after.parsed(CHANNELS).is_some());
}

#[tokio::test]
async fn a_document_that_administrators_may_run_is_validated_again_for_others() {
    let (_folder, app) = app().await;
    let pipeline = pipeline(&app, &Arc::default());
    app.catalogs.define("code", false);
    app.catalogs.define("margin", true);
    built(&pipeline).await;
    let document = "{ prospects { nodes { custom { code margin } } } }";
    for _ in 0..2 {
        assert_eq!(run(&pipeline, admitted(&pipeline, document)).await, Outcome::Executed);
        let (outcome, json) = answer(&pipeline, Role::Sales, admitted(&pipeline, document)).await;
        assert_eq!(outcome, Outcome::Invalid, "{json}");
        let message = json["errors"][0]["message"].as_str().unwrap();
        assert!(
            message.contains("Unknown field \"margin\"") && !message.contains("Did you mean"),
            "{message}"
        );
    }
    let shared = "{ prospects { nodes { custom { code } } } }";
    run(&pipeline, admitted(&pipeline, shared)).await;
    let again = admitted(&pipeline, shared);
    assert!(has_validated(&again, Role::Admin, shared) && !has_validated(&again, Role::Sales, shared));
    let (outcome, _) = answer(&pipeline, Role::Sales, again).await;
    assert_eq!(outcome, Outcome::Executed);
    assert!(has_validated(&admitted(&pipeline, shared), Role::Sales, shared));
}

#[tokio::test]
async fn what_the_schema_does_not_show_builds_no_new_one() {
    let (_folder, app) = app().await;
    let builds = Arc::new(AtomicUsize::new(0));
    let pipeline = pipeline(&app, &builds);
    run(&pipeline, admitted(&pipeline, CHANNELS)).await;
    app.catalogs.define("margin", true);
    built(&pipeline).await;
    assert_eq!(builds.load(Ordering::Relaxed), 2, "one more, for administrators");
    let admitted = admitted(&pipeline, CHANNELS);
    assert!(!has_validated(&admitted, Role::Admin, CHANNELS));
    assert!(has_validated(&admitted, Role::Sales, CHANNELS), "the others keep theirs");
}

#[tokio::test]
async fn a_generation_that_cannot_be_built_leaves_the_one_before() {
    let (_folder, app) = app().await;
    let page_size = app.settings.limits.page_size;
    let builds = AtomicUsize::new(0);
    let pipeline = Pipeline {
        generations: Generations::new(&app, move |fields| match builds.fetch_add(1, Ordering::Relaxed) {
            1 => Err(Error::internal("no schema")),
            _ => Generation::build(fields, page_size),
        })
        .unwrap(),
        ..Pipeline::new(&app).unwrap()
    };
    let has_field = |generation: &generation::Revision, field: &str| {
        let custom = generation.of(None).types.output("ProspectCustom");
        custom.is_some_and(|custom| custom.fields.contains_key(field))
    };
    app.catalogs.define("one", false);
    let kept = built(&pipeline).await;
    assert_eq!(run(&pipeline, admitted(&pipeline, CHANNELS)).await, Outcome::Executed);
    assert!(!has_field(&kept, "one"));
    app.catalogs.define("two", false);
    let next = built(&pipeline).await;
    assert!(has_field(&next, "one") && has_field(&next, "two"));
}
