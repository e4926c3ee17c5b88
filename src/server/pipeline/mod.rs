//! The pipeline of every transport, from an operation and the credentials of its caller to the answer.

/// Admission: what needs neither a caller nor a permit.
mod admission;
/// Valid documents, by their text.
mod documents;
/// Steps that need a permit: checks of the operation, its price, and its execution.
mod execution;
/// A schema, everything derived from it, and its replacement.
mod generation;
/// Properties of this schema that prices depend on.
mod prices;

use super::answer::Answer;
use super::faults::log_absence;
use super::outcome::Outcome;
use crate::app::App;
use crate::app::permits::QueueFull;
use crate::auth::Viewer;
use crate::cx::uploads::Uploads;
use crate::cx::{Cx, Origin};
use crate::error::Error;
use crate::error::{Code, chain};
use crate::resolvers::access::authentication;
use crate::schema::loaders::Loaders;
use admission::Admitted;
use async_graphql::Variables;
use execution::{Arrived, Execution};
use futures_util::FutureExt;
use generation::{Generation, Generations};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// One for each application, whatever the number of transports.
///
/// Permits, token buckets and the look-up of tokens belong to the [`App`]. The other data loaders lie here, because their keys and values are
/// those of resolvers, which know the application. None of them belongs to a schema: a new [`Generation`] shares them with the one before.
pub struct Pipeline {
    app: Arc<App>,
    loaders: Arc<Loaders>,
    generations: Generations,
}

/// An operation as a client sends it.
#[derive(Debug, Default)]
pub struct OperationRequest {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
}

/// The credentials of a request, as its transport found them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// The request has none.
    None,
    /// They are no token that could ever be valid.
    Malformed,
    Token(&'a str),
}

/// Permissions of a transport.
#[derive(Clone, Copy, Debug)]
pub struct TransportRules {
    /// Whether mutations are run.
    pub mutations: bool,
}

impl Pipeline {
    /// Fails only where the text of the schema cannot be read.
    pub fn new(app: &Arc<App>) -> Result<Self, Error> {
        let page_size = app.settings.limits.page_size;
        Ok(Self {
            app: app.clone(),
            loaders: Arc::new(Loaders::new(&app.db.for_batches())),
            generations: Generations::new(app, move |fields| Generation::build(fields, page_size))?,
        })
    }

    /// Answers one operation with the credentials of its caller, as for each HTTP request.
    ///
    /// A transport with long-lived connections takes the same steps itself: [`Self::authenticate`] when a connection begins, and again from
    /// time to time, because a session may end and a role may change; then for each operation [`Self::admit`] and [`Self::run`], so that
    /// each has its own deadline, waits for its own permits and pays its own price.
    pub async fn respond(&self, credentials: Credentials<'_>, origin: &Origin, request: OperationRequest, rules: TransportRules) -> Answer {
        let admitted = match self.admit(request, origin) {
            Ok(admitted) => admitted,
            Err(answer) => return *answer,
        };
        let deadline = self.deadline();
        match self.authenticate(credentials, origin, deadline).await {
            Ok(caller) => self.run(caller, origin, admitted, rules, deadline).await,
            Err(answer) => answer,
        }
    }

    /// Checks what needs no caller: the size and the syntax of the document, and what it adds up to.
    pub fn admit(&self, request: OperationRequest, origin: &Origin) -> Result<Admitted, Box<Answer>> {
        let admitted = Admitted::new(self.generations.current(&self.app), request, &self.app.settings.limits);
        admitted.map_err(|refused| {
            let outcome = match refused.code {
                Code::ParseFailed => Outcome::Invalid,
                _ => Outcome::OverLimit,
            };
            Box::new(Answer::refused(outcome, refused, origin))
        })
    }

    /// The caller whose credentials these are; None without credentials. Waits for a permit to look them up.
    pub async fn authenticate(&self, credentials: Credentials<'_>, origin: &Origin, deadline: Instant) -> Result<Option<Viewer>, Answer> {
        let refused = || {
            let message = "the credentials are wrong or have expired";
            Answer::problem(Outcome::Unauthenticated, Code::Unauthenticated, message, origin)
        };
        if credentials == Credentials::None {
            return Ok(None);
        }
        let _permit = self.permit(self.app.permits.for_credentials(), deadline, origin).await?;
        let Credentials::Token(token) = credentials else {
            return Err(refused());
        };
        let found = timeout_at(deadline, authentication::authenticate(&self.app, token)).await;
        self.app.db.metrics().session_lookup(match &found {
            Ok(Ok(Some(_))) => "valid",
            Ok(Ok(None) | Err(Error::Unauthenticated)) => "refused",
            Ok(Err(_)) | Err(_) => "failed",
        });
        match found {
            Ok(Ok(Some(viewer))) => Ok(Some(viewer)),
            Ok(Ok(None) | Err(Error::Unauthenticated)) => Err(refused()),
            Ok(Err(Error::Internal(cause))) => {
                let request_id = &origin.request_id;
                tracing::error!(request_id, cause = chain(cause.as_ref()), "credentials could not be checked");
                Err(Answer::failed(origin))
            }
            unknown => {
                if let Ok(Err(Error::Unavailable(cause))) = &unknown {
                    log_absence(cause.as_ref(), origin);
                }
                let message = "the credentials cannot be checked now; try again";
                Err(Answer::problem(Outcome::Unavailable, Code::Unavailable, message, origin))
            }
        }
    }

