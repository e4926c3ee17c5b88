//! Writes of all kinds side by side: they keep one order of locks, so that none waits for another in a circle.

use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp};

/// Numbers that look like chance and are the same each time.
struct Dice(u64);

impl Dice {
    /// Less than `sides`.
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

struct World<'a> {
    app: &'a TestApp,
    people: Vec<&'a Person>,
    /// Administrators who are deactivated, let in again and given other roles.
    changing: Vec<Person>,
    prospects: Vec<Made>,
    channel: String,
    task_type: String,
    statuses: Vec<String>,
}

const ERRORS: &str = "userErrors { code path message }";

impl World<'_> {
    /// A mutation with its variables, and who sends it. Whatever it answers, it locks what it is about.
    fn write(&self, dice: &mut Dice, number: usize) -> (&Person, String, Value) {
        let person = self.people[dice.below(self.people.len())];
        let admin = &self.app.admin;
        let prospect = &self.prospects[dice.below(self.prospects.len())].id;
        let target = &self.changing[dice.below(self.changing.len())].id;
        let other = &self.people[dice.below(self.people.len())].id;
        let say = |sender, declared: &str, call: &str, variables| {
            let text = format!("mutation ({declared}, $key: String!) {{ {call}, idempotencyKey: $key) {{ {ERRORS} }} }}");
            (sender, text, variables)
        };
        match dice.below(13) {
            0 => say(
                person,
                "$input: UserProfileUpdateInput!",
                "userProfileUpdate(input: $input",
                json!({ "input": { "name": format!("Nombre {number}") } }),
            ),
            1 => say(
                admin,
                "$id: ID!, $input: UserUpdateInput!",
                "userUpdate(id: $id, input: $input",
                json!({ "id": target, "input": { "name": format!("Otra {number}"), "isActive": true, "role": if number.is_multiple_of(2) { "ADMIN" } else { "SALES" } } }),
            ),
            2 => say(
                admin,
                "$id: ID!, $input: UserDeactivateInput!",
                "userDeactivate(id: $id, input: $input",
                json!({ "id": target, "input": { "transferToId": other } }),
            ),
            3 => say(
                person,
                "$id: ID!, $input: NoteCreateInput!",
                "noteCreate(prospectId: $id, input: $input",
                json!({ "id": prospect, "input": { "body": "hola" } }),
            ),
            4 => say(
                admin,
                "$id: ID!, $input: ProspectOwnerChangeInput!",
                "prospectOwnerChange(id: $id, input: $input",
                json!({ "id": prospect, "input": { "ownerId": if number.is_multiple_of(2) { other } else { target } } }),
            ),
            5 => say(
                admin,
                "$id: ID!, $input: TaskCreateInput!",
                "taskCreate(prospectId: $id, input: $input",
                json!({ "id": prospect, "input": { "typeId": self.task_type, "dueAt": self.app.time(0), "assigneeId": target } }),
            ),
            6 => say(
                admin,
                "$id: ID!, $input: ProspectStatusChangeInput!",
                "prospectStatusChange(id: $id, input: $input",
                json!({ "id": prospect, "input": { "statusId": self.statuses[dice.below(self.statuses.len())] } }),
            ),
            7 => say(
                person,
                "$input: ApiKeyCreateInput!",
                "apiKeyCreate(input: $input",
                json!({ "input": { "name": format!("k{number}") } }),
            ),
            8 => say(
                admin,
                "$id: ID!, $input: ChannelUpdateInput!",
                "channelUpdate(id: $id, input: $input",
                json!({ "id": self.channel, "input": { "name": format!("Canal {number}") } }),
            ),
            9 => say(
                person,
                "$input: ProspectCreateInput!",
                "prospectCreate(input: $input",
                json!({ "input": { "kind": "PERSON", "name": format!("P {number}"), "channelId": self.channel } }),
            ),
            10 => say(
                admin,
                "$id: ID!, $input: ProspectUpdateInput!",
                "prospectUpdate(id: $id, input: $input",
                json!({ "id": prospect, "input": { "name": format!("N {number}"), "emails": [{ "value": format!("n{number}@correo.example") }] } }),
            ),
            11 => say(
                admin,
                "$input: UserCreateInput!",
                "userCreate(input: $input",
                json!({ "input": { "name": "Nueva", "email": format!("nueva{number}@equipo.example"), "role": "SALES" } }),
            ),
            _ => say(
                admin,
                "$id: ID!, $input: ProspectConvertInput!",
                "prospectConvert(id: $id, input: $input",
                json!({ "id": prospect, "input": {} }),
            ),
        }
    }
}

both! {
    async fn writes_side_by_side_wait_in_no_circle(app: TestApp) {
        let is_postgres = app.core.db.backend() == DbBackend::Postgres;
        let server = app
            .with_settings(|settings| {
                settings.max_concurrent_requests_per_user = 64;
                settings.limits.bucket = 10_000_000;
            })
            .await;
        let changing = vec![app.add_person("Iris", cartera::auth::Role::Admin).await, app.add_person("Nora", cartera::auth::Role::Admin).await];
        let prospects = join_all((0..4).map(|_| app.prospect().owner(&app.ana).create())).await;
        let world = World {
            app: &server,
            people: vec![&server.ana, &server.luis, &server.admin],
            changing,
            prospects,
            channel: app.entry("Channel", "channel", json!({ "name": "Feria" })).await,
            task_type: app.task_type("Call"),
            statuses: vec![app.status("New"), app.status("Negotiation"), app.status("Won")],
        };
        let writers = (0..16).map(async |writer: usize| {
            let mut dice = Dice(writer as u64 + 1);
            let mut done = 0;
            for step in 0..12 {
                let number = writer * 100 + step;
                let (person, document, mut variables) = world.write(&mut dice, number);
                variables["key"] = json!(format!("key {number}"));
                let answer = person.run(&document, variables).await;
                assert_eq!((answer.status, answer.errors().len()), (200, 0), "{document}: {}", answer.text);
                done += usize::from(!answer.text.contains("\"code\""));
            }
            done
        });
        let done: usize = join_all(writers).await.into_iter().sum();
        assert!(done > 60, "of 192 writes only {done} found what they were about");
        if is_postgres {
            // Each connection tells at once what it knows of deadlocks, not only when it has rested for a while.
            let db = &server.core.db;
            let tell = "SELECT 1 FROM (SELECT pg_stat_force_next_flush()) flushed, pg_sleep(0.1)";
            let told = join_all((0..db.reader().size()).map(|_| db.reader().execute_unprepared(tell))).await;
            assert!(told.iter().all(Result::is_ok), "{told:?}");
            let deadlocks = "SELECT CAST(deadlocks AS text) FROM pg_stat_database WHERE datname = current_database()";
            assert_eq!(app.sql(deadlocks).await, ["0"]);
        }
        app.assert_sound().await;
    }
}
