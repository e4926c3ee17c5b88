//! Records of the writes, few enough that they meet, and the arguments of each mutation.

use std::collections::BTreeMap;
use std::sync::Mutex;

use cartera::auth::Role;
use cartera::ids::Kind;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use sea_orm::DbBackend;
use serde_json::{Value, json};

use crate::support::{Answer, CatalogNames, Made, PASSWORD, Person, TestApp, catalog_of, catalogs, count_by_kind, operations, tile};

/// One call of a mutation.
pub struct Write {
    pub sender: Person,
    /// The arguments but the key.
    pub variables: Value,
    /// A concurrent second call of the mutation on the same object.
    pub twin: Option<Value>,
}

pub struct World {
    /// Over one database. On PostgreSQL there are two, so that nothing in the memory of a server keeps writes apart.
    pub servers: Vec<TestApp>,
    /// Users who end their own sessions and replace their passwords.
    guests: Vec<Person>,
    /// Users who get other names, e-mails, roles and passwords.
    changing: Vec<Person>,
    /// Users who are deactivated, which hands over what is theirs, and reactivated.
    leaving: Vec<Person>,
    /// A key of a salesperson that stays.
    program: Person,
    /// Prospects that are always there; the first of them change their status.
    open: Vec<Made>,
    /// Prospects that become clients and prospects again.
    buying: Vec<Made>,
    /// Prospects that are deleted and restored.
    fleeting: Vec<Made>,
    notes: Vec<String>,
    /// Of the sectors.
    zone: String,
    /// Entries of each catalogue that no record has.
    entries: BTreeMap<&'static str, Vec<String>>,
    /// Jobs of several users, which are cancelled and queued again.
    jobs: Vec<Made>,
    /// Of an administrator.
    saved_report: Made,
    dashboard: Made,
    /// API keys that may be revoked.
    keys: Mutex<Vec<String>>,
    statuses: BTreeMap<&'static str, String>,
    reason: String,
    channel: String,
    task_type: String,
    identifier_type: String,
    client_levels: [String; 2],
}

/// Number of open prospects that change their status.
const MOVING: usize = 4;
/// Document numbers that all updates of prospects want.
const NUMBERS: usize = 6;
const HOUR: i64 = 60 * 60 * 1000;

const LOOK: &str = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Prospect {
    id condition status { id category } cycle { id } identifiers { id } emails { id } contacts { id } addresses { id }
    tasks(first: 3, filter: { state: { eq: PLANNED } }) { nodes { id } } } } }";

/// Whether a mutation changes a catalogue, or definitions of attributes.
pub fn is_of_catalog(mutation: &str) -> bool {
    catalog_of(mutation).is_some() || mutation.starts_with("attributeDefinition")
}

