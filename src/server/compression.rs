//! Selection and level of compression.

use axum::http::{Extensions, HeaderMap, StatusCode, Version};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{And, Predicate, SizeAbove};

/// Marks a response that may be compressed. One without it never is: the size of a compressed answer reveals whether a secret in it begins
/// like other text in it, which a third party may have placed there (BREACH).
#[derive(Clone, Copy)]
pub struct Compressible;

/// Smaller answers fit into one packet as they are.
const SMALLEST: u16 = 1024;

/// The level of all three algorithms, a fast one of each: an answer is read once, and the threads that compress also serve.
const LEVEL: i32 = 1;

/// Condition on a response, besides its size.
pub type IsMarked = fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool;

/// Compresses what is marked, by the algorithm that the client likes best; of several zstd before Brotli before gzip.
pub fn layer() -> CompressionLayer<And<SizeAbove, IsMarked>> {
    let is_marked: IsMarked = |_, _, _, extensions| extensions.get::<Compressible>().is_some();
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(LEVEL))
        .compress_when(SizeAbove::new(SMALLEST).and(is_marked))
}
