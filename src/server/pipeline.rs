//! The one way from a document to its answer, whatever it came over: checks, credentials, validation, execution.

use super::answer::{Answer, Charge, is_invalid, is_refusal};
use super::buckets::{Buckets, Holder, Throttle};
use super::documents::Documents;
use super::gate::{Gate, Permit, User, Users};
use super::outcome::Outcome;
use super::prices::prices;
use crate::auth::Viewer;
use crate::cx::{Cx, Origin};
use crate::db::Db;
use crate::error::Error;
use crate::limits::actual::{Plan, lost, torn};
use crate::limits::coerce::coerce;
use crate::limits::complete::complete;
use crate::limits::conflicts::conflicts;
use crate::limits::cost::{Cost, Priced, check, price};
use crate::limits::literals::literals;
use crate::limits::measure::measure;
use crate::limits::policy::anonymous;
use crate::limits::repeats::repeated_fields;
use crate::limits::scan::scan;
use crate::limits::variables::{check_conditions, declared};
use crate::limits::zeros::{check_variables, zeros};
use crate::limits::{Code, Limits, Problem, Refused, TypeMap, suggest};
use crate::loaders::request_scope;
use crate::schema::{Api, Deadline};
use crate::settings::Settings;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::parser::{self, parse_query};
use async_graphql::{Name, Request, Response, Value, Variables};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What every transport hands its requests to.
pub struct Pipeline {
    generation: Generation,
    gate: Gate,
    users: Users,
    sign_ins: SignIns,
    /// Look-ups of credentials, which come before anything is known of the caller.
    credentials: Gate,
    buckets: Buckets,
    limits: Limits,
    timeout: Duration,
}

/// A schema, and what is known only of it.
struct Generation {
    api: Api,
    types: TypeMap,
    documents: Documents,
}

/// Those who sign in: how many at once, and by which connections.
struct SignIns {
    gate: Gate,
    db: Db,
}

/// Permits to run until it is dropped, and the connections that the caller may use.
pub struct Entered {
    pub db: Db,
    _permits: Vec<Permit>,
    /// Known as long as one of their requests runs.
    _user: Option<Arc<User>>,
}

/// For each request that may run this many may wait.
const WAITING: usize = 4;
/// Requests without credentials that run at once. Most of their time they wait for a password to be hashed, which happens as many times at once
/// as there are cores.
const SIGN_INS: usize = 16;
const SIGN_INS_WAITING: usize = 4;
/// This part of the time of a request is left to answer with what the other root fields have when one of them has taken too long.
const REST: u32 = 10;

/// What a client asked for.
#[derive(Debug, Default)]
pub struct Ask {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
}

/// A document small enough to go on with.
pub struct Admitted {
    document: Arc<ExecutableDocument>,
    is_valid: bool,
    /// What is wrong with it and the library would not find.
    problems: Vec<Problem>,
}

impl Pipeline {
    /// Fails only where the schema's own text cannot be read.
    pub fn new(api: Api, settings: &Settings, db: &Db) -> Result<Self, Error> {
        let types = TypeMap::from_sdl(&api.strict.sdl()).map_err(Error::internal)?;
        Ok(Self {
            generation: Generation {
                api,
                types,
                documents: Documents::new(),
            },
            gate: Gate::new(settings.max_concurrent_requests, WAITING),
            users: Users::new(db, settings.max_concurrent_requests_per_user),
            sign_ins: SignIns {
                gate: Gate::new(SIGN_INS, SIGN_INS_WAITING),
                db: db.for_one_caller(),
            },
            credentials: Gate::new(settings.max_concurrent_requests, WAITING),
            buckets: Buckets::new(&settings.limits),
            limits: settings.limits.clone(),
            timeout: settings.request_timeout,
        })
    }

    /// The first half, which needs nobody's credentials: size, syntax, and what the document adds up to.
    pub fn admit(&self, query: &str) -> Result<Admitted, Refused> {
        if let Some(document) = self.generation.documents.get(query) {
            return Ok(Admitted {
                document,
                is_valid: true,
                problems: Vec::new(),
            });
        }
        scan(query, &self.limits)?;
        let mut document = parse_query(query).map_err(unreadable)?;
        measure(&document, &self.limits)?;
        let mut problems = repeated_fields(query);
        problems.extend(complete(&mut document));
        problems.extend(literals(&document, &self.generation.types, self.limits.errors));
        problems.extend(conflicts(&document, &self.generation.types, self.limits.errors));
        problems.truncate(self.limits.errors);
        Ok(Admitted {
            document: Arc::new(document),
            is_valid: false,
            problems,
        })
    }