impl World {
    pub async fn create(app: &TestApp) -> World {
        let zone = app.entry("Zone", "zone", json!({ "name": "Centro" })).await;
        for number in 0..3 {
            app.attribute(json!({ "entity": "TASK", "key": format!("own{number}"), "type": "TEXT" }))
                .await;
        }
        let mut entries = BTreeMap::new();
        for CatalogNames { node, one, .. } in catalogs() {
            let mut ids = Vec::new();
            for number in 0..3 {
                ids.push(
                    app.entry(node, one, TestApp::new_entry(one, &zone, &format!("Propia {number}")))
                        .await,
                );
            }
            entries.insert(one, ids);
        }
        let guests = add_people(app, &[("Gema Huésped", Role::Sales), ("Hugo Huésped", Role::Sales)]).await;
        let changing = [
            ("Carla Cambiante", Role::Admin),
            ("Ciro Cambiante", Role::Admin),
            ("Celia Cambiante", Role::Admin),
            ("Cosme Cambiante", Role::Sales),
        ];
        let changing = add_people(app, &changing).await;
        let leaving = [
            ("Sara Saliente", Role::Admin),
            ("Saúl Saliente", Role::Admin),
            ("Sonia Saliente", Role::Sales),
        ];
        let leaving = add_people(app, &leaving).await;
        let (mut open, mut notes) = (Vec::new(), Vec::new());
        for number in 0..6 {
            let made = app.prospect().owner(&app.ana).complete(&format!("abierto{number}")).create().await;
            for assignee in &changing[..3] {
                let task = json!({ "assigneeId": assignee.id, "repeatRule": "FREQ=DAILY" });
                app.task(&app.admin, &made, task).await;
            }
            notes.push(Kind::Note.encode(app.note(&app.admin, &made, "hola").await.uuid));
            open.push(made);
        }
        let (mut buying, mut fleeting) = (Vec::new(), Vec::new());
        for number in 0..4 {
            let made = app.prospect().owner(&app.luis).create().await;
            if number % 2 == 0 {
                app.convert(&app.admin, &made).await;
            }
            buying.push(made);
            fleeting.push(app.prospect().owner(&app.luis).create().await);
        }
        let mut keys = Vec::new();
        for number in 0..8 {
            keys.push(add_key(&guests[number % 2], number).await.0);
        }
        let mut jobs = Vec::new();
        for user in [None, Some(&app.ana), Some(&changing[0]), Some(&leaving[0])] {
            jobs.push(app.job(user).await);
            jobs.push(app.job(user).await);
        }
        let (_, token) = add_key(&app.ana, 8).await;
        let saved_report = app.saved_report(&app.admin, json!({ "isShared": true })).await;
        let dashboard = app.dashboard(&app.admin, "Tablero", &[&saved_report]).await;
        World {
            program: app.ana.with_token(Some(&token)),
            servers: servers(app).await,
            guests,
            changing,
            leaving,
            open,
            buying,
            fleeting,
            notes,
            zone,
            jobs,
            saved_report,
            dashboard,
            entries,
            keys: Mutex::new(keys),
            statuses: ["New", "Negotiation", "Won", "Lost"].map(|name| (name, app.status(name))).into(),
            reason: app.reason("No budget"),
            channel: app.channel("Shop"),
            task_type: app.task_type("Call"),
            identifier_type: app.identifier_type("Other document"),
            client_levels: ["High", "Not yet evaluated"].map(|name| app.client_level(name)),
        }
    }

    /// Arguments of a mutation; None if it is unknown.
    pub async fn write(&self, mutation: &str, dice: &mut StdRng, number: usize) -> Option<Write> {
        if let Some((CatalogNames { one, many, .. }, action)) = catalog_of(mutation) {
            return Some(self.catalog_write(one, many, action, dice, number).await);
        }
        if let Some(action) = mutation.strip_prefix("attributeDefinition") {
            return Some(self.definition_write(action, dice, number).await);
        }
        match self.account_write(mutation, dice, number).await {
            Some(write) => Some(write),
            None => self.record_write(mutation, dice, number).await,
        }
    }

    /// Takes in what a call made.
    pub fn learn(&self, mutation: &str, answer: &Answer) {
        if let Some(id) = answer.body["data"][mutation]["apiKey"]["id"].as_str()
            && mutation == "apiKeyCreate"
        {
            self.keys.lock().expect("the lock is not poisoned").push(id.to_owned());
        }
    }

    pub fn server(&self, dice: &mut StdRng) -> &TestApp {
        self.servers.choose(dice).expect("a server")
    }

    /// Whether others change the user, or end their sessions.
    pub fn is_changed(&self, person: &Person) -> bool {
        self.accounts().iter().any(|other| other.uuid == person.uuid)
    }

