//! Concurrent writers: one effect of calls with one key, and one winner among writers with the same version.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp, catalogs};
use crate::visibility::schema_text::SchemaText;

/// An update that takes `expectedVersion`.
struct Case {
    mutation: &'static str,
    /// Of what is changed; None where that is the caller.
    id: Option<String>,
    /// The changed object, by its name in the payload, and its type.
    one: (&'static str, &'static str),
    /// The changed field.
    member: &'static str,
    /// Input of the writer with this number.
    input: Box<dyn Fn(usize) -> Value>,
}

/// The second call of these finds nothing: a deleted record is not found, and a restored one is not deleted.
const NOT_FOUND_AFTERWARDS: [&str; 5] = [
    "dashboardDelete",
    "documentDelete",
    "prospectDelete",
    "prospectRestore",
    "savedReportDelete",
];

impl Case {
    fn new(
        mutation: &'static str,
        id: &str,
        one: (&'static str, &'static str),
        member: &'static str,
        input: impl Fn(usize) -> Value + 'static,
    ) -> Case {
        Case {
            mutation,
            id: Some(id.to_owned()),
            one,
            member,
            input: Box::new(input),
        }
    }

    async fn call(&self, person: &Person, version: i64, writer: usize) -> Answer {
        let (one, member) = (self.one.0, self.member);
        let mutation = self.mutation;
        let kind = format!("{}{}", mutation[..1].to_uppercase(), &mutation[1..]);
        let (declared, given) = if self.id.is_some() { ("$id: ID!, ", "id: $id, ") } else { ("", "") };
        let document = format!(
            "mutation ({declared}$input: {kind}Input!, $version: Int) {{ {mutation}({given}input: $input, expectedVersion: $version) {{
                {one} {{ id version {member} }} userErrors {{ code message path }} }} }}"
        );
        let mut variables = json!({ "input": (self.input)(writer), "version": version });
        if let Some(id) = &self.id {
            variables["id"] = json!(id);
        }
        person.run(&document, variables).await
    }

    async fn read(&self, person: &Person) -> Value {
        let document = format!(
            "query ($id: ID!) {{ node(id: $id) {{ ... on {} {{ id version {} }} }} }}",
            self.one.1, self.member
        );
        let id = self.id.as_ref().unwrap_or(&person.id);
        person.query(&document, json!({ "id": id })).await["node"].clone()
    }

    /// So many who have read the same want different things: one gets it, and the others hear that they have seen something old.
    async fn race(&self, person: &Person, writers: usize) {
        let before = self.read(person).await;
        let version = before["version"].as_i64().unwrap_or_else(|| panic!("{}: {before}", self.mutation));
        let answers = join_all((0..writers).map(|writer| self.call(person, version, writer))).await;
        let mut won = Vec::new();
        for answer in &answers {
            let errors = answer.user_errors(self.mutation);
            match errors.is_empty() {
                true => won.push(answer),
                false => assert!(
                    errors.iter().any(|error| error == "CONFLICT expectedVersion"),
                    "{}: {}",
                    self.mutation,
                    answer.text
                ),
            }
        }
        assert_eq!(won.len(), 1, "{}: {answers:#?}", self.mutation);
        let after = self.read(person).await;
        assert_eq!(after["version"], json!(version + 1), "{}", self.mutation);
        assert_eq!(
            after,
            won[0].payload(self.mutation)[self.one.0],
            "{} was overwritten",
            self.mutation
        );
        assert_ne!(after, before);
    }
}

/// Repeats a call until it is answered: what is overloaded or still running may be sent again, which is what keys are for.
async fn persistently(person: &Person, document: &str, variables: &Value, mutation: &str) -> String {
    loop {
        let answer = person.run(document, variables.clone()).await;
        let is_busy = answer.status == 503 || answer.errors().is_empty() && answer.user_errors(mutation) == ["CONFLICT idempotencyKey"];
        if !is_busy {
            answer.payload(mutation);
            return answer.text;
        }
    }
}