    /// How many requests run at this moment, and how many wait.
    pub fn permits(&self) -> (usize, usize) {
        self.gate.count()
    }

    /// When a request that starts now is given up.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Waits for a permit to look up credentials; an answer where there is none to be had.
    pub async fn before_credentials(&self, deadline: Instant, origin: &Origin) -> Result<Permit, Answer> {
        pass(&self.credentials, deadline, origin)
            .await?
            .ok_or_else(|| Answer::overloaded(origin))
    }

    /// Waits for the permits to run; an answer where there are none to be had. Callers without credentials queue apart: signing in takes long by
    /// intent, and must not keep those waiting who have signed in.
    pub async fn enter(&self, caller: Option<&Viewer>, deadline: Instant, origin: &Origin) -> Result<Entered, Answer> {
        let Some(viewer) = caller else {
            let permit = pass(&self.sign_ins.gate, deadline, origin).await?;
            let permit = permit.ok_or_else(|| Answer::rate_limited("too many people are signing in; try again", 1, origin))?;
            return Ok(Entered {
                db: self.sign_ins.db.clone(),
                _permits: vec![permit],
                _user: None,
            });
        };
        let user = self.users.of(viewer.user_id);
        let own = pass(&user.gate, deadline, origin).await?;
        let own = own.ok_or_else(|| Answer::rate_limited("too many requests of yours are waiting; try again", 1, origin))?;
        let shared = pass(&self.gate, deadline, origin)
            .await?
            .ok_or_else(|| Answer::overloaded(origin))?;
        Ok(Entered {
            db: user.db.clone(),
            _permits: vec![shared, own],
            _user: Some(user),
        })
    }

