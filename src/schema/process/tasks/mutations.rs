//! What can be done to tasks: plan, edit, hand on, put off, complete and cancel.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::Task;
use crate::ids::Kind;
use crate::resolvers::process::tasks::actions::{self, TaskEdit};
use crate::resolvers::process::tasks::plan::{self, NewTask};
use crate::schema::error::payload;
use crate::schema::idempotency::Write;
use crate::schema::ids::reference;
use crate::schema::records::prospects::inputs::{id_patch, patch};
use crate::schema::scalars::DateTime;

/// A task to be planned.
#[derive(InputObject)]
pub struct TaskCreateInput {
    /// An id of the client's own, made of a UUIDv7, for tasks planned offline. Left out: the server makes one.
    pub id: Option<ID>,
    /// What kind of thing is to be done: a type of task in use.
    pub type_id: ID,
    /// Who is to do it: the owner of the prospect or an administrator. Left out: the owner, or the caller where there is none.
    pub assignee_id: Option<ID>,
    /// When it is due, between 1900 and 2100; it may have passed.
    pub due_at: DateTime,
    /// What exactly: at most 2,000 characters.
    pub note: Option<String>,
    /// How it repeats, from the due time on and in the caller's time zone: the value of an RRULE of RFC 5545 by days, weeks, months or years,
    /// at most 200 characters, without hours, minutes and seconds, and with at most one of COUNT and UNTIL. `RRULE:` may stand in front. The
    /// task itself is the first of the COUNT. INTERVAL is from 1 to 65535. COUNT and UNTIL have to be reached before 2100; without an end the
    /// rule has to give a second date before then. Left out: it does not repeat.
    pub repeat_rule: Option<String>,
}

/// What is to change about a planned task.
#[derive(InputObject)]
pub struct TaskUpdateInput {
    /// What kind of thing is to be done: a type of task in use. It cannot be cleared.
    pub type_id: MaybeUndefined<ID>,
    /// What exactly: at most 2,000 characters. Null clears it.
    pub note: MaybeUndefined<String>,
    /// How it repeats, from the present due time on and in the caller's time zone, as in `TaskCreateInput`. Null: it repeats no more.
    pub repeat_rule: MaybeUndefined<String>,
}

/// Who is to do a task.
#[derive(InputObject)]
pub struct TaskAssignInput {
    /// The owner of the prospect or an administrator.
    pub assignee_id: ID,
}

/// When a task is due from now on.
#[derive(InputObject)]
pub struct TaskPostponeInput {
    /// The new time, between 1900 and 2100, later or earlier than before.
    pub due_at: DateTime,
    /// Why: at most 2,000 characters.
    pub note: Option<String>,
}

/// What there is to say about a task that was done.
#[derive(InputObject)]
pub struct TaskCompleteInput {
    /// What came of it: at most 2,000 characters.
    pub note: Option<String>,
}

/// What there is to say about a task that is not to be done.
#[derive(InputObject)]
pub struct TaskCancelInput {
    /// Why: at most 2,000 characters.
    pub note: Option<String>,
}

payload! {
    /// What came of planning a task.
    TaskCreatePayload {
        /// The task as it was saved. Null when there are user errors.
        task: Task,
    }
}
payload! {
    /// What came of editing a task.
    TaskUpdatePayload {
        /// The task as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        task: Task,
    }
}
payload! {
    /// What came of giving a task to somebody else.
    TaskAssignPayload {
        /// The task as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        task: Task,
    }
}
payload! {
    /// What came of putting a task off.
    TaskPostponePayload {
        /// The task as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        task: Task,
    }
}
payload! {
    /// What came of completing a task.
    TaskCompletePayload {
        /// The task as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        task: Task,
        /// The next one of its series. Null when there are user errors, where it does not repeat, and where the series is over.
        next_task: Task,
    }
}
payload! {
    /// What came of cancelling a task.
    TaskCancelPayload {
        /// The task as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        task: Task,
    }
}

