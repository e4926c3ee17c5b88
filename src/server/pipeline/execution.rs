//! Execution: the checks of an operation that need its caller, its price, and its run.

use super::TransportRules;
use super::admission::Admitted;
use super::generation::Generation;
use crate::app::buckets::{BucketKey, Throttle};
use crate::app::permits::Running;
use crate::cx::Cx;
use crate::error::Code;
use crate::limits::actual::{Plan, lost, torn};
use crate::limits::coerce::coerce;
use crate::limits::conflicts::conflicts;
use crate::limits::cost::{Cost, Priced, check, price};
use crate::limits::literals::literals;
use crate::limits::policy::anonymous;
use crate::limits::variables::{check_conditions, declared};
use crate::limits::zeros::{check_variables, zeros};
use crate::limits::{Refused, suggest};
use crate::loaders::request_scope;
use crate::schema::Deadline;
use crate::schema::loaders::Loaders;
use crate::server::answer::{Answer, Charge, is_invalid, is_refusal};
use crate::server::outcome::Outcome;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Name, Request, Response, Value};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// The run of one operation. Its caller has the permits for it, unless files come first.
pub struct Execution {
    pub cx: Arc<Cx>,
    pub loaders: Arc<Loaders>,
    pub rules: TransportRules,
    pub deadline: Instant,
}

/// What an operation runs with after its files have arrived.
pub struct Arrived {
    pub cx: Arc<Cx>,
    pub deadline: Instant,
    pub running: Running,
}

/// The arrival of the files of a request, or the answer to one whose files do not arrive. It takes as long as the client takes.
pub type Arrival<'a> = BoxFuture<'a, Result<Arrived, Answer>>;

/// The schema of the caller, and whether it has validated the document before.
struct Validated<'a> {
    generation: &'a Generation,
    is_valid: bool,
}

/// This part of the time of a request is left to answer with what the other root fields have when one of them has taken too long.
const REST: u32 = 10;

impl Execution {
    /// Answers within the deadline. A panic costs this request alone. Files arrive once the operation has been checked and paid for.
    pub async fn run(self, admitted: Admitted, files: Option<Arrival<'_>>) -> Answer {
        let origin = self.cx.origin.clone();
        let kind = kind(&admitted.document, admitted.request.operation_name.as_deref());
        let answer = AssertUnwindSafe(self.check(admitted, files)).catch_unwind().await;
        let answer = answer.unwrap_or_else(|_| {
            tracing::error!(request_id = origin.request_id, "a request panicked");
            Answer::failed(&origin)
        });
        answer.to(kind)
    }

