//! A server with a storage that is full, or a bucket, as a process of its own.

use cartera::settings::Settings;
use hyper::Method;
use serde_json::json;
use tempfile::TempDir;

use super::process::{Called, Server, refused, without_settings};
use crate::files::upload;
use crate::support::{Backend, Bucket, Fault, Made, Person, TestApp, TestDatabase, runtime};

/// The place of the certificates of authorities, where there are none.
const NO_CERTIFICATES: [(&str, &str); 2] = [("SSL_CERT_FILE", "/nowhere/certificates.pem"), ("SSL_CERT_DIR", "/nowhere")];

/// A database with a prospect of a person.
async fn prepared() -> (TestDatabase, Person, Made) {
    let database = TestDatabase::create(Backend::Sqlite).await;
    let app = TestApp::start(&database).await;
    let prospect = app.prospect().owner(&app.ana).create().await;
    let ana = app.ana.clone();
    app.stop().await;
    (database, ana, prospect)
}

/// A write of a record is carried out.
async fn assert_works(person: &Person, prospect: &Made) {
    let note = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"Called back\" }) { entry { id } userErrors { code } } }";
    person.run(note, json!({ "id": prospect.id })).await.payload("noteCreate");
}

/// The largest file that the system lets the process write stands for a full disk: it is the same failure in the same places.
#[test]
fn a_full_disk_costs_files_alone() {
    runtime().block_on(async {
        let (database, ana, prospect) = prepared().await;
        let storage = TempDir::new().expect("a folder can be made");
        let folder = TempDir::new().expect("a folder can be made");
        let mut program = without_settings("sh".as_ref(), folder.path());
        // Blocks of 512 bytes: 16 MiB. The signal of the system would end the process.
        program.args([
            "-c",
            "trap '' XFSZ; ulimit -f 32768; exec \"$0\" serve",
            env!("CARGO_BIN_EXE_cartera"),
        ]);
        program.env("CARTERA_LISTEN", "127.0.0.1:0");
        program.env("CARTERA_DATABASE", String::from(database.settings.database.clone()));
        program.env("CARTERA_STORAGE", storage.path());
        let server = Server::run(program, folder).await;
        let ana = server.sign_in(&ana).await;
        let answer = upload(&ana, &prospect, "large.bin", &vec![7; 20 << 20]).await;
        assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
        assert_works(&ana, &prospect).await;
        upload(&ana, &prospect, "small.txt", b"content").await.payload("documentUpload");
        let log = server.stop();
        assert!(
            log.contains("the storage has no space left") && log.contains("File too large"),
            "{log}"
        );
        assert_eq!(std::fs::read_dir(storage.path().join("incoming")).expect("a folder").count(), 0);
        database.remove().await;
    });
}

#[test]
fn a_bucket_without_tls_needs_no_certificates() {
    runtime().block_on(async {
        let (database, ana, prospect) = prepared().await;
        let bucket = Bucket::start().await;
        let (storage, variables) = bucket.setting();
        let settings = Settings {
            storage: Some(storage),
            ..database.settings.clone()
        };
        let mut environment: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        environment.extend(NO_CERTIFICATES);
        let server = Server::start(&settings, &environment).await;
        let ana = server.sign_in(&ana).await;
        upload(&ana, &prospect, "a.txt", b"content").await.payload("documentUpload");
        bucket.fault(Some((Method::PUT, Fault::Full)));
        let answer = upload(&ana, &prospect, "b.txt", b"content").await;
        assert_eq!((answer.status, answer.codes()), (503, vec!["UNAVAILABLE"]), "{}", answer.text);
        assert_works(&ana, &prospect).await;
        let log = server.stop();
        assert!(
            log.contains("the storage of documents cannot be used") && log.contains("507"),
            "{log}"
        );
        database.remove().await;
    });
}

#[test]
fn a_bucket_with_tls_needs_certificates_from_the_start() {
    runtime().block_on(async {
        let (database, _, _) = prepared().await;
        let settings = Settings {
            storage: Some("s3://documents/of/crm".parse().expect("an address")),
            ..database.settings.clone()
        };
        let certificates = &["no certificates of authorities", "SSL_CERT_FILE"][..];
        for (endpoint, allows_http, words) in [
            ("https://127.0.0.1:1", "false", certificates),
            ("https://127.0.0.1:1", "true", certificates),
            ("http://127.0.0.1:1", "false", &["has no TLS; `AWS_ALLOW_HTTP=true` permits that"]),
        ] {
            let mut variables = vec![
                ("CARTERA_LISTEN", "127.0.0.1:0"),
                ("AWS_ENDPOINT", endpoint),
                ("AWS_ALLOW_HTTP", allows_http),
                ("AWS_REGION", "test"),
                ("AWS_ACCESS_KEY_ID", "key"),
                ("AWS_SECRET_ACCESS_KEY", "secret"),
            ];
            variables.extend(NO_CERTIFICATES);
            let called = Called {
                variables: &variables,
                ..Called::default()
            };
            let complaint = refused(&called.command(&settings, &["serve"]).await);
            for word in words {
                assert!(complaint.contains(word), "{endpoint}: {complaint}");
            }
        }
        database.remove().await;
    });
}
