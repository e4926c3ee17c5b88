//! The sizes past which a request is refused, each with the default that the documentation states.

use serde::{Deserialize, Serialize};

/// How large a request may be, in every direction in which one can grow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a document
    pub document_bytes: usize,
    /// Tokens of a document
    pub tokens: usize,
    /// Bytes of a name or number in a document
    pub word_bytes: usize,
    /// Brackets of any kind inside each other
    pub nesting: usize,
    /// Fields inside each other
    pub depth: usize,
    /// Aliases in a document
    pub aliases: usize,
    /// Directives in a document, wherever they stand
    pub directives: usize,
    /// Selections between one pair of braces
    pub selections: usize,
    /// Selections once every fragment is written out
    pub expanded_selections: usize,
    /// Operations in a document
    pub operations: usize,
    /// Fragments in a document
    pub fragments: usize,
    /// Variables of an operation
    pub variables: usize,
    /// Fields at the root of a query, `__typename` not counted
    pub query_fields: usize,
    /// Fields at the root of a mutation, `__typename` not counted
    pub mutation_fields: usize,
    /// Lists of introspection inside each other
    pub introspection_lists: usize,
    /// Bytes of a JSON body
    pub body_bytes: usize,
    /// Objects and lists inside each other in a JSON body
    pub json_nesting: usize,
    /// Records in a page
    pub page_size: u64,
    /// Records that the total of a list counts; beyond them it is an estimate
    pub exact_count_limit: u64,
    /// Objects that an answer can hold
    pub objects: u64,
    /// Cost of a request by somebody signed in
    pub cost: u64,
    /// Cost of a request by somebody who is not
    pub anonymous_cost: u64,
    /// Points in the bucket of a user
    pub bucket: u64,
    /// Points that come back to it each second
    pub bucket_restore: u64,
    /// Points in the bucket of an address from which somebody asks who is not signed in
    pub anonymous_bucket: u64,
    /// Points that come back to it each second
    pub anonymous_bucket_restore: u64,
    /// Errors in an answer
    pub errors: usize,
    /// Bytes of an answer
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: 32 << 10,
            tokens: 2_000,
            word_bytes: 256,
            nesting: 40,
            depth: 16,
            aliases: 50,
            directives: 30,
            selections: 250,
            expanded_selections: 2_000,
            operations: 10,
            fragments: 50,
            variables: 50,
            query_fields: 20,
            mutation_fields: 10,
            introspection_lists: 2,
            body_bytes: 1 << 20,
            json_nesting: 64,
            page_size: 100,
            exact_count_limit: 10_000,
            objects: 10_000,
            cost: 5_000,
            anonymous_cost: 50,
            bucket: 50_000,
            bucket_restore: 2_500,
            anonymous_bucket: 200,
            anonymous_bucket_restore: 5,
            errors: 10,
            answer_bytes: 8 << 20,
        }
    }
}
