//! Generations that are replaced while operations run.

use super::*;
use crate::app::clock::Clock;
use crate::auth::{Credential, Role};
use crate::db::Db;
use crate::settings::Settings;
use std::sync::atomic::AtomicUsize;
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
        generations: Generations::new(0, move |revision| {
            builds.fetch_add(1, Ordering::Relaxed);
            Generation::build(revision, page_size)
        })
        .unwrap(),
        ..Pipeline::new(app).unwrap()
    })
}

fn viewer() -> Option<Viewer> {
    Some(Viewer {
        user_id: Uuid::from_u128(1),
        role: Role::Admin,
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

async fn run(pipeline: &Pipeline, admitted: Admitted) -> Outcome {
    let deadline = pipeline.deadline();
    let answer = pipeline.run(viewer(), &Origin::default(), admitted, READS, deadline).await;
    let json: serde_json::Value = serde_json::from_slice(&answer.to_json()).unwrap();
    assert!(json.get("errors").is_none(), "{json}");
    answer.outcome
}

/// Waits until the generation of the revision has been built.
async fn built(pipeline: &Pipeline, revision: u64) -> Arc<Generation> {
    let wait = async {
        loop {
            let generation = pipeline.generation();
            if generation.revision == revision {
                return generation;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_generation_takes_over_while_operations_run() {
    let (_folder, app) = app().await;
    let builds = Arc::new(AtomicUsize::new(0));
    let pipeline = pipeline(&app, &builds);
    let clients = (0..4).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            let mut seen = Vec::new();
            while seen.last() != Some(&3) {
                let admitted = admitted(&pipeline, CHANNELS);
                seen.push(admitted.generation.revision);
                assert_eq!(run(&pipeline, admitted).await, Outcome::Executed);
            }
            seen
        })
    });
    let clients: Vec<_> = clients.collect();
    for revision in 1..=3 {
        app.definitions.fetch_add(1, Ordering::AcqRel);
        built(&pipeline, revision).await;
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
    assert!(before.is_valid, "the document is cached");
    let new = admitted(&pipeline, "{ statuses { name } }");
    app.definitions.fetch_add(1, Ordering::AcqRel);
    assert_eq!(pipeline.generation().revision, 0, "the old one serves until the new one is built");
    let after = built(&pipeline, 1).await;
    let validated_by = |generation: &Generation, text: &str| generation.documents.get(text).is_some();
    assert_eq!((before.generation.revision, new.generation.revision), (0, 0));
    let old = new.generation.clone();
    assert_eq!(run(&pipeline, before).await, Outcome::Executed);
    assert_eq!(run(&pipeline, new).await, Outcome::Executed);
    assert!(validated_by(&old, "{ statuses { name } }"));
    assert!(!validated_by(&after, CHANNELS) && !validated_by(&after, "{ statuses { name } }"));
    let again = admitted(&pipeline, CHANNELS);
    assert!(
        !again.is_valid && again.generation.revision == 1,
        "the new schema validates by itself"
    );
    run(&pipeline, again).await;
    assert!(validated_by(&after, CHANNELS));
}

#[tokio::test]
async fn a_generation_that_cannot_be_built_leaves_the_one_before() {
    let (_folder, app) = app().await;
    let page_size = app.settings.limits.page_size;
    let pipeline = Pipeline {
        generations: Generations::new(0, move |revision| match revision {
            1 => Err(Error::internal("no schema")),
            _ => Generation::build(revision, page_size),
        })
        .unwrap(),
        ..Pipeline::new(&app).unwrap()
    };
    app.definitions.store(1, Ordering::Release);
    assert_eq!(run(&pipeline, admitted(&pipeline, CHANNELS)).await, Outcome::Executed);
    assert_eq!(pipeline.generation().revision, 0);
    app.definitions.store(2, Ordering::Release);
    built(&pipeline, 2).await;
}