    /// Whether the caller may run the operation and has the points for it.
    async fn check(mut self, mut admitted: Admitted, files: Option<Arrival<'_>>) -> Answer {
        let cx = &self.cx.clone();
        let (origin, limits, buckets) = (&cx.origin, &cx.app.settings.limits, &cx.app.buckets);
        let (generation, document) = (&admitted.revision.of(cx.caller.as_ref()).clone(), &admitted.document.clone());
        // Whether this very schema has validated the document before.
        let is_valid = generation.documents.get(&admitted.request.query).is_some();
        let operation = match operation(document, admitted.request.operation_name.as_deref()) {
            Ok(operation) => operation,
            Err(refused) => return Answer::refused(Outcome::Invalid, refused, origin),
        };
        if operation.ty == OperationType::Mutation && !self.rules.mutations {
            let message = "mutations are sent with POST";
            return Answer::problem(Outcome::MutationOverGet, Code::BadUserInput, message, origin);
        }
        // Before the price, which would reveal the schema to callers without credentials.
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
            let refused = if cx.caller.is_some() {
                refused.suggesting(&generation.types)
            } else {
                refused
            };
            Answer::refused(Outcome::Invalid, refused, origin)
        };
        if !is_valid {
            admitted.problems.extend(literals(document, &generation.types, limits.errors));
            admitted.problems.extend(conflicts(document, &generation.types, limits.errors));
            admitted.problems.truncate(limits.errors);
        }
        if !admitted.problems.is_empty() {
            return invalid(Refused {
                code: Code::ValidationFailed,
                problems: admitted.problems,
            });
        }
        let zeros = if is_valid {
            Vec::new()
        } else {
            zeros(&admitted.request.query, document)
        };
        if !zeros.is_empty() {
            let refused = Refused {
                code: Code::BadUserInput,
                problems: zeros,
            };
            return Answer::refused(Outcome::Invalid, refused, origin);
        }
        admitted.request.variables = declared(operation, std::mem::take(&mut admitted.request.variables));
        let variables = &admitted.request.variables;
        let priced = price(operation, document, variables, &generation.types, generation.prices());
        let cost = priced.cost;
        let key = BucketKey::of(cx.caller.as_ref().map(|viewer| viewer.user_id), origin.network());
        let ceiling = if cx.caller.is_some() { limits.cost } else { limits.anonymous_cost };
        // More than a bucket holds could never be taken, however long one waits.
        if let Err(refused) = check(cost, ceiling.min(buckets.most(key)), limits) {
            let throttle = buckets.give_back(key, 0, cx.now());
            return Answer::refused(Outcome::OverLimit, refused, origin).charging(charge(cost, 0, throttle));
        }
        let coerced = coerce(operation, variables, &generation.types, limits.errors);
        let checked = coerced.and_then(|()| check_conditions(operation, document, variables, limits.errors));
        if let Err(refused) = checked.and_then(|()| check_variables(variables)) {
            return invalid(refused);
        }
        if let Err(empty) = buckets.take(key, cost.points, cx.now()) {
            return Answer::throttled(empty.seconds, charge(cost, 0, empty.throttle), origin);
        }
        let _running = match files {
            Some(files) => match files.await {
                Ok(arrived) => {
                    (self.cx, self.deadline) = (arrived.cx, arrived.deadline);
                    Some(arrived.running)
                }
                Err(answer) => return answer.charging(charge(cost, cost.points, buckets.give_back(key, 0, cx.now()))),
            },
            None => None,
        };
        let validated = Validated { generation, is_valid };
        let resolved = timeout_at(self.deadline, self.resolve(admitted, validated, operation, &priced, key)).await;
        resolved.unwrap_or_else(|_| Answer::timed_out(origin))
    }

    /// Runs the operation on the schema that validates its document, or on the one that need not any more, and gives back what the answer did
    /// not cost.
    async fn resolve(
        &self,
        admitted: Admitted,
        Validated { generation, is_valid }: Validated<'_>,
        operation: &OperationDefinition,
        priced: &Priced<'_>,
        key: BucketKey,
    ) -> Answer {
        let cx = &self.cx;
        let (limits, buckets, cost) = (&cx.app.settings.limits, &cx.app.buckets, priced.cost);
        let Admitted { request, document, .. } = admitted;
        let types = &generation.types;
        let schema = if is_valid { &generation.api.fast } else { &generation.api.strict };
        let plan = Plan::of(operation, &document, &request.variables, types, generation.prices());
        let mut library_request = Request::new("").variables(request.variables);
        library_request = library_request.data(cx.clone()).data(self.loaders.clone());
        library_request.operation_name = request.operation_name;
        library_request.set_parsed_query(ExecutableDocument::clone(&document));
        let is_query = operation.ty == OperationType::Query;
        if is_query {
            let left = self.deadline.saturating_duration_since(Instant::now());
            library_request = library_request.data(Deadline(self.deadline.checked_sub(left / REST).unwrap_or(self.deadline)));
        }
        let executed = {
            let execution = pin!(request_scope(schema.execute(library_request)));
            let exceeded = pin!(cx.answer_size.exceeded());
            match select(execution, exceeded).await {
                Either::Left((response, _)) => Some(response),
                // The client is gone. A mutation continues, so that its outcome is known.
                Either::Right((_, execution)) if !is_query => Some(execution.await),
                Either::Right(_) => None,
            }
        };
        let Some(mut response) = executed.filter(|_| !cx.answer_size.is_exceeded()) else {
            let charge = charge(cost, cost.points, buckets.give_back(key, 0, cx.now()));
            return Answer::too_large(limits.answer_bytes, is_query, charge, &cx.origin);
        };
        repair(&mut response);
        if is_invalid(&response) && cx.caller.is_some() {
            for error in response.errors.iter_mut().take(limits.errors) {
                let meant = suggest::meant(&error.message, types);
                suggest::add(&mut error.message, &meant);
            }
        }
        let actual = if is_invalid(&response) {
            0
        } else if response.data == Value::Null {
            // An error took the answer, and not the work.
            cost.points
        } else {
            let errors = response.errors.iter();
            let lost = errors.filter_map(|error| lost(&response.data, &error.path, is_refusal(error)));
            plan.points(&response.data, &lost.collect::<Vec<_>>(), priced)
        };
        // Documents of callers without credentials are not cached, or they could push out those of all others.
        if !is_valid && cx.caller.is_some() && !is_invalid(&response) {
            generation.documents.insert(&request.query, document);
        }
        let throttle = buckets.give_back(key, cost.points - actual, cx.now());
        let answer = Answer::of(response, limits, charge(cost, actual, throttle), &cx.origin);
        let answer = answer.compressed_unless(cx.is_confidential());
        if answer.fits(limits.answer_bytes) {
            return answer;
        }
        Answer::too_large(limits.answer_bytes, is_query, charge(cost, actual, throttle), &cx.origin)
    }
}

/// Makes null what an error says is null, where the library has put another answer of the same field in its place.
fn repair(response: &mut Response) {
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

/// The selected operation.
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

/// Kind of an operation in metrics and traces.
fn kind(document: &ExecutableDocument, name: Option<&str>) -> &'static str {
    match operation(document, name).map(|operation| operation.ty) {
        Ok(OperationType::Query) => "query",
        Ok(OperationType::Mutation) => "mutation",
        Ok(OperationType::Subscription) => "subscription",
        Err(_) => "none",
    }
}

fn charge(cost: Cost, actual: u64, throttle: Throttle) -> Charge {
    Charge {
        requested: cost.points,
        actual,
        throttle: Some(throttle),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

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
