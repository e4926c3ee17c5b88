//! Callers and their permissions.

pub mod credentials;
pub mod permissions;
pub mod sharing;
pub mod tokens;
pub mod visibility;

use uuid::Uuid;

pub use crate::entities::access::api_key::KeyScope;
pub use crate::entities::access::user::Role;
pub use permissions::{Permission, Permissions};
pub use visibility::Scope;

/// A signed-in caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub user_id: Uuid,
    pub role: Role,
    pub credential: Credential,
}

/// By what a caller was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A person who signed in with a password.
    Session(Uuid),
    /// A program with a key of the user's.
    Key { id: Uuid, scope: KeyScope },
    /// A job that acts for the user.
    Job(Uuid),
    /// The server itself, or a command beside the database; no user of it.
    System,
}

/// Author of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    User(Uuid),
    /// A program, with an API key of the user.
    Key {
        id: Uuid,
        user_id: Uuid,
    },
    /// The server itself, or a command beside the database.
    System,
}

impl Actor {
    /// The user who is stored as the author. None for the system.
    pub fn user_id(self) -> Option<Uuid> {
        match self {
            Actor::User(user_id) | Actor::Key { user_id, .. } => Some(user_id),
            Actor::System => None,
        }
    }
}

impl Viewer {
    /// The server itself, and commands beside the database: permitted whatever an administrator is.
    pub fn system() -> Viewer {
        Viewer {
            user_id: Uuid::nil(),
            role: Role::Admin,
            credential: Credential::System,
        }
    }

    /// The user of a job, with the current role.
    pub fn of_job(user_id: Uuid, role: Role, job_id: Uuid) -> Viewer {
        Viewer {
            user_id,
            role,
            credential: Credential::Job(job_id),
        }
    }

    /// The prospects visible to the viewer.
    pub fn scope(&self) -> Scope {
        match self.role {
            Role::Admin => Scope::All,
            Role::Sales => Scope::Owner(self.user_id),
        }
    }

    /// May shape catalogues and users, and sees every field.
    pub fn is_administrator(&self) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Sales => false,
        }
    }

    /// May run mutations at all.
    pub fn can_write(&self) -> bool {
        match self.credential {
            Credential::Session(_) | Credential::Job(_) | Credential::System => true,
            Credential::Key { scope, .. } => match scope {
                KeyScope::Full => true,
                KeyScope::ReadOnly => false,
            },
        }
    }

    /// May manage users, passwords, sessions and keys, as far as the role permits. Never an API key, because a stolen one could create
    /// further credentials.
    pub fn can_manage_accounts(&self) -> bool {
        match self.credential {
            Credential::Session(_) | Credential::System => true,
            Credential::Key { .. } | Credential::Job(_) => false,
        }
    }

    /// A person at work, and no program.
    pub fn is_by_hand(&self) -> bool {
        self.session_id().is_some()
    }

    /// The session that asks, where it is one.
    pub fn session_id(&self) -> Option<Uuid> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::Key { .. } | Credential::Job(_) | Credential::System => None,
        }
    }

    /// Author of the changes that the caller makes.
    pub fn actor(&self) -> Actor {
        match self.credential {
            Credential::Session(_) | Credential::Job(_) => Actor::User(self.user_id),
            Credential::Key { id, .. } => Actor::Key { id, user_id: self.user_id },
            Credential::System => Actor::System,
        }
    }

    /// May leave a prospect without an owner.
    pub fn can_unassign(&self) -> bool {
        self.is_administrator()
    }

    /// May read what is between a user and the administrators: the e-mail, the sessions, the keys.
    pub fn can_read_private_of(&self, user_id: Uuid) -> bool {
        self.is_administrator() || self.user_id == user_id
    }

    /// May change and delete what a user has saved: a report or a dashboard.
    pub fn can_change_saved_of(&self, author_id: Uuid) -> bool {
        self.is_administrator() || self.user_id == author_id
    }

    /// May see, cancel and retry a job: one's own; administrators also those of others and of the system, which have no user.
    pub fn can_see_job_of(&self, user_id: Option<Uuid>) -> bool {
        self.is_administrator() || user_id == Some(self.user_id)
    }
}
