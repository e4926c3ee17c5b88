//! Eligible users: those who are assigned a prospect or a task are active, and stay so until the transaction ends.

use uuid::Uuid;

use crate::auth::Role;
use crate::error::{Problem, ProblemCode};
use crate::tx::Tx;

/// The new owner of a prospect and the assignee of its task, each with the path of its argument.
#[derive(Default)]
pub struct Assignees<'a> {
    pub owner: Option<(Uuid, &'a [&'a str])>,
    /// A user other than the owner, and so an administrator.
    pub assignee: Option<(Uuid, &'a [&'a str])>,
}

/// Checks against the users whom the transaction has locked: the cache may be outdated. Problems that were found in the cache are not
/// reported twice.
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