/// Fifty at once with one key, all of whom get one answer.
async fn fifty(person: &Person, document: &str, variables: Value, mutation: &str) {
    let calls = (0..50).map(|_| persistently(person, document, &variables, mutation));
    let answers: BTreeSet<String> = join_all(calls).await.into_iter().collect();
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

async fn race_all(person: &Person, cases: &[Case]) {
    for case in cases {
        case.race(person, 2).await;
    }
}

/// Updates of records, each of a record of its own if one update would prevent the next.
async fn of_records(app: &TestApp) -> Vec<Case> {
    let open = app.prospect().owner(&app.ana).create().await;
    let moving = app.prospect().owner(&app.ana).create().await;
    let given = app.prospect().owner(&app.ana).create().await;
    let client = app.prospect().owner(&app.ana).create().await;
    app.convert(&app.ana, &client).await;
    let read = "query ($id: ID!) { prospect(id: $id) { cycle { id } timeline { nodes { ... on NoteEntry { note { id } } } } } }";
    app.note(&app.ana, &open, "hola").await;
    let seen = app.admin.query(read, json!({ "id": open.id })).await["prospect"].clone();
    let note = seen["timeline"]["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .find_map(|entry| entry["note"]["id"].as_str());
    let note = note.expect("a note").to_owned();
    let cycle = seen["cycle"]["id"].as_str().expect("a cycle").to_owned();
    let document = app.document(&app.ana, &open, "a.pdf", b"x").await;
    let mut tasks = Vec::new();
    for _ in 0..5 {
        tasks.push(app.task(&app.ana, &open, json!({})).await.id);
    }
    let statuses = ["Second contact", "Ready for proposal", "Negotiation"].map(|name| app.status(name));
    let levels = ["High", "Medium", "Low"].map(|name| app.client_level(name));
    let owners = [&app.luis, &app.stranger, &app.admin].map(|person| person.id.clone());
    let administrators = [&app.admin, &app.other_admin].map(|person| person.id.clone());
    let times: Vec<String> = (0..20).map(|writer| app.time(86_400_000 + writer)).collect();
    let prospect = ("prospect", "Prospect");
    let task = ("task", "Task");
    vec![
        Case::new(
            "prospectUpdate",
            &open.id,
            prospect,
            "name",
            |writer| json!({ "name": format!("Name {writer}") }),
        ),
        Case::new(
            "prospectStatusChange",
            &moving.id,
            prospect,
            "status { name }",
            move |writer| json!({ "statusId": statuses[writer % 3] }),
        ),
        Case::new(
            "prospectOwnerChange",
            &given.id,
            prospect,
            "owner { name }",
            move |writer| json!({ "ownerId": owners[writer % 3] }),
        ),
        Case::new(
            "clientUpdate",
            &client.client_id(),
            ("client", "Client"),
            "potentialLevel { name }",
            move |writer| json!({ "potentialLevelId": levels[writer % 3] }),
        ),
        Case::new(
            "cycleUpdate",
            &cycle,
            ("cycle", "Cycle"),
            "amount { amount }",
            |writer| json!({ "amount": { "amount": format!("{}.50", writer + 1) } }),
        ),
        Case::new(
            "noteUpdate",
            &note,
            ("note", "Note"),
            "body",
            |writer| json!({ "body": format!("body {writer}") }),
        ),
        Case::new(
            "taskUpdate",
            &tasks[0],
            task,
            "note",
            |writer| json!({ "note": format!("note {writer}") }),
        ),
        Case::new(
            "taskAssign",
            &tasks[1],
            task,
            "assignee { name }",
            move |writer| json!({ "assigneeId": administrators[writer % 2] }),
        ),
        Case::new(
            "taskPostpone",
            &tasks[2],
            task,
            "dueAt",
            move |writer| json!({ "dueAt": times[writer] }),
        ),
        Case::new(
            "taskComplete",
            &tasks[3],
            task,
            "closingNote",
            |writer| json!({ "note": format!("note {writer}") }),
        ),
        Case::new(
            "taskCancel",
            &tasks[4],
            task,
            "closingNote",
            |writer| json!({ "note": format!("note {writer}") }),
        ),
        Case::new(
            "documentUpdate",
            &document.id,
            ("document", "Document"),
            "name",
            |writer| json!({ "name": format!("name {writer}") }),
        ),
    ]
}

/// Updates of what administrators keep.
async fn of_setup(app: &TestApp) -> Vec<Case> {
    let zone = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
    let mut cases = Vec::new();
    for catalog in catalogs() {
        let id = app
            .entry(catalog.node, catalog.one, TestApp::new_entry(catalog.one, &zone, "Propia"))
            .await;
        let mutation: &'static str = Box::leak(format!("{}Update", catalog.one).into_boxed_str());
        let input = |writer| json!({ "name": format!("Name {writer}") });
        cases.push(Case::new(mutation, &id, (catalog.one, catalog.node), "name", input));
    }
    let definition = app.attribute(json!({ "key": "budget", "type": "INTEGER" })).await;
    let input = |writer| json!({ "label": format!("Label {writer}") });
    let one = ("attributeDefinition", "AttributeDefinition");
    cases.push(Case::new("attributeDefinitionUpdate", &definition, one, "label", input));
    let user = ("user", "User");
    cases.push(Case::new(
        "userUpdate",
        &app.luis.id,
        user,
        "name",
        |writer| json!({ "name": format!("Luis {writer}") }),
    ));
    let report = app.saved_report(&app.admin, json!({})).await;
    let dashboard = app.dashboard(&app.admin, "Own", &[&report]).await;
    let input = |writer| json!({ "name": format!("Name {writer}") });
    cases.push(Case::new(
        "savedReportUpdate",
        &report.id,
        ("savedReport", "SavedReport"),
        "name",
        input,
    ));
    cases.push(Case::new(
        "dashboardUpdate",
        &dashboard.id,
        ("dashboard", "Dashboard"),
        "name",
        input,
    ));
    cases.push(Case {
        id: None,
        ..Case::new(
            "userProfileUpdate",
            "",
            user,
            "name",
            |writer| json!({ "name": format!("Olga {writer}") }),
        )
    });
    cases
}

both! {
    async fn of_two_one_writes(app: TestApp) {
        race_all(&app.admin, &of_records(&app).await).await;
        app.assert_sound().await;
    }

    async fn of_two_administrators_one_writes(app: TestApp) {
        race_all(&app.admin, &of_setup(&app).await).await;
        app.assert_sound().await;
    }

    async fn of_twenty_one_writes(app: TestApp) {
        for case in of_records(&app).await {
            case.race(&app.admin, 20).await;
        }
        let catalogs = of_setup(&app).await;
        for case in catalogs.iter().filter(|case| ["channelUpdate", "statusUpdate", "zoneUpdate", "userUpdate"].contains(&case.mutation)) {
            case.race(&app.admin, 20).await;
        }
        app.assert_sound().await;
    }

    /// Whatever takes `expectedVersion` is raced for above.
    async fn all_updates_with_a_version_are_known(app: TestApp) {
        let mut known: BTreeSet<&str> = NOT_FOUND_AFTERWARDS.into();
        known.extend(of_records(&app).await.iter().map(|case| case.mutation));
        known.extend(of_setup(&app).await.iter().map(|case| case.mutation));
        let schema = SchemaText::read();
        let takes_version = schema
            .fields("Mutation")
            .iter()
            .filter(|field| field.arguments.iter().any(|argument| argument.name == "expectedVersion"));
        assert_eq!(takes_version.map(|field| &field.name[..]).collect::<BTreeSet<_>>(), known);
    }

    /// Twenty delete what they have all seen: one of them does, and it can be restored once.
    async fn of_twenty_one_deletes(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for (mutation, version) in [("prospectDelete", 1), ("prospectRestore", 2)] {
            let document = format!(
                "mutation ($id: ID!, $version: Int) {{ {mutation}(id: $id, expectedVersion: $version) {{ userErrors {{ code message path }} }} }}"
            );
            let call = async |_| app.admin.run(&document, json!({ "id": made.id, "version": version })).await.user_errors(mutation);
            let answers = join_all((0..20).map(call)).await;
            let done = answers.iter().filter(|errors| errors.is_empty()).count();
            assert_eq!(done, 1, "{mutation}: {answers:?}");
        }
        assert_eq!(app.sql("SELECT kind FROM timeline_entries ORDER BY id").await, ["CREATED", "DELETED", "RESTORED"]);
        app.assert_sound().await;
    }

    async fn fifty_updates_with_a_key_are_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = "mutation ($id: ID!, $key: String) { prospectUpdate(id: $id, input: { name: \"Eva\", contacts: [{ firstName: \"Ana\" }] }, idempotencyKey: $key) {
            prospect { id name version contacts { id firstName } } userErrors { code message path } } }";
        fifty(&app.ana, document, json!({ "id": made.id, "key": "one" }), "prospectUpdate").await;
        assert_eq!(app.sql("SELECT first_name FROM contacts").await, ["Ana"]);
        assert_eq!(app.sql("SELECT CAST(version AS text) FROM prospects").await, ["2"]);
        assert_eq!(app.sql("SELECT kind FROM timeline_entries ORDER BY id").await, ["CREATED", "FIELD_CHANGE"]);
        app.assert_sound().await;
    }

    async fn fifty_entries_of_a_catalogue_with_a_key_are_one(app: TestApp) {
        let document = "mutation ($key: String) { tagCreate(input: { name: \"VIP\" }, idempotencyKey: $key) {
            tag { id name version position } userErrors { code message path } } }";
        fifty(&app.admin, document, json!({ "key": "one" }), "tagCreate").await;
        assert_eq!(app.sql("SELECT name FROM tags").await, ["VIP"]);
        let tag = app.admin.query("{ tags { id version } }", json!({})).await["tags"][0].clone();
        let document = "mutation ($id: ID!, $key: String) { tagUpdate(id: $id, input: { color: \"#112233\" }, idempotencyKey: $key) {
            tag { id color version } userErrors { code message path } } }";
        fifty(&app.admin, document, json!({ "id": tag["id"], "key": "one" }), "tagUpdate").await;
        assert_eq!(app.sql("SELECT CAST(version AS text) FROM tags").await, ["2"]);
        app.assert_sound().await;
    }

    async fn fifty_notes_and_users_with_a_key_are_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = "mutation ($id: ID!, $key: String) { noteCreate(prospectId: $id, input: { body: \"hola\" }, idempotencyKey: $key) {
            entry { id } userErrors { code message path } } }";
        fifty(&app.ana, document, json!({ "id": made.id, "key": "one" }), "noteCreate").await;
        assert_eq!(app.sql("SELECT body FROM notes").await, ["hola"]);
        let document = "mutation ($id: ID!, $key: String) { userUpdate(id: $id, input: { name: \"Lucho\" }, idempotencyKey: $key) {
            user { id name version } userErrors { code message path } } }";
        fifty(&app.admin, document, json!({ "id": app.luis.id, "key": "one" }), "userUpdate").await;
        assert_eq!(app.sql("SELECT CAST(version AS text) FROM users WHERE name = 'Lucho'").await, ["2"]);
        app.assert_sound().await;
    }
}