    /// The second half, for the caller whom `cx` names. A panic costs this request alone.
    pub async fn run(&self, cx: &Arc<Cx>, admitted: Admitted, ask: Ask, mutations: bool, deadline: Instant) -> Answer {
        let kind = kind(&admitted.document, ask.operation_name.as_deref());
        let execution = AssertUnwindSafe(self.execute(cx, admitted, ask, mutations, deadline)).catch_unwind();
        let answer = match timeout_at(deadline, execution).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                tracing::error!(request_id = cx.origin.request_id, "a request panicked");
                Answer::failed(&cx.origin)
            }
            Err(_) => timed_out(&cx.origin),
        };
        answer.to(kind)
    }

    async fn execute(&self, cx: &Arc<Cx>, admitted: Admitted, mut ask: Ask, mutations: bool, deadline: Instant) -> Answer {
        let origin = &cx.origin;
        let document = &admitted.document.clone();
        let operation = match operation(document, ask.operation_name.as_deref()) {
            Ok(operation) => operation,
            Err(refused) => return Answer::refused(Outcome::Invalid, refused, origin),
        };
        if operation.ty == OperationType::Mutation && !mutations {
            let message = "mutations are sent with POST";
            return Answer::problem(Outcome::MutationOverGet, Code::BadUserInput, message, origin);
        }
        // Before the cost, which strangers could learn the schema from.
        if cx.caller.is_none()
            && let Err(refused) = anonymous(operation, document)
        {
            return Answer::refused(Outcome::Unauthenticated, refused, origin);
        }
        if operation.ty == OperationType::Mutation && cx.caller.as_ref().is_some_and(|viewer| !viewer.can_write()) {
            let message = "the API key may only read";
            return Answer::problem(Outcome::Forbidden, Code::Forbidden, message, origin);
        }
        let invalid = |refused: Refused| {
            let types = &self.generation.types;
            let refused = if cx.caller.is_some() { refused.suggesting(types) } else { refused };
            Answer::refused(Outcome::Invalid, refused, origin)
        };
        if !admitted.problems.is_empty() {
            return invalid(Refused {
                code: Code::ValidationFailed,
                problems: admitted.problems,
            });
        }
        let zeros = if admitted.is_valid {
            Vec::new()
        } else {
            zeros(&ask.query, document)
        };
        if !zeros.is_empty() {
            let refused = Refused {
                code: Code::BadUserInput,
                problems: zeros,
            };
            return Answer::refused(Outcome::Invalid, refused, origin);
        }
        ask.variables = declared(operation, ask.variables);
        let priced = price(
            operation,
            document,
            &ask.variables,
            &self.generation.types,
            prices(self.limits.page_size),
        );
        let cost = priced.cost;
        let holder = Holder::of(cx.caller.as_ref(), origin);
        let ceiling = if cx.caller.is_some() {
            self.limits.cost
        } else {
            self.limits.anonymous_cost
        };
        // More than a bucket holds could never be taken, however long one waits.
        if let Err(refused) = check(cost, ceiling.min(self.buckets.most(holder)), &self.limits) {
            let throttle = self.buckets.give_back(holder, 0, cx.now());
            return Answer::refused(Outcome::OverLimit, refused, origin).charging(charge(cost, 0, throttle));
        }
        let most = self.limits.errors;
        let coerced = coerce(operation, &ask.variables, &self.generation.types, most);
        let checked = coerced.and_then(|()| check_conditions(operation, document, &ask.variables, most));
        if let Err(refused) = checked.and_then(|()| check_variables(&ask.variables)) {
            return invalid(refused);
        }
        if let Err(empty) = self.buckets.take(holder, cost.points, cx.now()) {
            return Answer::throttled(empty.seconds, charge(cost, 0, empty.throttle), origin);
        }
        self.resolve(cx, admitted, ask, &priced, holder, deadline).await
    }

    /// Runs a document on the schema that validates it, or on the one that need not any more, and gives back what the answer did not cost.
    async fn resolve(&self, cx: &Arc<Cx>, admitted: Admitted, ask: Ask, priced: &Priced<'_>, holder: Holder, deadline: Instant) -> Answer {
        let cost = priced.cost;
        let Generation { api, types, documents } = &self.generation;
        let name = ask.operation_name.clone();
        let schema = if admitted.is_valid { &api.fast } else { &api.strict };
        let operation = operation(&admitted.document, name.as_deref()).ok();
        let prices = prices(self.limits.page_size);
        let plan = operation.map(|operation| Plan::of(operation, &admitted.document, &ask.variables, types, prices));
        let mut request = Request::new("").variables(ask.variables).data(cx.clone());
        request.operation_name = ask.operation_name;
        request.set_parsed_query(ExecutableDocument::clone(&admitted.document));
        let is_query = operation.is_some_and(|operation| operation.ty == OperationType::Query);
        if is_query {
            let left = deadline.saturating_duration_since(Instant::now());
            request = request.data(Deadline(deadline.checked_sub(left / REST).unwrap_or(deadline)));
        }
        let executed = {
            let execution = pin!(request_scope(schema.execute(request)));
            let exceeded = pin!(cx.answer_size.exceeded());
            match select(execution, exceeded).await {
                Either::Left((response, _)) => Some(response),
                // Nobody is going to read it. A mutation goes on, so that it is known what happened.
                Either::Right((_, execution)) if !is_query => Some(execution.await),
                Either::Right(_) => None,
            }
        };
        let Some(mut response) = executed.filter(|_| !cx.answer_size.is_exceeded()) else {
            let charge = charge(cost, cost.points, self.buckets.give_back(holder, 0, cx.now()));
            return Answer::too_large(self.limits.answer_bytes, is_query, charge, &cx.origin);
        };
        mend(&mut response);
        if is_invalid(&response) && cx.caller.is_some() {
            for error in response.errors.iter_mut().take(self.limits.errors) {
                let meant = suggest::meant(&error.message, types);
                suggest::add(&mut error.message, &meant);
            }
        }
        let actual = match plan {
            _ if is_invalid(&response) => 0,
            Some(plan) if response.data != Value::Null => {
                let errors = response.errors.iter();
                let lost = errors.filter_map(|error| lost(&response.data, &error.path, is_refusal(error)));
                plan.points(&response.data, &lost.collect::<Vec<_>>(), priced)
            }
            // An error took the answer, and not the work.
            _ => cost.points,
        };
        // Documents of callers without credentials are not kept, or they could push out those of all others.
        if !admitted.is_valid && cx.caller.is_some() && !is_invalid(&response) {
            documents.insert(&ask.query, admitted.document);
        }
        let throttle = self.buckets.give_back(holder, cost.points - actual, cx.now());
        let answer = Answer::of(response, self.limits.errors, charge(cost, actual, throttle), &cx.origin);
        let answer = answer.compressed_unless(cx.is_confidential());
        if answer.fits(self.limits.answer_bytes) {
            return answer;
        }
        Answer::too_large(self.limits.answer_bytes, is_query, charge(cost, actual, throttle), &cx.origin)
    }
}

