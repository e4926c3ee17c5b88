//! Who is asking, and what they may do.

pub mod credentials;
pub mod tokens;
pub mod visibility;

use uuid::Uuid;

pub use crate::entities::access::user::Role;
pub use visibility::Scope;

/// A signed-in caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    pub user_id: Uuid,
    pub role: Role,
    pub session_id: Uuid,
}

impl Viewer {
    /// Which prospects the viewer sees.
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

    /// May leave a prospect without an owner.
    pub fn can_unassign(&self) -> bool {
        self.is_administrator()
    }

    /// May read the e-mail address of the user.
    pub fn can_read_email_of(&self, user_id: Uuid) -> bool {
        self.is_administrator() || self.user_id == user_id
    }
}
