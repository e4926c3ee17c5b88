//! The sizes past which a request is refused, each declared once, with the default that the documentation states.

use serde::{Deserialize, Serialize};

/// From each declaration makes a field of `Limits`, its default, and a row of `DESCRIBED`.
macro_rules! limits {
    ($(#[doc = $description:literal] $name:ident: $kind:ty = $default:expr;)*) => {
        /// Maximum size of a request, in every dimension.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Limits {
            $(#[doc = $description] pub $name: $kind,)*
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default),* }
            }
        }

        /// The limits by name, each with what it is, in the order of their declaration.
        pub const DESCRIBED: &[(&str, &str)] = &[$((stringify!($name), $description)),*];
    };
}

limits! {
    /// Bytes of a document
    document_bytes: usize = 32 << 10;
    /// Tokens of a document
    tokens: usize = 2_000;
    /// Bytes of a name or number in a document
    word_bytes: usize = 256;
    /// Brackets of any kind inside each other
    nesting: usize = 40;
    /// Fields inside each other
    depth: usize = 16;
    /// Aliases in a document
    aliases: usize = 50;
    /// Directives in a document, wherever they stand
    directives: usize = 30;
    /// Selections between one pair of braces
    selections: usize = 250;
    /// Selections once every fragment is written out
    expanded_selections: usize = 2_000;
    /// Operations in a document
    operations: usize = 10;
    /// Fragments in a document
    fragments: usize = 50;
    /// Variables of an operation
    variables: usize = 50;
    /// Fields at the root of a query, `__typename` not counted
    query_fields: usize = 20;
    /// Fields at the root of a mutation, `__typename` not counted
    mutation_fields: usize = 10;
    /// Lists of introspection inside each other
    introspection_lists: usize = 2;
    /// Bytes of a JSON body
    body_bytes: usize = 1 << 20;
    /// Objects and lists inside each other in a JSON body
    json_nesting: usize = 64;
    /// Records in a page
    page_size: u64 = 100;
    /// Records that the total of a list counts exactly; above, it is an estimate
    exact_count_limit: u64 = 10_000;
    /// Objects that an answer can hold
    objects: u64 = 10_000;
    /// Price of a request of a signed-in caller
    cost: u64 = 5_000;
    /// Price of a request of an anonymous caller
    anonymous_cost: u64 = 50;
    /// Points in the bucket of a user
    bucket: u64 = 50_000;
    /// Points that it is refilled with each second
    bucket_restore: u64 = 2_500;
    /// Points in the bucket of an address of anonymous callers
    anonymous_bucket: u64 = 200;
    /// Points that it is refilled with each second
    anonymous_bucket_restore: u64 = 5;
    /// Errors of a request that is refused
    errors: usize = 10;
    /// Errors of fields in an answer
    field_errors: usize = 50;
    /// Bytes of an answer
    answer_bytes: usize = 8 << 20;
}
