//! Whoever is given a prospect or a task: they are active, and stay so until the transaction ends.

use uuid::Uuid;

use crate::auth::Role;
use crate::error::{Problem, ProblemCode};
use crate::tx::Tx;

/// Who is to have a prospect, and who is to do something for it, each with the path of the argument that says so.
#[derive(Default)]
pub struct Assignees<'a> {
    pub owner: Option<(Uuid, &'a [&'a str])>,
    /// Somebody else than the owner, so an administrator.
    pub assignee: Option<(Uuid, &'a [&'a str])>,
}

/// Held against the users whom the transaction has locked: what is in memory may be a moment old. Problems that were found there already are
/// not told twice.
pub fn check(tx: &Tx, assignees: Assignees<'_>, problems: &mut Vec<Problem>) {
    let Assignees { owner, assignee } = assignees;
    let mut refuse = |code, path: &[&str], message: &str| {
        if !problems.iter().any(|problem| problem.path == path) {
            problems.push(Problem::new(code, path, message));
        }
    };
    let mut refuse_absent = |(id, path): (Uuid, &[&str])| {
        let active = tx.user(id).filter(|user| user.is_active);
        if active.is_none() {
            refuse(ProblemCode::NotFound, path, "there is no such active user");
        }
        active
    };
    if let Some(owner) = owner {
        refuse_absent(owner);
    }
    if let Some(assignee) = assignee
        && refuse_absent(assignee).is_some_and(|user| user.role != Role::Admin)
    {
        let message = "a task is for the owner of the prospect or an administrator";
        refuse(ProblemCode::Invalid, assignee.1, message);
    }
}
