//! The enums of a prospect.

use async_graphql::Enum;

use crate::entities::records::prospect;
use crate::resolvers::records::prospects;

/// Kinds of prospects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospect::ProspectKind")]
pub enum ProspectKind {
    /// A natural person.
    Person,
    /// A company or another legal person.
    Company,
}

/// Conditions of a record: prospect or client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospects::ProspectCondition")]
pub enum ProspectCondition {
    /// A person or company that has not bought yet (lead).
    Prospect,
    /// A person or company that was won (customer, account).
    Client,
}

/// Degrees of purchase interest (lead temperature).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospect::Interest")]
pub enum Interest {
    /// Little interest.
    Low,
    /// Moderate interest.
    Medium,
    /// Strong interest.
    High,
}