    async fn catalog_write(&self, one: &str, many: &str, action: &str, dice: &mut StdRng, number: usize) -> Write {
        let ours = &self.entries[one];
        let variables = match action {
            "Create" => json!({ "input": TestApp::new_entry(one, &self.zone, &format!("Nueva {number}")) }),
            "Update" => json!({ "id": ours.choose(dice), "input": { "name": format!("Otra {number}") } }),
            "Reorder" => {
                let listed = self.listed(one, many).await;
                let mut ids: Vec<String> = listed.into_iter().filter(|(_, is_retired)| !is_retired).map(|(id, _)| id).collect();
                ids.shuffle(dice);
                json!({ "input": { "ids": ids } })
            }
            // Those that are not retired yet are retired, and those that are are restored.
            _ => {
                let listed = self.listed(one, many).await;
                let is_retired = |id: &String| listed.iter().any(|(other, is_retired)| other == id && *is_retired);
                let fitting: Vec<&String> = ours.iter().filter(|id| is_retired(id) == (action == "Restore")).collect();
                json!({ "id": fitting.choose(dice).copied().or(ours.first()) })
            }
        };
        // This server has just written the order, so its cache is current.
        let server = &self.servers[0];
        let sender = [&server.admin, &server.other_admin].choose(dice).copied().expect("a person");
        call(sender.clone(), variables)
    }

    /// Writes of definitions; each second update looks at all values.
    async fn definition_write(&self, action: &str, dice: &mut StdRng, number: usize) -> Write {
        let server = &self.servers[0];
        let document = "{ attributeDefinitions(entity: TASK) { id isRetired } }";
        let data = server.admin.query(document, json!({})).await;
        let listed = data["attributeDefinitions"].as_array().expect("a list").clone();
        let fitting = |is_retired: bool| {
            listed
                .iter()
                .filter(move |one| one["isRetired"] == json!(is_retired))
                .map(|one| one["id"].clone())
        };
        let any: Vec<serde_json::Value> = fitting(action == "Restore").collect();
        let any = any.choose(dice).cloned().unwrap_or_else(|| listed[0]["id"].clone());
        let variables = match action {
            "Create" => json!({ "input": { "entity": "TASK", "key": format!("k{number}"), "label": "Nuevo", "type": "TEXT" } }),
            "Update" if dice.random_range(0..2) == 0 => {
                let most = dice.random_range(10..200);
                json!({ "id": any, "input": { "validation": { "maxLength": most } } })
            }
            "Update" => json!({ "id": any, "input": { "label": format!("Otro {number}") } }),
            "Reorder" => {
                let mut ids: Vec<serde_json::Value> = fitting(false).collect();
                ids.shuffle(dice);
                json!({ "input": { "entity": "TASK", "ids": ids } })
            }
            _ => json!({ "id": any }),
        };
        let sender = [&server.admin, &server.other_admin].choose(dice).copied().expect("a person");
        call(sender.clone(), variables)
    }

