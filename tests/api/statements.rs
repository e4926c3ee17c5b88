//! Number of SQL statements of the contract's operations, the look-up of the session included, for any number of records.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::join_all;
use sea_orm::DbBackend;
use serde_json::{Value, json};

use cartera::auth::{Role, Viewer};
use cartera::entities::records::document::CarrierKind;
use cartera::ids::{self, Kind};
use cartera::resolvers::access::authentication::authenticate;

use crate::support::{Backend, Made, PASSWORD, Person, TestApp, TestDatabase, operations};

/// Like `both!`, but with the server in the test's own thread: concurrent loads of a request are then always one batch.
macro_rules! counted {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {
        $(
            $(#[$attribute])*
            mod $name {
                use super::*;

                #[test]
                fn sqlite() {
                    run_in_one_thread(Backend::Sqlite, body);
                }

                #[test]
                fn postgres() {
                    run_in_one_thread(Backend::Postgres, body);
                }

                async fn body($app: TestApp) $body
            }
        )+
    };
}

fn run_in_one_thread<F: Future<Output = ()>>(backend: Backend, body: impl FnOnce(TestApp) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime starts").block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        let outcome = AssertUnwindSafe(body(app.clone())).catch_unwind().await;
        app.stop().await;
        database.remove().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Number of statements of an operation of the contract, with an answer without errors.
async fn count(app: &TestApp, person: &Person, document: &str, name: &str, variables: Value) -> u64 {
    let (count, answer) = app.statements(person.run_operation(document, name, variables)).await;
    let data = answer.data().as_object().expect("data is an object");
    for (field, value) in data {
        let problems = value["userErrors"].as_array().map_or(0, Vec::len);
        assert!(!value.is_null() && problems == 0, "{name}: {field}: {}", answer.text);
    }
    count
}

/// Prospects of Ana's with ten entries each: being created, and nine notes.
async fn prospects_with_entries(app: &TestApp, many: usize) -> Vec<Made> {
    join_all((0..many).map(async |number| {
        let made = app.prospect().name(&format!("Prospect {number}")).owner(&app.ana).create().await;
        for note in 0..9 {
            app.note(&app.ana, &made, &format!("note {note}")).await;
        }
        made
    }))
    .await
}

counted! {
    async fn one_record_whole(app: TestApp) {
        let plain = app.prospect().owner(&app.ana).create().await;
        let full = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.note(&app.ana, &full, "hola").await;
        app.log(&app.ana, &full, json!({})).await;
        app.convert(&app.ana, &full).await;
        for made in [&plain, &full] {
            let variables = json!({ "id": made.id });
            assert_eq!(count(&app, &app.ana, operations::PROSPECT, "LeadCore", variables.clone()).await, 4);
            assert_eq!(count(&app, &app.admin, operations::PROSPECT, "LeadCore", variables).await, 4);
        }
    }

    /// The token, the job or the list, and what is wrong with the rows of a job that has such rows.
    async fn jobs_and_their_row_errors(app: TestApp) {
        let with_errors = app.job_with_row_error(Some(&app.ana), "a mistake").await;
        let without = app.job(Some(&app.ana)).await;
        assert_eq!(count(&app, &app.ana, operations::JOBS, "Job", json!({ "id": with_errors.id })).await, 3);
        assert_eq!(count(&app, &app.ana, operations::JOBS, "Job", json!({ "id": without.id })).await, 2);
        for _ in 0..20 {
            app.job(Some(&app.ana)).await;
        }
        for person in [&app.ana, &app.admin] {
            assert_eq!(count(&app, person, operations::JOBS, "Jobs", json!({})).await, 2);
        }
        assert_eq!(count(&app, &app.ana, operations::JOBS, "JobCancel", json!({ "id": without.id })).await, 4);
        assert_eq!(count(&app, &app.ana, operations::JOBS, "JobRetry", json!({ "id": without.id })).await, 4);
    }

    /// The token, the dashboard, its reports together, and each answer; the lists with the reports of all their tiles.
    async fn a_dashboard_and_its_reports(app: TestApp) {
        let document = "query Dashboard($id: ID!) { dashboard(id: $id) { name tiles { savedReport { name } report { rowCount } } } }";
        let list = "query Dashboards { dashboards { nodes { name author { name } tiles { savedReport { name author { name } } } } } }";
        let reports = "query SavedReports { savedReports { nodes { name definition author { name } } } }";
        let mut made = Vec::new();
        for number in 0..6 {
            made.push(app.saved_report(&app.ana, json!({ "name": format!("Report {number}") })).await);
        }
        for many in [1, 6] {
            let shown: Vec<&Made> = made.iter().take(many).collect();
            let dashboard = app.dashboard(&app.ana, "Tablero", &shown).await;
            let variables = json!({ "id": dashboard.id });
            assert_eq!(count(&app, &app.ana, document, "Dashboard", variables).await, 3 + many as u64);
            assert_eq!(count(&app, &app.ana, list, "Dashboards", json!({})).await, 3);
            assert_eq!(count(&app, &app.ana, reports, "SavedReports", json!({})).await, 2);
        }
        let shipped = "query Shipped { shippedDashboards { tiles { savedReport { name } } } shippedReports { name definition } }";
        assert_eq!(count(&app, &app.ana, shipped, "Shipped", json!({})).await, 1);
    }

    /// Tags, the end of the validity and the zones of addresses come with the other parts, for one record and for fifty.
    async fn a_list_with_tags_and_zones(app: TestApp) {
        let around = app.surroundings().await;
        let add = async |many: usize| {
            for number in 0..many {
                let fields = json!({ "tagIds": [around.tag], "validityDays": 30, "addresses": [{ "country": "VE", "city": "Caracas", "sectorId": around.sector }] });
                app.prospect().name(&format!("Prospect {number}")).owner(&app.ana).with(fields).create().await;
            }
        };
        let document = "query List { prospects(first: 50) { nodes { tags { name } rating websites validUntil industry { name }
            addresses { zone { name } sector { name zone { name } } } } } }";
        add(1).await;
        assert_eq!(count(&app, &app.ana, document, "List", json!({})).await, 3);
        add(49).await;
        assert_eq!(count(&app, &app.ana, document, "List", json!({})).await, 3);
        let places = "query Places { cities(country: \"VE\") { name } municipalities(country: \"VE\") { name } }";
        assert_eq!(count(&app, &app.ana, places, "Places", json!({})).await, 5);
        assert_eq!(count(&app, &app.admin, places, "Places", json!({})).await, 3);
    }

    async fn a_list_of_prospects_with_their_entries(app: TestApp) {
        let variables = json!({ "first": 50, "entries": 10 });
        prospects_with_entries(&app, 1).await;
        assert_eq!(count(&app, &app.ana, operations::PROSPECTS, "LeadList", variables.clone()).await, 3);
        prospects_with_entries(&app, 49).await;
        assert_eq!(count(&app, &app.ana, operations::PROSPECTS, "LeadList", variables.clone()).await, 3);
        // What does not fit on a page is counted.
        assert_eq!(count(&app, &app.ana, operations::PROSPECTS, "LeadList", json!({ "first": 49, "entries": 10 })).await, 4);
        let data = app.ana.run_operation(operations::PROSPECTS, "LeadList", variables).await;
        let edges = data.data()["prospects"]["edges"].as_array().expect("edges are a list").clone();
        assert_eq!(edges.len(), 50);
        assert!(edges.iter().all(|edge| edge["node"]["latest"]["nodes"].as_array().map(Vec::len) == Some(10)));
    }

    /// What a search and filters are about is asked first, all in one statement.
    async fn a_search_and_filters_with_a_total(app: TestApp) {
        let variables = json!({ "search": "prospect", "first": 50,
            "filter": { "name": { "contains": "pros" }, "contacts": { "none": {} }, "createdAt": { "relative": { "unit": "YEAR" } } } });
        prospects_with_entries(&app, 1).await;
        assert_eq!(count(&app, &app.ana, operations::PROSPECT_LIST, "ProspectList", variables.clone()).await, 5);
        prospects_with_entries(&app, 49).await;
        assert_eq!(count(&app, &app.ana, operations::PROSPECT_LIST, "ProspectList", variables.clone()).await, 5);
        let mut less = variables;
        less["first"] = json!(49);
        assert_eq!(count(&app, &app.ana, operations::PROSPECT_LIST, "ProspectList", less).await, 6);
        assert_eq!(count(&app, &app.ana, operations::HISTORY, "History", json!({ "first": 100 })).await, 4);
        assert_eq!(count(&app, &app.admin, operations::HISTORY, "History", json!({ "first": 1 })).await, 3);
    }

    /// Where one of several tests has to hold, they are counted together, on both databases; clients in another order on SQLite alone.
    async fn lists_that_may_begin_at_few(app: TestApp) {
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        app.prospect().owner(&app.ana).create().await;
        let list = "query List($filter: ProspectFilter, $search: String) { prospects(filter: $filter, search: $search) { nodes { id } } }";
        let either = json!({ "filter": { "or": [{ "email": { "eq": "nadie@x.example" } }, { "city": { "startsWith": "cara" } }, { "id": { "eq": made.id } }] } });
        assert_eq!(count(&app, &app.ana, list, "List", either.clone()).await, 3);
        let data = app.ana.query(list, either).await;
        assert_eq!(data["prospects"]["nodes"], json!([{ "id": made.id }]));
        assert_eq!(count(&app, &app.ana, list, "List", json!({ "search": "za" })).await, 3);
        // Also where the order of the list leads to one of the tests.
        let unowned = json!({ "filter": { "or": [{ "owner": { "isNull": true } }, { "email": { "eq": "nadie@x.example" } }] } });
        assert_eq!(count(&app, &app.admin, list, "List", unowned).await, 3);
        // As many values as a filter may have, and more than a statement takes twice.
        let phones = |block: usize| (0..200).map(|number| format!("+58414{:07}", block * 200 + number)).collect::<Vec<_>>();
        let many: Vec<_> = (0..25).map(|block| json!({ "phone": { "in": phones(block) } })).collect();
        assert_eq!(app.ana.query(list, json!({ "filter": { "or": many } })).await["prospects"]["nodes"], json!([]));
        // One owner's have an index in each order.
        let by_name = "query List($filter: ProspectFilter) { prospects(filter: $filter, orderBy: [{ field: NAME, direction: ASC }]) { nodes { id } } }";
        let owned = json!({ "filter": { "owner": { "eq": app.ana.id } } });
        assert_eq!(count(&app, &app.admin, by_name, "List", owned).await, 2);
        let clients = "query List { clients(orderBy: [{ field: NAME, direction: ASC }]) { edges { cursor } } }";
        let expected = if app.core.db.backend() == DbBackend::Postgres { 3 } else { 4 };
        assert_eq!(count(&app, &app.ana, clients, "List", json!({})).await, expected);
    }

    async fn a_list_of_clients_with_their_cycles(app: TestApp) {
        let variables = json!({ "first": 50 });
        let client = async |number: usize| {
            let made = app.prospect().complete(&format!("client{number}")).owner(&app.ana).create().await;
            app.convert(&app.ana, &made).await;
        };
        client(0).await;
        assert_eq!(count(&app, &app.ana, operations::CLIENTS, "ClientList", variables.clone()).await, 5);
        join_all((1..50).map(client)).await;
        assert_eq!(count(&app, &app.ana, operations::CLIENTS, "ClientList", variables.clone()).await, 5);
        assert_eq!(count(&app, &app.ana, operations::CLIENTS, "ClientList", json!({ "first": 49 })).await, 6);
        let data = app.ana.run_operation(operations::CLIENTS, "ClientList", variables).await;
        let clients = data.data()["clients"]["nodes"].as_array().expect("nodes are a list").clone();
        assert_eq!(clients.len(), 50);
        assert!(clients.iter().all(|client| client["prospect"]["wonCycles"]["nodes"].as_array().map(Vec::len) == Some(1)));
    }

    async fn signing_in_and_the_catalogues(app: TestApp) {
        let variables = json!({ "email": app.ana.email, "password": PASSWORD });
        let found = [
            count(&app, &app.anonymous, operations::SIGN_IN, "SessionCreate", variables).await,
            count(&app, &app.ana, operations::CATALOGS, "CatalogsCore", json!({})).await,
            count(&app, &app.admin, operations::CATALOGS, "ChannelCreate", json!({ "input": { "name": "Radio" } })).await,
            count(&app, &app.admin, operations::CATALOGS, "SegmentUpdate",
                json!({ "id": app.segment("Large companies"), "input": { "name": "Shops" } })).await,
            count(&app, &app.admin, operations::CATALOGS, "PotentialLevelCreate",
                json!({ "input": { "name": "Huge", "appliesTo": "CLIENT" } })).await,
            count(&app, &app.admin, operations::CATALOGS, "StatusUpdate",
                json!({ "id": app.status("Won"), "input": { "color": "#112233" } })).await,
        ];
        assert_eq!(found, [5, 1, 6, 6, 6, 6]);
        // An entry of another catalogue that the decision refers to is one more.
        let sector = "mutation Sector($zone: ID!) { sectorCreate(input: { zoneId: $zone, name: \"Otro\" }) { sector { id } userErrors { code } } }";
        let zone = app.surroundings().await.zone;
        assert_eq!(count(&app, &app.admin, sector, "Sector", json!({ "zone": zone })).await, 7);
    }

    async fn users_sessions_and_keys(app: TestApp) {
        let new = json!({ "input": { "email": "maria@equipo.example", "name": "María", "password": PASSWORD } });
        let key = json!({ "input": { "name": "Report" } });
        let session = cartera::ids::Kind::Session.encode(app.luis.session_id.expect("a session"));
        let found = [
            count(&app, &app.ana, operations::ACCESS, "Me", json!({})).await,
            count(&app, &app.admin, operations::ACCESS, "UserCreate", new).await,
            count(&app, &app.ana, operations::ACCESS, "ApiKeyCreate", key).await,
            count(&app, &app.admin, operations::ACCESS, "SessionRevoke", json!({ "id": session })).await,
        ];
        assert_eq!(found, [3, 7, 4, 4]);
        let reset = "mutation Reset($id: ID!) { userPasswordReset(id: $id, input: { password: \"something else\" }) { user { id } userErrors { code } } }";
        assert_eq!(count(&app, &app.admin, reset, "Reset", json!({ "id": app.stranger.id })).await, 5);
        // The lists of all users are as many statements as those of one.
        let (lists, _) = app.statements(app.admin.query("{ users { sessions { id } apiKeys { id } } }", json!({}))).await;
        assert_eq!(lists, 3);
    }

    /// For any number of prospects and tasks of a deactivated user.
    async fn a_user_is_deactivated(app: TestApp) {
        prospects_with_entries(&app, 1).await;
        let leave = async |from: &Person, to: &Person| {
            let variables = json!({ "id": from.id, "transferToId": to.id });
            count(&app, &app.admin, operations::ACCESS, "UserDeactivate", variables).await
        };
        let mut found = vec![leave(&app.ana, &app.luis).await];
        join_all((0..49).map(async |_| app.prospect().owner(&app.luis).create().await)).await;
        found.push(leave(&app.luis, &app.stranger).await);
        // Those of an administrator go to the owners of their prospects.
        let document = "mutation Demote($id: ID!) { userUpdate(id: $id, input: { role: SALES }) { user { id } userErrors { code } } }";
        for (person, many) in [(&app.other_admin, 1), (&app.add_person("Iris", Role::Admin).await, 50)] {
            join_all((0..many).map(async |_| {
                let made = app.prospect().owner(&app.stranger).create().await;
                app.task(&app.admin, &made, json!({ "assigneeId": person.id })).await
            }))
            .await;
            found.push(count(&app, &app.admin, document, "Demote", json!({ "id": person.id })).await);
        }
        // SQLite locks no rows, and takes a statement for each of two lists of new ones.
        let expected = if app.core.db.backend() == DbBackend::Postgres { [17, 17, 13, 13] } else { [15, 15, 12, 12] };
        assert_eq!(found, expected);
    }

    /// Concurrent look-ups of keys and sessions are one statement.
    async fn keys_beside_sessions(app: TestApp) {
        let key = app.ana.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Report" } })).await;
        let key = key.payload("apiKeyCreate")["key"].as_str().expect("a key").to_owned();
        app.rest().await;
        let token = app.luis.token.clone().expect("a token");
        let both = async { tokio::join!(authenticate(&app.core, &key), authenticate(&app.core, &token)) };
        let (looks, (program, person)) = app.statements(both).await;
        let who = |found: cartera::error::Result<Option<Viewer>>| found.expect("no error").expect("known").user_id;
        assert_eq!((looks, who(program), who(person)), (1, app.ana.uuid, app.luis.uuid));
        let (looks, _) = app.statements(app.ana.with_token(Some(&key)).query("{ viewer { name } }", json!({}))).await;
        assert_eq!(looks, 1);
    }

    /// PostgreSQL takes all new rows in one statement; SQLite those that are always there in one, and each list in another.
    async fn creating_and_editing(app: TestApp) {
        let one_or = |on_sqlite: u64| if app.core.db.backend() == DbBackend::Postgres { 1 } else { on_sqlite };
        let full = app.prospect().complete("zafiro").owner(&app.ana).input().clone();
        let found = [
            count(&app, &app.ana, operations::PROSPECT_CREATE, "ProspectCreate",
                json!({ "input": { "kind": "PERSON", "name": "Ana" } })).await,
            count(&app, &app.ana, operations::PROSPECT_CREATE, "ProspectCreate", json!({ "input": full })).await,
        ];
        assert_eq!(found, [4, 4 + one_or(5)]);
        let made = app.prospect().complete("rubí").owner(&app.ana).create().await;
        let update = async |input: Value| {
            count(&app, &app.ana, operations::PROSPECT_UPDATE, "ProspectUpdate", json!({ "id": made.id, "input": input })).await
        };
        let found = [
            update(json!({})).await,
            update(json!({ "name": "Otro" })).await,
            update(json!({ "name": "Otra", "contacts": [{ "firstName": "Eva" }], "addresses": [{ "country": "CO" }] })).await,
        ];
        assert_eq!(found, [4, 7, 9 + one_or(3)]);

        // Tags are one more list, and what there is of them is read in an update.
        let tags = [app.surroundings().await.tag, app.entry("Tag", "tag", json!({ "name": "Otra" })).await];
        let variables = json!({ "input": { "kind": "PERSON", "name": "Eva", "tagIds": tags } });
        assert_eq!(count(&app, &app.ana, operations::PROSPECT_CREATE, "ProspectCreate", variables).await, 3 + one_or(2));
        let found = [
            update(json!({ "tagIds": tags })).await,
            update(json!({ "tagIds": [tags[0]] })).await,
            update(json!({ "tagIds": [tags[0]] })).await,
            update(json!({ "rating": 5, "interest": "HIGH", "websites": ["https://a.example"], "industryId": app.industry("Health") })).await,
        ];
        assert_eq!(found, [6 + one_or(2), 8, 5, 6]);

        // However many ids are the client's own: one look.
        let id = |kind: Kind| kind.encode(ids::new());
        let input = json!({ "kind": "PERSON", "name": "Sol", "id": id(Kind::Prospect), "addresses": [{ "id": id(Kind::Address), "country": "VE" }],
            "emails": [{ "id": id(Kind::Email), "value": "sol@correo.example" }],
            "contacts": [{ "id": id(Kind::Contact), "firstName": "Luz", "emails": [{ "id": id(Kind::Email), "value": "luz@correo.example" }],
                "phones": [{ "id": id(Kind::Phone), "value": "+582125550142" }] }] });
        let made = count(&app, &app.ana, operations::PROSPECT_CREATE, "ProspectCreate", json!({ "input": input })).await;
        assert_eq!(made, 4 + one_or(4));
    }

    /// Every write looks at its caller. Without a key nothing more is sent; with one two statements more, and a repeat reads what it names.
    async fn calls_with_a_key(app: TestApp) {
        let create = async |name: &str, key: Value| {
            let input = json!({ "kind": "PERSON", "name": name });
            count(&app, &app.ana, operations::PROSPECT_CREATE_SAFELY, "ProspectCreateSafely", json!({ "input": input, "idempotencyKey": key })).await
        };
        let found = [create("Ana", Value::Null).await, create("Ana", json!("one")).await, create("Ana", json!("one")).await];
        assert_eq!(found, [5, 7, 6]);
        let made = app.prospect().owner(&app.ana).create().await;
        let note = "mutation Note($id: ID!, $body: String!, $key: String) {
            noteCreate(prospectId: $id, input: { body: $body }, idempotencyKey: $key) { entry { id } userErrors { code } } }";
        let write = async |body: &str, key: Value| count(&app, &app.ana, note, "Note", json!({ "id": made.id, "body": body, "key": key })).await;
        let plain = write("hola", Value::Null).await;
        assert_eq!([plain, write("hola", json!("one")).await, write("hola", json!("one")).await], [7, 9, 5]);
        // Refused, and refused again.
        let refuse = async |key: Value| {
            let variables = json!({ "id": made.id, "body": "", "key": key });
            app.statements(app.ana.run(note, variables)).await.0
        };
        assert_eq!([refuse(Value::Null).await, refuse(json!("two")).await, refuse(json!("two")).await], [3, 5, 3]);
    }

    /// However many records look alike or have such numbers.
    async fn looking_up(app: TestApp) {
        let full = app.prospect().complete("zafiro").owner(&app.ana).input().clone();
        let safely = async |input: &Value| {
            count(&app, &app.ana, operations::PROSPECT_CREATE_SAFELY, "ProspectCreateSafely", json!({ "input": input })).await
        };
        // One of them reads the duplicates that are visible to the caller, one those of others.
        assert_eq!(safely(&full).await, if app.core.db.backend() == DbBackend::Postgres { 8 } else { 12 });
        let ask = "query Alike { possibleDuplicates(input: { emails: [\"zafiro@correo.example\"] }) { reason prospect { id name } } }";
        let number = json!({ "prefix": "V-zafiro" });
        let mut found = Vec::new();
        for many in [0, 20] {
            join_all((0..many).map(async |place| {
                let identifiers = json!([{ "typeId": app.identifier_type("Other document"), "country": "VE", "number": format!("V-zafiro-{place}") }]);
                app.prospect().complete("zafiro").owner(&app.ana).with(json!({ "identifiers": identifiers })).create().await
            })).await;
            found.push([
                count(&app, &app.ana, ask, "Alike", json!({})).await,
                count(&app, &app.ana, operations::DOCUMENT_NUMBER_LOOKUP, "DocumentNumberLookup", number.clone()).await,
                count(&app, &app.admin, operations::DOCUMENT_NUMBER_LOOKUP, "DocumentNumberLookup", number.clone()).await,
            ]);
        }
        assert_eq!(found, [[3, 4, 3]; 2]);
    }

    async fn deleting_and_restoring(app: TestApp) {
        let deleted = "query Deleted($first: Int = 50) { deletedProspects(first: $first) { totalCount nodes { reference name deletedBy { name } } } }";
        let mut found = Vec::new();
        for word in ["zafiro", "rubí"] {
            let made = app.prospect().complete(word).owner(&app.ana).create().await;
            let id = json!({ "id": made.id });
            found.push([
                count(&app, &app.ana, operations::PROSPECT_CREATE_SAFELY, "ProspectDelete", id.clone()).await,
                count(&app, &app.admin, operations::PROSPECT_CREATE_SAFELY, "ProspectRestore", id.clone()).await,
                count(&app, &app.ana, operations::PROSPECT_CREATE_SAFELY, "ProspectDelete", id.clone()).await,
                count(&app, &app.admin, deleted, "Deleted", json!({})).await,
            ]);
        }
        // The clients, contacts and tasks are marked too: unique indexes of attributes see only their own row.
        assert_eq!(found, [[11, 12, 11, 3]; 2]);
        assert_eq!(count(&app, &app.admin, deleted, "Deleted", json!({ "first": 1 })).await, 4);
    }

    async fn what_happens_to_a_prospect(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let won = app.prospect().owner(&app.ana).create().await;
        let of = |fields: Value| {
            let mut variables = json!({ "id": made.id, "prospectId": made.id });
            variables.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            variables
        };
        let log = json!({ "input": { "type": "CALL", "direction": "OUTGOING", "body": "hola" } });
        let found = [
            count(&app, &app.ana, operations::ACTIVITY, "NoteCreate", of(json!({ "body": "hola" }))).await,
            count(&app, &app.ana, operations::ACTIVITY, "InteractionLog", of(log)).await,
            count(&app, &app.ana, operations::PROCESS, "StatusChange",
                of(json!({ "statusId": app.status("Lost"), "reasonId": app.reason("No budget") }))).await,
            count(&app, &app.ana, operations::PROCESS, "Convert", json!({ "id": won.id })).await,
            count(&app, &app.admin, operations::PROCESS, "Unconvert", json!({ "id": won.client_id(), "reason": "no" })).await,
            count(&app, &app.admin, operations::PROCESS, "OwnerChange", of(json!({ "ownerId": app.luis.id }))).await,
        ];
        assert_eq!(found, [7, 7, 10, 13, 17, 7]);
    }

    /// What clients have had before is read; a value takes the document, and the revision of the definitions. Without attributes nothing is added.
    async fn a_win_with_attributes_of_the_client(app: TestApp) {
        app.attribute(json!({ "entity": "CLIENT", "key": "size", "type": "INTEGER" })).await;
        let document = "mutation Win($id: ID!, $input: ProspectConvertInput!) { prospectConvert(id: $id, input: $input) {
            client { id since prospect { id condition } } userErrors { code message path } } }";
        let given = json!({ "clientAttributes": [{ "key": "size", "value": { "number": "3" } }] });
        let mut found = Vec::new();
        for input in [json!({}), given] {
            let made = app.prospect().owner(&app.ana).create().await;
            found.push(count(&app, &app.ana, document, "Win", json!({ "id": made.id, "input": input })).await);
        }
        assert_eq!(found, [14, 17]);
    }

    async fn a_list_of_tasks_with_their_prospects(app: TestApp) {
        let variables = json!({ "first": 50, "filter": { "state": { "eq": "PLANNED" } } });
        let own = "query Own($tasks: Int = 5) { prospects(first: 50) { nodes { id tasks(first: $tasks, filter: { isOverdue: false }) { totalCount nodes { id isOverdue
            type { name } assignee { name } } } timeline(first: 5) { nodes { ... on TaskEntry { action task { id state } } } } } } }";
        let plan = async |number: usize| {
            let made = app.prospect().complete(&format!("plan{number}")).owner(&app.ana).create().await;
            app.task(&app.ana, &made, json!({})).await;
        };
        plan(0).await;
        // On SQLite the number of the caller's own prospects is counted.
        let mine = if app.core.db.backend() == DbBackend::Sqlite { 5 } else { 4 };
        assert_eq!(count(&app, &app.ana, operations::TASKS, "MyTasks", variables.clone()).await, mine);
        assert_eq!(count(&app, &app.admin, operations::TASKS, "MyTasks", variables.clone()).await, 4);
        assert_eq!(count(&app, &app.ana, own, "Own", json!({})).await, 5);
        join_all((1..50).map(plan)).await;
        assert_eq!(count(&app, &app.ana, operations::TASKS, "MyTasks", variables.clone()).await, mine);
        assert_eq!(count(&app, &app.ana, own, "Own", json!({})).await, 5);
        // What does not fit on a page is counted.
        let mut less = variables;
        less["first"] = json!(49);
        assert_eq!(count(&app, &app.ana, operations::TASKS, "MyTasks", less.clone()).await, mine + 1);
        assert_eq!(count(&app, &app.admin, operations::TASKS, "MyTasks", less).await, 5);
        assert_eq!(count(&app, &app.ana, own, "Own", json!({ "tasks": 0 })).await, 6);
    }

    /// The documents of all records come with the other child rows, and those of contacts with one more statement; then one statement for each
    /// kind of carrier, whatever their number.
    async fn documents_of_many_records(app: TestApp) {
        let list = "query List { prospects(first: 50) { nodes { id documents { name type { name } size createdBy { name } }
            contacts { documents { name } } tags { name } } } }";
        let carriers = "query Carriers { documents(first: 50) { nodes { name prospect { name } carrier { __typename ... on Task { note }
            ... on Note { body } ... on Interaction { type } ... on Prospect { name } } } } }";
        let add = async |number: usize| {
            let made = app.prospect().complete(&format!("archivo{number}")).owner(&app.ana).create().await;
            let task = app.task(&app.ana, &made, json!({})).await;
            let note = app.note(&app.ana, &made, "hola").await;
            let call = app.log(&app.ana, &made, json!({})).await;
            app.document(&app.ana, &made, "a", b"a").await;
            for carrier in [(CarrierKind::Task, task.uuid), (CarrierKind::Note, note.uuid), (CarrierKind::Interaction, call.uuid)] {
                app.document_of(&app.ana, &made, carrier, "b").await;
            }
        };
        // On SQLite the number of the caller's own prospects is counted.
        let mine = if app.core.db.backend() == DbBackend::Sqlite { 6 } else { 5 };
        add(0).await;
        for many in [0, 11] {
            join_all((0..many).map(|number| add(number + 1))).await;
            assert_eq!(count(&app, &app.ana, list, "List", json!({})).await, 4, "{many}");
            assert_eq!(count(&app, &app.ana, carriers, "Carriers", json!({})).await, mine, "{many}");
            assert_eq!(count(&app, &app.admin, carriers, "Carriers", json!({})).await, 5, "{many}");
        }
    }

    /// All that a mobile app shows of one record, whatever the number of its documents, contacts, tasks and entries.
    async fn one_record_with_documents(app: TestApp) {
        app.attribute(json!({ "key": "brand", "type": "TEXT" })).await;
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let mut found = Vec::new();
        for many in [1, 8] {
            for _ in 0..many {
                let task = app.task(&app.ana, &made, json!({})).await;
                let note = app.note(&app.ana, &made, "hola").await;
                app.document(&app.ana, &made, "a", b"a").await;
                for carrier in [(CarrierKind::Task, task.uuid), (CarrierKind::Note, note.uuid)] {
                    app.document_of(&app.ana, &made, carrier, "b").await;
                }
            }
            for person in [&app.ana, &app.admin] {
                found.push(count(&app, person, operations::LEAD_DETAIL, "LeadDetail", json!({ "id": made.id })).await);
            }
        }
        assert_eq!(found, [6; 4]);
    }

    async fn what_happens_to_tasks(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let input = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(0) });
        let created = count(&app, &app.ana, operations::TASKS, "TaskCreate", json!({ "prospectId": made.id, "input": input })).await;
        let plain = app.task(&app.ana, &made, json!({})).await;
        let repeating = app.task(&app.ana, &made, json!({ "repeatRule": "FREQ=DAILY" })).await;
        let act = async |name: &str, input: Value| {
            let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
            let document = format!("mutation Act($id: ID!, $input: {kind}!) {{ {name}(id: $id, input: $input) {{ task {{ id }} userErrors {{ code }} }} }}");
            count(&app, &app.ana, &document, "Act", json!({ "id": plain.id, "input": input })).await
        };
        let found = [
            created,
            act("taskUpdate", json!({ "note": "x" })).await,
            act("taskAssign", json!({ "assigneeId": app.admin.id })).await,
            act("taskPostpone", json!({ "dueAt": app.time(5) })).await,
            act("taskCancel", json!({})).await,
            count(&app, &app.ana, operations::TASKS, "TaskComplete", json!({ "id": repeating.id })).await,
        ];
        assert_eq!(found, [6, 8, 8, 8, 8, 8]);
        // For any number of planned tasks: closing and reopening the cycle, and changing the owner. SQLite inserts their entries and the
        // changes of these separately.
        let more = if app.core.db.backend() == DbBackend::Sqlite { 1 } else { 0 };
        for many in [1, 20] {
            join_all((0..many).map(async |_| app.task(&app.ana, &made, json!({})).await)).await;
            let of = |fields: Value| {
                let mut variables = json!({ "id": made.id });
                variables.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
                variables
            };
            let found = [
                count(&app, &app.admin, operations::PROCESS, "StatusChange",
                    of(json!({ "statusId": app.status("Lost"), "reasonId": app.reason("No budget") }))).await,
                count(&app, &app.admin, operations::PROCESS, "StatusChange",
                    of(json!({ "statusId": app.status("New"), "reopenAs": "CORRECTION" }))).await,
                count(&app, &app.admin, operations::PROCESS, "OwnerChange", of(json!({ "ownerId": app.luis.id }))).await,
            ];
            assert_eq!(found, [11 + more, 13 + more, 7], "{many}");
            app.give(&app.admin, &made, Some(&app.ana)).await;
        }
    }

    async fn attributes_of_many_records(app: TestApp) {
        for entity in ["PROSPECT", "CONTACT", "TASK"] {
            app.attribute(json!({ "entity": entity, "key": "size", "type": "INTEGER" })).await;
        }
        let size = json!([{ "key": "size", "value": { "number": "1" } }]);
        let list = "query Sizes { prospects(first: 20) { nodes { id attribute(key: \"size\") { text } attributes { text }
            contacts { firstName attributes { text } } tasks(first: 5) { nodes { id attributes { text } } } } } }";
        let plain = "query Sizes { prospects(first: 20) { nodes { id contacts { firstName } tasks(first: 5) { nodes { id } } } } }";
        for many in [1, 10] {
            for _ in 0..many {
                let contacts = json!([{ "firstName": "Eva", "attributes": size }]);
                let made = app.prospect().owner(&app.ana).with(json!({ "attributes": size, "contacts": contacts })).create().await;
                app.task(&app.ana, &made, json!({ "attributes": size })).await;
            }
            let without = count(&app, &app.ana, plain, "Sizes", json!({})).await;
            // One more for the contacts, which are known only when these are read, and one for the tasks.
            assert_eq!(count(&app, &app.ana, list, "Sizes", json!({})).await, without + 2, "{many}");
        }
        // The document is read and written, and the revision of the definitions compared.
        let made = app.prospect().owner(&app.ana).create().await;
        let update = async |input: Value| count(&app, &app.ana, operations::PROSPECT_UPDATE, "ProspectUpdate", json!({ "id": made.id, "input": input })).await;
        let name = update(json!({ "name": "One" })).await;
        assert_eq!(update(json!({ "name": "Two", "attributes": size })).await, name + 3);
        assert_eq!(update(json!({ "name": "Three" })).await, name);
    }
}
