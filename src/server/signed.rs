//! Routes of signed addresses: who asked for an address, and whether it is still valid.

use super::Server;
use super::faults::log_absence;
use crate::app::permits::QueueFull;
use crate::app::signing::Grant;
use crate::auth::Viewer;
use crate::cx::Origin;
use crate::error::{Error, Result, chain};
use crate::ids::Kind;
use crate::resolvers::access::authentication;
use axum::http::header::{CACHE_CONTROL, CONNECTION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout_at;
use uuid::Uuid;

/// The permission of a valid address.
pub struct Permitted {
    pub id: Uuid,
    pub grant: Grant,
    pub viewer: Viewer,
}

/// Why a request at a signed address is not answered as asked. The texts say nothing about the object.
#[derive(Debug)]
pub enum Refusal {
    /// The address is none, is over, or leads to nothing that its user may see: the three are not distinguished.
    NotFound,
    Status(StatusCode, &'static str),
    /// Too many transfers of the user.
    TooMany,
    /// Worth trying again.
    Unavailable,
    Failed,
}

impl Server {
    /// What an address permits to the user who asked for it, by the present state of that user and of the session or key.
    pub async fn permitted(&self, kind: Kind, id: &str, uri: &Uri, origin: &Origin) -> std::result::Result<Permitted, Refusal> {
        // One spelling for each address.
        let id = kind.decode(id).filter(|uuid| kind.encode(*uuid) == id).ok_or(Refusal::NotFound)?;
        let signature = uri
            .query()
            .and_then(|query| query.strip_prefix("signature="))
            .ok_or(Refusal::NotFound)?;
        let app = &self.app;
        let checked = async {
            let _permit = app.permits.for_credentials().await.map_err(Refusal::of_queue)?;
            let grant = app.signer.check(&app.db, id, signature, app.clock.now()).await;
            let grant = self.found(grant, origin)?;
            let viewer = self.found(authentication::grantee(app, &grant).await, origin)?;
            Ok(Permitted { id, grant, viewer })
        };
        timeout_at(self.pipeline.deadline(), checked)
            .await
            .map_err(|_| Refusal::Unavailable)?
    }

    /// The result of a look-up for a signed address, with failures logged.
    pub fn found<T>(&self, found: Result<Option<T>>, origin: &Origin) -> std::result::Result<T, Refusal> {
        let request_id = &origin.request_id;
        match found {
            Ok(found) => found.ok_or(Refusal::NotFound),
            Err(Error::Unavailable(cause)) => {
                log_absence(cause.as_ref(), origin);
                Err(Refusal::Unavailable)
            }
            Err(Error::Internal(cause)) => {
                tracing::error!(request_id, cause = chain(cause.as_ref()), "a request failed inside");
                Err(Refusal::Failed)
            }
            Err(Error::BadInput(_)) => Err(Refusal::Status(StatusCode::BAD_REQUEST, "this cannot be done\n")),
            Err(Error::NotFound | Error::Invalid(_) | Error::Unauthenticated | Error::Forbidden(_)) => Err(Refusal::NotFound),
            Err(Error::RateLimited { .. }) => Err(Refusal::TooMany),
            Err(Error::Timeout | Error::Conflict(_) | Error::Repeated) => Err(Refusal::Unavailable),
        }
    }
}

impl Refusal {
    pub fn of_queue(full: QueueFull) -> Refusal {
        match full {
            QueueFull::User => Refusal::TooMany,
            QueueFull::SignIns | QueueFull::Server => Refusal::Unavailable,
        }
    }

    pub const TOO_LARGE: Refusal = Refusal::Status(StatusCode::PAYLOAD_TOO_LARGE, "the part is too large\n");
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, text, is_passing) = match self {
            Refusal::NotFound => (StatusCode::NOT_FOUND, "not found\n", false),
            Refusal::Status(status, text) => (status, text, false),
            Refusal::TooMany => (
                StatusCode::TOO_MANY_REQUESTS,
                "too many transfers of yours are running; try again\n",
                true,
            ),
            Refusal::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "this cannot be done now; try again\n", true),
            Refusal::Failed => (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n", false),
        };
        let mut response = (status, text).into_response();
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if is_passing {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        // What is left of the body is not waited for.
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