    async fn record_write(&self, mutation: &str, dice: &mut StdRng, number: usize) -> Option<Write> {
        let sender = self.worker(dice).await;
        let variables = match mutation {
            "prospectCreate" => {
                let numbers = ["A", "B"].map(|letter| self.identifier(&format!("{letter}{number}")));
                let reversed = [&numbers[1], &numbers[0]];
                let mut input = json!({ "kind": "PERSON", "name": format!("Nuevo {number}"), "channelId": self.channel });
                if sender.role == Role::Admin {
                    input["ownerId"] = json!(self.receiver(dice).id);
                    input["nextTask"] = json!({ "typeId": self.task_type, "dueAt": self.due(dice), "assigneeId": self.assignee(dice).id });
                }
                let mut twin = input.clone();
                input["identifiers"] = json!(numbers);
                twin["identifiers"] = json!(reversed);
                return Some(Write {
                    sender,
                    variables: json!({ "input": input }),
                    twin: (dice.random_range(0..3) == 0).then(|| json!({ "input": twin })),
                });
            }
            "prospectUpdate" => return Some(self.prospect_update(sender, dice, number).await),
            "prospectStatusChange" => {
                let one = self.look(&self.open[..MOVING], dice).await.swap_remove(0);
                let is_open = one["status"]["category"] == "OPEN";
                let names: &[&str] = if is_open {
                    &["New", "Negotiation", "Won", "Lost"]
                } else {
                    &["New", "Negotiation"]
                };
                let others: Vec<&str> = names
                    .iter()
                    .map(|name| &self.statuses[*name][..])
                    .filter(|id| one["status"]["id"] != json!(id))
                    .collect();
                let target = others.choose(dice).copied().expect("another status");
                let mut input = json!({ "statusId": target });
                if target == self.statuses["Lost"] {
                    input["reasonId"] = json!(self.reason);
                }
                if !is_open {
                    let is_client = one["condition"] == "CLIENT";
                    // A correction brings back the tasks that were planned.
                    let is_new_cycle = is_client && dice.random_range(0..3) == 0;
                    input["reopenAs"] = json!(if is_new_cycle { "RETURNING" } else { "CORRECTION" });
                }
                json!({ "id": one["id"], "input": input })
            }
            "prospectConvert" => {
                let one = self.buyer("PROSPECT", dice).await;
                json!({ "id": one.id, "input": { "potentialLevelId": self.client_levels.choose(dice) } })
            }
            "clientUnconvert" => {
                let one = self.buyer("CLIENT", dice).await;
                json!({ "id": one.client_id(), "input": { "reason": "un error" } })
            }
            "clientUpdate" => {
                let one = self.buyer("CLIENT", dice).await;
                json!({ "id": one.client_id(), "input": { "potentialLevelId": self.client_levels.choose(dice) } })
            }
            "cycleUpdate" => {
                let one = self.look(&self.open, dice).await.swap_remove(0);
                json!({ "id": one["cycle"]["id"], "input": { "amount": { "amount": format!("{number}.50"), "currency": "EUR" } } })
            }
            "prospectOwnerChange" => {
                json!({ "id": self.prospect(dice).id, "input": { "ownerId": self.receiver(dice).id, "reason": "un relevo" } })
            }
            "jobCancel" | "jobRetry" => {
                let wanted = if mutation == "jobCancel" { "QUEUED" } else { "CANCELLED" };
                return Some(call(self.admin(dice), json!({ "id": self.job(wanted, dice).await })));
            }
            "prospectDelete" | "prospectRestore" => {
                let seen = self.look(&self.fleeting, dice).await;
                let is_deleted = |made: &Made| !seen.iter().any(|one| one["id"] == json!(made.id));
                let is_wanted = |made: &&Made| is_deleted(made) == (mutation == "prospectRestore");
                let fitting: Vec<&Made> = self.fleeting.iter().filter(is_wanted).collect();
                let made = fitting.choose(dice).copied().unwrap_or(&self.fleeting[0]);
                return Some(call(self.admin(dice), json!({ "id": made.id })));
            }
            "noteCreate" => json!({ "prospectId": self.prospect(dice).id, "input": { "body": "hola" } }),
            "interactionLog" => {
                let input = json!({ "type": "CALL", "direction": "OUTGOING", "body": "hola" });
                json!({ "prospectId": self.prospect(dice).id, "input": input })
            }
            "noteUpdate" => {
                let variables = json!({ "id": self.notes.choose(dice), "input": { "body": format!("hola {number}") } });
                return Some(call(self.admin(dice), variables));
            }
            "notePin" | "noteUnpin" => json!({ "id": self.notes.choose(dice) }),
            "taskCreate" => {
                let prospect = &self.open.choose(dice).expect("a prospect").id;
                let mut input = json!({ "typeId": self.task_type, "dueAt": self.due(dice), "assigneeId": self.assignee(dice).id });
                if dice.random_range(0..2) == 0 {
                    input["repeatRule"] = json!("FREQ=DAILY");
                }
                json!({ "prospectId": prospect, "input": input })
            }
            "documentUpload" => {
                let sender = self.admin(dice);
                let upload = self.servers[0].ready_upload(&sender, "a.txt").await;
                let prospect = self.open.choose(dice).expect("a prospect");
                let variables = json!({ "prospectId": prospect.id, "input": { "uploadId": upload.id } });
                return Some(call(sender, variables));
            }
            // Not by those who send whole files: a user has few at once.
            "documentUploadCreate" => {
                let sender = self.server(dice).luis.clone();
                return Some(call(sender, json!({ "input": { "size": 5, "fileName": "a.txt" } })));
            }
            "documentUpdate" | "documentDelete" | "documentRestore" => {
                let document = self.document(mutation == "documentRestore", dice).await;
                let mut variables = json!({ "id": document });
                if mutation == "documentUpdate" {
                    variables["input"] = json!({ "name": format!("Documento {number}") });
                }
                return Some(call(self.admin(dice), variables));
            }
            "savedReportCreate" => json!({ "input": { "name": format!("Nuevo {number}"), "definition": count_by_kind() } }),
            "savedReportUpdate" => {
                let variables = json!({ "id": self.saved_report.id, "input": { "name": format!("Otro {number}") } });
                return Some(call(self.admin(dice), variables));
            }
            "dashboardCreate" => {
                let tiles = [tile(&self.saved_report.id, 1)];
                let input = json!({ "name": format!("Nuevo {number}"), "tiles": tiles });
                return Some(call(self.admin(dice), json!({ "input": input })));
            }
            "dashboardUpdate" => {
                let input = json!({ "name": format!("Otro {number}"), "tiles": [tile(&self.saved_report.id, 2)] });
                return Some(call(self.admin(dice), json!({ "id": self.dashboard.id, "input": input })));
            }
            "savedReportDelete" | "dashboardDelete" => {
                let sender = self.admin(dice);
                let server = &self.servers[0];
                let report = server.saved_report(&server.admin, json!({})).await;
                let made = if mutation == "dashboardDelete" {
                    server.dashboard(&server.admin, "Breve", &[&report]).await
                } else {
                    report
                };
                return Some(call(sender, json!({ "id": made.id })));
            }
            "taskUpdate" => json!({ "id": self.task(dice).await, "input": { "note": format!("nota {number}") } }),
            "taskAssign" => json!({ "id": self.task(dice).await, "input": { "assigneeId": self.assignee(dice).id } }),
            "taskPostpone" => json!({ "id": self.task(dice).await, "input": { "dueAt": self.due(dice) } }),
            "taskComplete" | "taskCancel" => json!({ "id": self.task(dice).await, "input": { "note": "listo" } }),
            _ => return None,
        };
        Some(call(sender, variables))
    }

