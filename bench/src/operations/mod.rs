//! Typical requests of each kind, the same for the server and for both baselines.

mod documents;
mod filters;

use std::net::SocketAddr;

use serde_json::json;
use uuid::Uuid;

use crate::baseline::question::{Filter, List, Question};
use crate::client::post;
use crate::load::{Questions, Requests};
use crate::samples::{Caller, Catalogs, Position};
use crate::{Result, ids, samples};

pub use documents::{input, server_lead};
pub use filters::Filters;

/// Something that people of a role do.
pub struct Operation {
    what: What,
    pub role: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Lead,
    List { subset: Subset, depth: Depth, is_counted: bool },
    Nested,
    Tasks,
    History,
    Create,
}

/// Prospects of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subset {
    All,
    Several,
    One,
    Open,
    Tag,
    Word,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    First,
    Deep,
}

/// An operation with its requests.
pub struct Task {
    pub name: String,
    pub is_creation: bool,
    /// One for each user.
    pub pairs: Vec<Pair>,
}

/// The same questions in the words of the server and in those of the baselines.
pub struct Pair {
    pub server: Questions,
    pub baseline: Questions,
}

pub const ADMINISTRATOR: &str = "administrator";
pub const SALESPERSON: &str = "salesperson";
/// The page that is deep in a list, where the list is so long.
const DEEP: usize = 20;

const fn operation(role: &'static str, what: What) -> Operation {
    Operation { what, role }
}

const fn list(role: &'static str, subset: Subset, depth: Depth, is_counted: bool) -> Operation {
    operation(role, What::List { subset, depth, is_counted })
}

/// Not every subset in every form: what differs between forms differs alike for subsets of a kind.
pub const ALL: [Operation; 23] = [
    operation(ADMINISTRATOR, What::Lead),
    operation(SALESPERSON, What::Lead),
    list(ADMINISTRATOR, Subset::All, Depth::First, true),
    list(ADMINISTRATOR, Subset::All, Depth::First, false),
    list(ADMINISTRATOR, Subset::All, Depth::Deep, false),
    list(ADMINISTRATOR, Subset::Several, Depth::First, true),
    list(ADMINISTRATOR, Subset::Several, Depth::First, false),
    list(ADMINISTRATOR, Subset::Several, Depth::Deep, true),
    list(ADMINISTRATOR, Subset::One, Depth::First, true),
    list(ADMINISTRATOR, Subset::One, Depth::Deep, false),
    list(ADMINISTRATOR, Subset::Open, Depth::First, true),
    list(ADMINISTRATOR, Subset::Open, Depth::Deep, false),
    list(ADMINISTRATOR, Subset::Tag, Depth::First, true),
    list(ADMINISTRATOR, Subset::Word, Depth::First, true),
    list(ADMINISTRATOR, Subset::Word, Depth::First, false),
    list(ADMINISTRATOR, Subset::Word, Depth::Deep, false),
    list(SALESPERSON, Subset::All, Depth::First, true),
    list(SALESPERSON, Subset::All, Depth::Deep, false),
    operation(ADMINISTRATOR, What::Nested),
    operation(SALESPERSON, What::Tasks),
    operation(ADMINISTRATOR, What::History),
    operation(SALESPERSON, What::History),
    operation(ADMINISTRATOR, What::Create),
];

impl Operation {
    /// The requests of users of its role; None where the data lack what it needs.
    pub async fn task(&self, server: SocketAddr, users: &[&Caller], filters: &Filters, catalogs: &Catalogs) -> Result<Option<Task>> {
        if let What::List { depth: Depth::Deep, .. } = self.what {
            return self.deep(server, users, filters).await;
        }
        let pairs = users
            .iter()
            .filter_map(|user| self.pair(user, &Position::default(), filters, catalogs));
        let pairs: Vec<Pair> = pairs.collect();
        Ok((!pairs.is_empty()).then(|| Task {
            name: self.name(1),
            is_creation: self.what == What::Create,
            pairs,
        }))
    }

    /// Name of the operation before the length of its list is known.
    pub fn plan(&self) -> String {
        match self.what {
            What::List { depth: Depth::Deep, .. } => self.called(&format!("page {DEEP} or the last")),
            _ => self.name(1),
        }
    }

    fn name(&self, page: usize) -> String {
        self.called(&format!("page {page}"))
    }

    fn called(&self, page: &str) -> String {
        match self.what {
            What::Lead => "one lead with everything".to_owned(),
            What::List { subset, is_counted, .. } => {
                let total = if is_counted { ", total" } else { "" };
                format!("{}, {page}{total}", subset.name(self.role))
            }
            What::Nested => "20 prospects, 10 entries each".to_owned(),
            What::Tasks => "own planned tasks, total".to_owned(),
            What::History => "history".to_owned(),
            What::Create => "create a prospect".to_owned(),
        }
    }

