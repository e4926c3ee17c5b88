//! What is asked: the same things of the server and of the comparison.

use serde_json::{Value, json};

use crate::client::{get, post};
use crate::ids;
use crate::load::{NUMBER, Questions, Requests};
use crate::samples::{Caller, Catalogs, Place};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    LeadCore,
    LeadList,
    LeadListCounted,
    ProspectCreate,
}

/// The same questions, put to both.
pub struct Pair {
    pub server: Questions,
    pub baseline: Questions,
}

const LEAD_CORE: &str = include_str!("../operations/lead_core.graphql");
const LEAD_LIST: &str = include_str!("../operations/lead_list.graphql");
const PROSPECT_CREATE: &str = include_str!("../operations/prospect_create.graphql");

impl Operation {
    pub const ALL: [Operation; 4] = [
        Operation::LeadCore,
        Operation::LeadList,
        Operation::LeadListCounted,
        Operation::ProspectCreate,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Operation::LeadCore => "lead core",
            Operation::LeadList => "lead list of 50, 10 entries each",
            Operation::LeadListCounted => "lead list with totalCount",
            Operation::ProspectCreate => "prospect create",
        }
    }

    /// What is asked of the server alone; only for what reads.
    pub fn server_questions(self, caller: &Caller) -> Questions {
        let is_core = self == Operation::LeadCore;
        let document = document(self == Operation::LeadListCounted);
        let requests = if is_core {
            any(&caller.prospects, |id| server_core(caller, &ids::encode("prs", *id)))
        } else {
            any(&caller.pages, |place| list_page(caller, &document, place))
        };
        Questions {
            requests,
            beginning: self.beginning(),
        }
    }

    pub fn questions(self, caller: &Caller, catalogs: &Catalogs) -> Pair {
        let (server, baseline) = match self {
            Operation::LeadCore => (
                self.server_questions(caller).requests,
                any(&caller.prospects, |id| get(&format!("/core/{id}"), &caller.token)),
            ),
            Operation::LeadList | Operation::LeadListCounted => {
                let counted = self == Operation::LeadListCounted;
                (
                    self.server_questions(caller).requests,
                    any(&caller.pages, |place| {
                        get(&format!("/list/{counted}/{}/{}", place.created_at, place.id), &caller.token)
                    }),
                )
            }
            Operation::ProspectCreate => (
                Requests::numbered(ask(caller, PROSPECT_CREATE, json!({ "input": input(catalogs, ids::encode) }))),
                Requests::numbered(post(
                    "/create",
                    Some(&caller.token),
                    &input(catalogs, |_, id| id.to_string()).to_string(),
                )),
            ),
        };
        let beginning = self.beginning();
        Pair {
            server: Questions {
                requests: server,
                beginning,
            },
            baseline: Questions {
                requests: baseline,
                beginning,
            },
        }
    }

    fn beginning(self) -> &'static str {
        match self {
            Operation::LeadCore => "{\"data\":{\"prospect\":{",
            Operation::LeadList | Operation::LeadListCounted => "{\"data\":{\"prospects\":{",
            Operation::ProspectCreate => "{\"data\":{\"prospectCreate\":{\"prospect\":{",
        }
    }
}

/// The request for one prospect with everything nested in it.
pub fn server_core(caller: &Caller, id: &str) -> Vec<u8> {
    ask(caller, LEAD_CORE, json!({ "id": id }))
}

/// The request for one page of the list.
fn list_page(caller: &Caller, document: &str, place: &Place) -> Vec<u8> {
    ask(caller, document, json!({ "first": 50, "entries": 10, "after": place.cursor }))
}

fn any<T>(all: &[T], request: impl Fn(&T) -> Vec<u8>) -> Requests {
    Requests::Any(all.iter().map(request).collect())
}

fn ask(caller: &Caller, document: &str, variables: Value) -> Vec<u8> {
    let body = json!({ "query": document, "variables": variables }).to_string();
    post("/graphql", Some(&caller.token), &body)
}

/// The list, with the line that counts or without it.
fn document(counted: bool) -> String {
    let lines = LEAD_LIST.lines().filter(|line| counted || line.trim() != "totalCount");
    lines.collect::<Vec<_>>().join("\n")
}

/// A whole new prospect, with `NUMBER` in all that has to be unique; `id` writes a reference to an entry of a catalogue.
pub fn input(catalogs: &Catalogs, id: impl Fn(&str, uuid::Uuid) -> String) -> Value {
    json!({
        "kind": "COMPANY",
        "name": format!("Suministros {NUMBER}"),
        "legalName": format!("Suministros {NUMBER} C.A."),
        "channelId": id("chn", catalogs.channel),
        "segmentId": id("seg", catalogs.segment),
        "potentialLevelId": id("lvl", catalogs.potential_level),
        "identifiers": [{ "typeId": id("idt", catalogs.identifier_type), "country": "VE", "number": format!("J-{NUMBER}") }],
        "emails": [{ "value": format!("ventas{NUMBER}@example.com"), "label": "work" }],
        "phones": [{ "value": "+58 212 5550100", "label": "office" }],
        "contacts": [
            {
                "firstName": "Luis", "lastName": "Rojas", "description": "Compras", "isMain": true,
                "emails": [{ "value": format!("luis{NUMBER}@example.com") }], "phones": [{ "value": "+58 414 5550101" }],
            },
            {
                "firstName": "Carmen", "lastName": "Blanco", "isMain": false,
                "emails": [{ "value": format!("carmen{NUMBER}@example.com") }], "phones": [],
            },
        ],
        "addresses": [{
            "country": "VE", "city": "Caracas", "municipality": "Libertador", "postalCode": "1010", "line": "Av. Principal 1",
            "location": { "latitude": 10.5, "longitude": -66.9 },
        }],
        "firstTouch": { "sourceId": id("src", catalogs.source), "medium": "cpc", "pageUrl": "https://example.com/form" },
    })
}