    /// A document that is deleted, or one that is not; a new one if there is none.
    async fn document(&self, is_deleted: bool, dice: &mut StdRng) -> String {
        let server = &self.servers[0];
        let list = if is_deleted { "deletedDocuments" } else { "documents" };
        let data = server
            .admin
            .query(&format!("{{ list: {list} {{ nodes {{ id }} }} }}"), json!({}))
            .await;
        let found = data["list"]["nodes"].as_array().expect("a list").choose(dice).cloned();
        match found {
            Some(document) => document["id"].as_str().expect("an id").to_owned(),
            None => server.document(&server.admin, &self.open[0], "a.txt", b"a").await.id,
        }
    }

    async fn prospect_update(&self, sender: Person, dice: &mut StdRng, number: usize) -> Write {
        let seen = self.look(&self.open, dice).await;
        let (one, other) = (&seen[0], &seen[1]);
        let ids = |of: &Value, list: &str| -> Vec<Value> {
            let rows = of[list].as_array().expect("a list");
            rows.iter().map(|row| row["id"].clone()).collect()
        };
        match dice.random_range(0..4) {
            // Two prospects want the same two numbers, in opposite orders.
            0 => {
                let mut numbers: Vec<Value> = (0..NUMBERS).map(|number| self.identifier(&format!("DOC-{number}"))).collect();
                numbers.shuffle(dice);
                numbers.truncate(2);
                let want = |of: &Value, numbers: &[Value]| {
                    let input = json!({ "removeIdentifierIds": ids(of, "identifiers"), "identifiers": numbers });
                    json!({ "id": of["id"], "input": input })
                };
                let variables = want(one, &numbers);
                numbers.reverse();
                let twin = Some(want(other, &numbers));
                Write { sender, variables, twin }
            }
            1 => {
                let contact = json!({ "id": one["contacts"][0]["id"], "lastName": format!("Apellido {number}") });
                let address = json!({ "id": one["addresses"][0]["id"], "city": format!("Ciudad {number}") });
                let removed = ids(one, "identifiers");
                let input = json!({ "contacts": [contact], "addresses": [address], "removeIdentifierIds": removed });
                call(sender, json!({ "id": one["id"], "input": input }))
            }
            _ => {
                let email = json!({ "value": format!("n{number}@correo.example") });
                let input = json!({ "name": format!("Nombre {number}"), "removeEmailIds": ids(one, "emails"), "emails": [email] });
                call(sender, json!({ "id": one["id"], "input": input }))
            }
        }
    }

