//! The schema walk: for everything in the schema, each kind of caller gets what is visible to them and nothing else.

mod attributes;
mod filters;
mod predicate;
mod reads;
pub mod schema_text;
mod world;
mod writes;

use cartera::settings::Settings;

use crate::support::TestApp;

/// A server without limits of documents; the limits have tests of their own.
async fn without_limits(app: &TestApp) -> TestApp {
    app.with_settings(lift_limits).await
}

/// Removes the limits of documents.
pub fn lift_limits(settings: &mut Settings) {
    settings.request_timeout = std::time::Duration::from_secs(120);
    let limits = &mut settings.limits;
    limits.document_bytes = 1 << 24;
    limits.tokens = 1 << 20;
    limits.depth = 64;
    limits.nesting = 128;
    limits.aliases = 1 << 20;
    limits.selections = 1 << 20;
    limits.expanded_selections = 1 << 20;
    limits.objects = 1 << 40;
    limits.cost = 1 << 40;
    limits.answer_bytes = 1 << 30;
    limits.body_bytes = 1 << 24;
    limits.variables = 1 << 20;
    limits.query_fields = 1 << 10;
}