    /// Waits for the permits of the caller, and runs an admitted operation on the generation that admitted it. If it has changed the
    /// definitions, the schema follows before the answer.
    pub async fn run(
        &self,
        caller: Option<Viewer>,
        origin: &Origin,
        admitted: Admitted,
        rules: TransportRules,
        deadline: Instant,
    ) -> Answer {
        let user_id = caller.as_ref().map(|viewer| viewer.user_id);
        let running = match self.permit(self.app.permits.for_request(user_id), deadline, origin).await {
            Ok(running) => running,
            Err(answer) => return answer,
        };
        let cx = Cx::with_db(self.app.clone(), running.db.clone(), caller, origin.clone());
        let is_mutation = admitted.has_mutation();
        let answer = self.execution(cx, rules, deadline).run(admitted, None).await;
        drop(running);
        self.follow_definitions(is_mutation, deadline, origin).await;
        answer
    }

    /// Runs an admitted operation with files. They arrive after all checks, in whatever time the client needs, and without a permit to run:
    /// only then the caller waits for one, and has to be who they were before, because a session may end and a role change meanwhile.
    pub async fn run_with_files(
        &self,
        caller: Viewer,
        credentials: Credentials<'_>,
        origin: &Origin,
        admitted: Admitted,
        rules: TransportRules,
        files: impl Future<Output = Result<Uploads, Answer>> + Send,
    ) -> Answer {
        // The checks ask no database.
        let cx = Cx::new(self.app.clone(), Some(caller.clone()), origin.clone());
        let arrival = async {
            let uploads = files.await?;
            let deadline = self.deadline();
            let caller = match self.authenticate(credentials, origin, deadline).await? {
                Some(present) if (present.user_id, present.role) == (caller.user_id, caller.role) => present,
                _ => {
                    let message = "the credentials are not what they were when the files began to arrive";
                    return Err(Answer::problem(Outcome::Unauthenticated, Code::Unauthenticated, message, origin));
                }
            };
            let running = self
                .permit(self.app.permits.for_request(Some(caller.user_id)), deadline, origin)
                .await?;
            let cx = Cx::with_db(self.app.clone(), running.db.clone(), Some(caller), origin.clone());
            Ok(Arrived {
                cx: Arc::new(cx.with_uploads(Arc::new(uploads))),
                deadline,
                running,
            })
        };
        let is_mutation = admitted.has_mutation();
        let execution = self.execution(cx, rules, self.deadline());
        let answer = execution.run(admitted, Some(arrival.boxed())).await;
        self.follow_definitions(is_mutation, self.deadline(), origin).await;
        answer
    }

    fn execution(&self, cx: Cx, rules: TransportRules, deadline: Instant) -> Execution {
        Execution {
            cx: Arc::new(cx),
            loaders: self.loaders.clone(),
            rules,
            deadline,
        }
    }

    /// After a mutation, waits for the schema of the present definitions.
    async fn follow_definitions(&self, is_mutation: bool, deadline: Instant, origin: &Origin) {
        if is_mutation && timeout_at(deadline, self.generations.up_to_date(&self.app)).await.is_err() {
            tracing::warn!(
                request_id = origin.request_id,
                "the answer did not wait for the schema to follow the definitions"
            );
        }
    }

    /// Deadline of a request that starts now.
    pub fn deadline(&self) -> Instant {
        Instant::now() + self.app.settings.request_timeout
    }

    /// The result of the permits before the deadline, or the answer to a request without one.
    async fn permit<T>(&self, permit: impl Future<Output = Result<T, QueueFull>>, deadline: Instant, origin: &Origin) -> Result<T, Answer> {
        let Ok(permit) = timeout_at(deadline, permit).await else {
            return Err(Answer::timed_out(origin));
        };
        permit.map_err(|full| self.full(full, origin))
    }

    /// The answer to a request for which there is no permit.
    pub fn full(&self, full: QueueFull, origin: &Origin) -> Answer {
        self.app.db.metrics().permits_refused.inc();
        match full {
            QueueFull::SignIns => Answer::rate_limited("too many people are signing in; try again", 1, origin),
            QueueFull::User => Answer::rate_limited("too many requests of yours are waiting; try again", 1, origin),
            QueueFull::Server => Answer::overloaded(origin),
        }
    }
}

#[cfg(test)]
mod tests;