    async fn account_write(&self, mutation: &str, dice: &mut StdRng, number: usize) -> Option<Write> {
        let server = self.server(dice);
        Some(match mutation {
            "userCreate" => {
                let email = format!("nueva{number}@equipo.example");
                call(
                    self.admin(dice),
                    json!({ "input": { "name": "Nueva", "email": email, "role": "SALES" } }),
                )
            }
            "userUpdate" => {
                let left = self.of_leaving(false).await;
                let back = left.choose(dice).copied().filter(|_| dice.random_range(0..4) > 0);
                let variables = match back {
                    Some(person) => json!({ "id": person.id, "input": { "isActive": true } }),
                    None => {
                        let person = self.changing.choose(dice).expect("a user");
                        let role = if dice.random_range(0..3) == 0 { "SALES" } else { "ADMIN" };
                        let email = format!("cambio{number}@equipo.example");
                        json!({ "id": person.id, "input": { "name": format!("Cambio {number}"), "email": email, "role": role } })
                    }
                };
                call(self.admin(dice), variables)
            }
            "userDeactivate" => {
                let there = self.of_leaving(true).await;
                let person = there.choose(dice).copied().unwrap_or(&self.leaving[0]);
                let heirs = [&server.ana, &server.luis, &server.admin, &self.changing[0], &self.changing[1]];
                let heir = heirs.choose(dice).expect("a user");
                call(self.admin(dice), json!({ "id": person.id, "input": { "transferToId": heir.id } }))
            }
            "userPasswordReset" => {
                let all: Vec<&Person> = self.changing.iter().chain(&self.leaving).collect();
                let person = all.choose(dice).expect("a user");
                call(self.admin(dice), json!({ "id": person.id, "input": { "password": PASSWORD } }))
            }
            "userPasswordUpdate" => {
                let input = json!({ "currentPassword": PASSWORD, "newPassword": PASSWORD });
                call(self.account(dice).await, json!({ "input": input }))
            }
            "userProfileUpdate" => {
                let sender = match dice.random_range(0..4) {
                    0 => server.ana.clone(),
                    1 => server.admin.clone(),
                    _ => self.account(dice).await,
                };
                call(sender, json!({ "input": { "name": format!("Perfil {number}") } }))
            }
            "sessionCreate" => {
                let all: Vec<&Person> = self.guests.iter().chain(&self.leaving).collect();
                let person = all.choose(dice).expect("a user");
                call(
                    server.anonymous.clone(),
                    json!({ "input": { "email": person.email, "password": PASSWORD } }),
                )
            }
            "sessionEnd" | "sessionRevokeOthers" => call(self.account(dice).await, json!({})),
            "sessionRevoke" => {
                let session = self.account(dice).await;
                let sender = match dice.random_range(0..2) {
                    0 => self.admin(dice),
                    _ => server.with_session(&session).await,
                };
                let id = Kind::Session.encode(session.session_id.expect("a session"));
                call(sender, json!({ "id": id }))
            }
            "apiKeyCreate" => call(
                self.account(dice).await,
                json!({ "input": { "name": format!("Informe {number}") } }),
            ),
            "apiKeyRevoke" => {
                let id = self.keys.lock().expect("the lock is not poisoned").pop();
                call(self.admin(dice), json!({ "id": id.unwrap_or_else(|| "nonsense".to_owned()) }))
            }
            _ => return None,
        })
    }