/// Makes null what an error says is null, where the library has put another answer of the same field in its place.
fn mend(response: &mut Response) {
    let torn: Vec<Name> = response
        .errors
        .iter()
        .filter_map(|error| torn(&response.data, &error.path))
        .map(Name::new)
        .collect();
    if let Value::Object(members) = &mut response.data {
        members.extend(torn.into_iter().map(|root| (root, Value::Null)));
    }
}

/// The operation that is asked for.
fn operation<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a OperationDefinition, Refused> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => operations.values().next(),
        (DocumentOperations::Multiple(_), None) => {
            let message = "the document has several operations, and `operationName` does not choose one";
            return Err(Refused::new(Code::BadUserInput, message));
        }
    };
    let found = found.map(|operation| &operation.node);
    found.ok_or_else(|| Refused::new(Code::BadUserInput, "`operationName` names no operation of the document"))
}

/// What metrics and traces call an operation.
fn kind(document: &ExecutableDocument, name: Option<&str>) -> &'static str {
    match operation(document, name).map(|operation| operation.ty) {
        Ok(OperationType::Query) => "query",
        Ok(OperationType::Mutation) => "mutation",
        Ok(OperationType::Subscription) => "subscription",
        Err(_) => "none",
    }
}

/// Why a document could not be parsed, in one line: the parser draws a picture of the place, with the text in it.
fn unreadable(error: parser::Error) -> Refused {
    let position = error.positions().next();
    let words = error.to_string();
    let reason = words.lines().rev().find_map(|line| line.trim().strip_prefix("= "));
    let message = match reason {
        Some(reason) => format!("syntax error: {reason}"),
        None if words.contains('\n') => "syntax error".to_owned(),
        None => format!("syntax error: {words}"),
    };
    let refused = Refused::new(Code::ParseFailed, message);
    match position {
        Some(position) => refused.at(position),
        None => refused,
    }
}

fn charge(cost: Cost, actual: u64, throttle: Throttle) -> Charge {
    Charge {
        requested: cost.points,
        actual,
        throttle: Some(throttle),
    }
}

/// Passes a gate within the deadline; `None` where too many wait there.
async fn pass(gate: &Gate, deadline: Instant, origin: &Origin) -> Result<Option<Permit>, Answer> {
    timeout_at(deadline, gate.enter()).await.map_err(|_| timed_out(origin))
}

fn timed_out(origin: &Origin) -> Answer {
    Answer::problem(Outcome::TimedOut, Code::Timeout, "the request took too long", origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_take_one_line_and_repeat_nothing() {
        for document in [
            "{",
            "{ secret( }",
            "query { a } { secret }",
            "",
            "fragment f on A { a }",
            "{ a(b: \"\\x\") }",
        ] {
            let refused = unreadable(parse_query(document).unwrap_err());
            let message = &refused.problems[0].message;
            assert!(message.starts_with("syntax error: ") && !message.contains('\n'), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn an_operation_is_chosen_by_its_name() {
        let chosen = |document: &str, name| operation(&parse_query(document).unwrap(), name).map(|operation| operation.ty).ok();
        let several = "query A { a } mutation B { b }";
        assert_eq!(chosen("{ a }", None), Some(OperationType::Query));
        assert_eq!(chosen("mutation B { b }", None), Some(OperationType::Mutation));
        assert_eq!(chosen(several, Some("B")), Some(OperationType::Mutation));
        assert_eq!(chosen(several, None), None);
        assert_eq!(chosen(several, Some("C")), None);
        assert_eq!(chosen("{ a }", Some("A")), None);
    }
}
