//! Outcome of a request, and its HTTP status.

use axum::http::StatusCode;

/// Stage at which a request ended, as far as its status depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ran, with or without errors.
    Executed,
    /// The body or its parameters make no sense.
    Malformed,
    /// The document or its variables do not fit the schema.
    Invalid,
    /// The hash of a query in the place of the query, which clients send again in full.
    HashOnly,
    /// A limit of documents or of cost.
    OverLimit,
    /// Credentials are wrong, or missing where they are needed.
    Unauthenticated,
    /// Credentials are right, and not for this.
    Forbidden,
    /// A method other than GET and POST.
    MethodNotAllowed,
    /// A mutation over GET.
    MutationOverGet,
    NotAcceptable,
    /// The body did not arrive in time.
    SlowBody,
    TooLarge,
    UnsupportedMediaType,
    /// The caller asks too often.
    RateLimited,
    /// Too much is going on, or the database is away.
    Unavailable,
    TimedOut,
    Failed,
}

/// The two media types of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    GraphqlResponse,
    Json,
}

/// The one place where statuses are decided. Plain JSON keeps 200 where older clients expect it.
pub fn status(outcome: Outcome, media: Media) -> StatusCode {
    match (outcome, media) {
        (Outcome::Executed, _) | (Outcome::Invalid, Media::Json) => StatusCode::OK,
        // Some of the clients that send hashes look into no answer with another status.
        (Outcome::HashOnly, _) => StatusCode::OK,
        (Outcome::Malformed | Outcome::OverLimit, _) | (Outcome::Invalid, Media::GraphqlResponse) => StatusCode::BAD_REQUEST,
        (Outcome::Unauthenticated, _) => StatusCode::UNAUTHORIZED,
        (Outcome::Forbidden, _) => StatusCode::FORBIDDEN,
        (Outcome::MethodNotAllowed | Outcome::MutationOverGet, _) => StatusCode::METHOD_NOT_ALLOWED,
        (Outcome::NotAcceptable, _) => StatusCode::NOT_ACCEPTABLE,
        (Outcome::SlowBody, _) => StatusCode::REQUEST_TIMEOUT,
        (Outcome::TooLarge, _) => StatusCode::PAYLOAD_TOO_LARGE,
        (Outcome::UnsupportedMediaType, _) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        (Outcome::RateLimited, _) => StatusCode::TOO_MANY_REQUESTS,
        (Outcome::Unavailable, _) => StatusCode::SERVICE_UNAVAILABLE,
        (Outcome::TimedOut, _) => StatusCode::GATEWAY_TIMEOUT,
        (Outcome::Failed, _) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl Outcome {
    /// Name in metrics and traces.
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Executed => "executed",
            Outcome::Malformed => "malformed",
            Outcome::Invalid => "invalid",
            Outcome::HashOnly => "hash_only",
            Outcome::OverLimit => "over_limit",
            Outcome::Unauthenticated => "unauthenticated",
            Outcome::Forbidden => "forbidden",
            Outcome::MethodNotAllowed => "method_not_allowed",
            Outcome::MutationOverGet => "mutation_over_get",
            Outcome::NotAcceptable => "not_acceptable",
            Outcome::SlowBody => "slow_body",
            Outcome::TooLarge => "too_large",
            Outcome::UnsupportedMediaType => "unsupported_media_type",
            Outcome::RateLimited => "rate_limited",
            Outcome::Unavailable => "unavailable",
            Outcome::TimedOut => "timed_out",
            Outcome::Failed => "failed",
        }
    }
}