    /// Entries of a catalogue, and whether they are retired; of sectors those of one zone.
    async fn listed(&self, one: &str, many: &str) -> Vec<(String, bool)> {
        let admin = &self.servers[0].admin;
        let rows = if one == "sector" {
            let document = "query ($id: ID!) { node(id: $id) { ... on Zone { sectors { id isRetired } } } }";
            admin.query(document, json!({ "id": self.zone })).await["node"]["sectors"].clone()
        } else {
            admin.query(&format!("{{ {many} {{ id isRetired }} }}"), json!({})).await[many].clone()
        };
        let rows = rows.as_array().expect("a list").iter();
        rows.map(|row| (row["id"].as_str().expect("an id").to_owned(), row["isRetired"] == true))
            .collect()
    }

    /// The prospects of these that are not deleted, in any order.
    async fn look(&self, prospects: &[Made], dice: &mut StdRng) -> Vec<Value> {
        let ids: Vec<&str> = prospects.iter().map(|made| &made.id[..]).collect();
        let data = self.servers[0].admin.query(LOOK, json!({ "ids": ids })).await;
        let nodes = data["nodes"].as_array().expect("a list").iter();
        let mut seen: Vec<Value> = nodes.filter(|node| node.is_object()).cloned().collect();
        seen.shuffle(dice);
        seen
    }

    /// A prospect that is in this condition, or was shortly before.
    async fn buyer(&self, condition: &str, dice: &mut StdRng) -> Made {
        let seen = self.look(&self.buying, dice).await;
        let one = seen.iter().find(|one| one["condition"] == condition).unwrap_or(&seen[0]);
        Made::new(one["id"].as_str().expect("an id"))
    }

    /// The id of a planned task; of none where there is none.
    async fn task(&self, dice: &mut StdRng) -> String {
        let seen = self.look(&self.open, dice).await;
        let tasks = seen.iter().flat_map(|one| one["tasks"]["nodes"].as_array().expect("a list"));
        let ids: Vec<&str> = tasks.filter_map(|task| task["id"].as_str()).collect();
        ids.choose(dice).copied().unwrap_or("nonsense").to_owned()
    }

    /// The id of a job that is in this state, or was a moment ago.
    async fn job(&self, state: &str, dice: &mut StdRng) -> String {
        let document = "query ($filter: JobFilter) { jobs(filter: $filter) { nodes { id } } }";
        let variables = json!({ "filter": { "state": { "eq": state } } });
        let data = self.servers[0].admin.query(document, variables).await;
        let found = data["jobs"]["nodes"].as_array().expect("a list").iter();
        let ids: Vec<&str> = found.filter_map(|job| job["id"].as_str()).collect();
        let any = &self.jobs.choose(dice).expect("a job").id;
        ids.choose(dice).copied().unwrap_or(any).to_owned()
    }

    fn identifier(&self, number: &str) -> Value {
        json!({ "typeId": self.identifier_type, "country": "VE", "number": number })
    }

