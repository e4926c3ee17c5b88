//! Named people who send documents to the server.

use cartera::auth::Role;
use cartera::entities::access::user;
use cartera::ids;
use cartera::text::fold;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Answer;

/// Password of all people.
pub const PASSWORD: &str = "correct horse battery staple";

/// Its hash, made once as the server would.
const PASSWORD_HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$rjltKNU41Np8RZVM5r+/9w$35+Jh8JnH4gaS147LqwuqM52+jV9Ik8X9OLFA0wa2cM";

/// A caller of the server; cheap to clone.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub uuid: Uuid,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// None: not signed in.
    pub token: Option<String>,
    pub session_id: Option<Uuid>,
    pub(super) url: String,
    pub(super) http: reqwest::Client,
}

impl Person {
    /// An anonymous caller.
    pub fn anonymous(url: &str) -> Person {
        Person {
            id: String::new(),
            uuid: Uuid::nil(),
            name: String::new(),
            email: String::new(),
            role: Role::Sales,
            token: None,
            session_id: None,
            url: url.to_owned(),
            http: reqwest::Client::new(),
        }
    }

    /// The same person in front of another server.
    pub fn at(&self, url: &str) -> Person {
        Person {
            url: url.to_owned(),
            ..self.clone()
        }
    }

    /// The same person with another token, or none.
    pub fn with_token(&self, token: Option<&str>) -> Person {
        Person {
            token: token.map(str::to_owned),
            ..self.clone()
        }
    }

    /// A request that carries the person's token, to be filled in.
    pub fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends any JSON body.
    pub async fn post(&self, body: &Value) -> Answer {
        let request = self
            .request(reqwest::Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .json(body);
        Answer::read(request.send().await.expect("the server answers")).await
    }

    pub async fn run(&self, document: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": document, "variables": variables })).await
    }

    /// Runs one operation of a document that holds several.
    pub async fn run_operation(&self, document: &str, name: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": document, "operationName": name, "variables": variables }))
            .await
    }

    /// The data of a document that must not fail.
    #[track_caller]
    pub fn query(&self, document: &str, variables: Value) -> impl Future<Output = Value> {
        let place = std::panic::Location::caller();
        let running = self.clone();
        let document = document.to_owned();
        async move {
            let answer = running.run(&document, variables).await;
            assert!(answer.errors().is_empty(), "at {place}: {}", answer.text);
            answer.body["data"].clone()
        }
    }
}

/// A user as the resolvers would make it, but for the hash that is known already.
pub fn model(name: &str, role: Role, now: i64) -> user::Model {
    let local: String = fold(name).chars().map(|letter| if letter == ' ' { '.' } else { letter }).collect();
    let email = format!("{local}@equipo.example");
    user::Model {
        id: ids::new(),
        email_norm: email.clone(),
        email,
        name: name.to_owned(),
        name_norm: fold(name),
        role,
        password_hash: PASSWORD_HASH.to_owned(),
        locale: "es-VE".to_owned(),
        time_zone: "America/Caracas".to_owned(),
        is_active: true,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}