    /// A page far from the start. Administrators see the same list, salespeople each their own.
    async fn deep(&self, server: SocketAddr, users: &[&Caller], filters: &Filters) -> Result<Option<Task>> {
        let What::List { subset, is_counted, .. } = self.what else {
            return Ok(None);
        };
        let filter = filters.of(subset);
        let variables = documents::variables(filter);
        let (mut pairs, mut page, mut shared) = (Vec::new(), 0, None);
        for user in users {
            let position = match &shared {
                Some(position) => Position::clone(position),
                None => {
                    let mut positions = samples::page_positions(server, &user.token, &variables, DEEP).await?;
                    let Some(last) = positions.pop().filter(|_| !positions.is_empty()) else {
                        continue;
                    };
                    page = Ord::max(page, positions.len() + 1);
                    if self.role == ADMINISTRATOR {
                        shared = Some(last.clone());
                    }
                    last
                }
            };
            pairs.push(list_page(user, filter, &position, is_counted));
        }
        Ok((!pairs.is_empty()).then(|| Task {
            name: self.name(page),
            is_creation: false,
            pairs,
        }))
    }

    fn pair(&self, user: &Caller, start: &Position, filters: &Filters, catalogs: &Catalogs) -> Option<Pair> {
        let leads = || user.prospects.iter();
        Some(match self.what {
            What::Lead if user.prospects.is_empty() => return None,
            What::Lead => Pair {
                server: lead_questions(user),
                baseline: baseline(user, leads().map(|id| Question::Lead(*id)), "prospect\":{"),
            },
            What::List { subset, is_counted, .. } => list_page(user, filters.of(subset), start, is_counted),
            What::Nested => Pair {
                server: server(user.pages.iter().map(|position| documents::nested(user, position)), "prospects\":{"),
                baseline: baseline(
                    user,
                    user.pages.iter().map(|position| Question::Nested(position.place)),
                    "prospects\":{",
                ),
            },
            What::Tasks => Pair {
                server: server([documents::tasks(user)], "tasks\":{"),
                baseline: baseline(user, [Question::Tasks(user.id)], "tasks\":{"),
            },
            What::History => Pair {
                server: server([documents::history(user)], "timeline\":{"),
                baseline: baseline(user, [Question::History], "timeline\":{"),
            },
            What::Create => creation(user, catalogs),
        })
    }
}

impl Subset {
    fn name(self, role: &str) -> &'static str {
        match self {
            Subset::All if role == SALESPERSON => "own list",
            Subset::All => "whole list",
            Subset::Several => "list: 4 statuses, 3 channels, 90 days",
            Subset::One => "list: 1 status, 1 channel, 90 days",
            Subset::Open => "list: open, 90 days",
            Subset::Tag => "list: a rare tag",
            Subset::Word => "list: a word",
        }
    }
}

/// Leads by chance, asked of the server alone.
pub fn lead_questions(user: &Caller) -> Questions {
    let requests = user.prospects.iter().map(|id| server_lead(user, &ids::encode("prs", *id)));
    server(requests, "prospect\":{")
}

/// Pages of the whole list with entries and total, asked of the server alone.
pub fn list_questions(user: &Caller) -> Questions {
    let requests = user.pages.iter().map(|position| documents::list_with_entries(user, position));
    server(requests, "prospects\":{")
}

fn list_page(user: &Caller, filter: &Filter, position: &Position, is_counted: bool) -> Pair {
    let list = List {
        filter: filter.clone(),
        after: position.place,
        is_counted,
    };
    let beginning = if is_counted {
        "prospects\":{\"totalCount\":"
    } else {
        "prospects\":{\"pageInfo\":"
    };
    Pair {
        server: server([documents::list(user, filter, position, is_counted)], beginning),
        baseline: baseline(user, [Question::List(list)], beginning),
    }
}

fn creation(user: &Caller, catalogs: &Catalogs) -> Pair {
    const BEGINNING: &str = "{\"data\":{\"prospectCreate\":{\"prospect\":{";
    let own = input(catalogs, |_, id: Uuid| id.to_string()).to_string();
    Pair {
        server: Questions {
            requests: Requests::numbered(documents::create(user, &json!({ "input": input(catalogs, ids::encode) }))),
            beginning: BEGINNING.to_owned(),
        },
        baseline: Questions {
            requests: Requests::numbered(post("/create", Some(&user.token), &own)),
            beginning: BEGINNING.to_owned(),
        },
    }
}

fn server(requests: impl IntoIterator<Item = Vec<u8>>, beginning: &str) -> Questions {
    Questions {
        requests: Requests::Any(requests.into_iter().collect()),
        beginning: format!("{{\"data\":{{\"{beginning}"),
    }
}

fn baseline(user: &Caller, questions: impl IntoIterator<Item = Question>, beginning: &str) -> Questions {
    let request = |question: Question| post("/ask", Some(&user.token), &json!(question).to_string());
    Questions {
        requests: Requests::Any(questions.into_iter().map(request).collect()),
        beginning: format!("{{\"data\":{{\"{beginning}"),
    }
}