    fn due(&self, dice: &mut StdRng) -> String {
        let hours: i64 = dice.random_range(1..100);
        self.servers[0].time(hours * HOUR)
    }

    fn prospect(&self, dice: &mut StdRng) -> &Made {
        let all: Vec<&Made> = self.open.iter().chain(&self.buying).chain(&self.fleeting).collect();
        all.choose(dice).copied().expect("a prospect")
    }

    /// A user who is assigned a prospect.
    fn receiver(&self, dice: &mut StdRng) -> &Person {
        let server = &self.servers[0];
        let mut all = vec![&server.admin, &server.ana, &server.luis];
        all.extend(self.changing.iter().chain(&self.leaving));
        all.choose(dice).copied().expect("a user")
    }

    /// A user who is assigned a task: an administrator, unless they are being changed.
    fn assignee(&self, dice: &mut StdRng) -> &Person {
        let server = &self.servers[0];
        let mut all = vec![&server.admin, &server.other_admin];
        all.extend(self.changing.iter().chain(&self.leaving[..2]));
        all.choose(dice).copied().expect("a user")
    }

    /// An administrator who stays one.
    fn admin(&self, dice: &mut StdRng) -> Person {
        let server = self.server(dice);
        let sender = [&server.admin, &server.other_admin].choose(dice).copied().expect("a person");
        sender.clone()
    }

    /// A user who writes to records: mostly administrators, who see them all.
    async fn worker(&self, dice: &mut StdRng) -> Person {
        let server = self.server(dice);
        match dice.random_range(0..10) {
            0 => server.ana.clone(),
            1 => server.luis.clone(),
            2 => self.program.at(&server.url),
            3 => {
                let person = self.changing.choose(dice).expect("a user");
                server.with_session(person).await
            }
            _ => self.admin(dice),
        }
    }

    fn accounts(&self) -> Vec<&Person> {
        self.guests.iter().chain(&self.changing).chain(&self.leaving).collect()
    }

    /// A user whose account changes, with a session that has just begun.
    async fn account(&self, dice: &mut StdRng) -> Person {
        let server = self.server(dice);
        let person = self.accounts().choose(dice).copied().expect("a user");
        server.with_session(person).await
    }

    /// Those of `leaving` who are active, or who are not.
    async fn of_leaving(&self, are_active: bool) -> Vec<&Person> {
        let active = self.servers[0].sql("SELECT email FROM users WHERE is_active").await;
        let people = self.leaving.iter();
        people.filter(|person| active.contains(&person.email) == are_active).collect()
    }
}

fn call(sender: Person, variables: Value) -> Write {
    Write {
        sender,
        variables,
        twin: None,
    }
}

/// The input of an entry of a catalogue.
async fn servers(app: &TestApp) -> Vec<TestApp> {
    let many = if app.core.db.backend() == DbBackend::Postgres { 2 } else { 1 };
    let mut servers = Vec::new();
    for _ in 0..many {
        let server = app.with_settings(|settings| {
            settings.max_concurrent_requests_per_user = 64;
            settings.postgres_connections = 12;
            // Sign-ins of users who are deactivated fail, which is not what this is about.
            settings.login_failures_per_account = 1_000_000;
            settings.login_failures_per_address = 1_000_000;
        });
        servers.push(server.await);
    }
    servers
}

async fn add_people(app: &TestApp, people: &[(&str, Role)]) -> Vec<Person> {
    let mut added = Vec::new();
    for (name, role) in people {
        added.push(app.add_person(name, *role).await);
    }
    added
}

/// The id of a new API key, and the key itself.
async fn add_key(person: &Person, number: usize) -> (String, String) {
    let input = json!({ "name": format!("Clave {number}"), "scope": "FULL" });
    let answer = person
        .run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": input }))
        .await;
    let payload = answer.payload("apiKeyCreate");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&payload["apiKey"]["id"]), text(&payload["key"]))
}