#[derive(Default)]
pub struct TaskMutation;

#[Object]
impl TaskMutation {
    /// Plans a task for a prospect. At most 200 of one prospect are planned at once.
    async fn task_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The prospect that it is for.")] prospect_id: ID,
        #[graphql(desc = "What is to be done, by whom and until when.")] input: TaskCreateInput,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let prospect_id = reference(Kind::Prospect, &prospect_id);
        let new = NewTask {
            id: input.id.map(|id| reference(Kind::Task, &id)),
            type_id: reference(Kind::TaskType, &input.type_id),
            assignee_id: input.assignee_id.map(|id| reference(Kind::User, &id)),
            due_at: input.due_at.0,
            note: input.note,
            repeat_rule: input.repeat_rule,
        };
        let (task, user_errors) = write.run(|| plan::create(write.cx(), prospect_id, new.clone())).await?;
        Ok(Some(TaskCreatePayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Edits a planned task. What the input leaves out stays as it is, null clears.
    async fn task_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] id: ID,
        #[graphql(desc = "What is to change.")] input: TaskUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the task has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let changes = TaskEdit {
            type_id: id_patch(Kind::TaskType, input.type_id),
            note: patch(input.note),
            repeat_rule: patch(input.repeat_rule),
        };
        let id = reference(Kind::Task, &id);
        let (task, user_errors) = write
            .edit(id, || actions::update(write.cx(), id, &changes, expected_version))
            .await?;
        Ok(Some(TaskUpdatePayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Gives a planned task to the owner of the prospect or to an administrator.
    async fn task_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] id: ID,
        #[graphql(desc = "Who is to do it.")] input: TaskAssignInput,
        #[graphql(
            desc = "The `version` that this is based on. If the task has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskAssignPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let assignee_id = reference(Kind::User, &input.assignee_id);
        let id = reference(Kind::Task, &id);
        let assign = || actions::assign(write.cx(), id, assignee_id, expected_version);
        let (task, user_errors) = write.edit(id, assign).await?;
        Ok(Some(TaskAssignPayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Gives a planned task another due time. Of one that repeats only this occurrence moves.
    async fn task_postpone(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] id: ID,
        #[graphql(desc = "When it is due from now on.")] input: TaskPostponeInput,
        #[graphql(
            desc = "The `version` that this is based on. If the task has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskPostponePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Task, &id);
        let postpone = || actions::postpone(write.cx(), id, input.due_at.0, input.note.as_deref(), expected_version);
        let (task, user_errors) = write.edit(id, postpone).await?;
        Ok(Some(TaskPostponePayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }

    /// Notes that a planned task was done. One that repeats is planned again, for the next date of its series that is after its due time and
    /// after now.
    async fn task_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] id: ID,
        #[graphql(desc = "What there is to say about it.")] input: TaskCompleteInput,
        #[graphql(
            desc = "The `version` that this is based on. If the task has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskCompletePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Task, &id);
        let complete = || actions::complete(write.cx(), id, input.note.as_deref(), expected_version);
        let (completed, user_errors) = write.edit(id, complete).await?;
        let (task, next_task) = completed.map(|done| (done.task, done.next)).unzip();
        Ok(Some(TaskCompletePayload {
            task: task.map(Task::from),
            next_task: next_task.flatten().map(Task::from),
            user_errors,
        }))
    }

    /// Takes a planned task off the plan. One that repeats is not planned again.
    async fn task_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] id: ID,
        #[graphql(desc = "What there is to say about it.")] input: TaskCancelInput,
        #[graphql(
            desc = "The `version` that this is based on. If the task has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<TaskCancelPayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Task, &id);
        let cancel = || actions::cancel(write.cx(), id, input.note.as_deref(), expected_version);
        let (task, user_errors) = write.edit(id, cancel).await?;
        Ok(Some(TaskCancelPayload {
            task: task.map(Task::from),
            user_errors,
        }))
    }
}
