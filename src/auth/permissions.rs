//! Field permissions: the callers who may read, write, filter, order and search a field.

use super::Viewer;

/// Callers who may do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// All signed-in callers, for the records that they see.
    Everyone,
    Administrators,
}

/// Permissions of one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permissions {
    pub read: Permission,
    pub write: Permission,
    pub filter: Permission,
    pub order: Permission,
    /// Open search finds records by the field. Search documents are the same for all callers, so this is never for administrators alone.
    pub search: Permission,
}

impl Permission {
    pub fn allows(self, viewer: &Viewer) -> bool {
        match self {
            Permission::Everyone => true,
            Permission::Administrators => viewer.is_administrator(),
        }
    }
}

impl Permissions {
    pub const EVERYONE: Permissions = Permissions::all(Permission::Everyone);
    pub const ADMINISTRATORS: Permissions = Permissions::all(Permission::Administrators);

    const fn all(permission: Permission) -> Permissions {
        Permissions {
            read: permission,
            write: permission,
            filter: permission,
            order: permission,
            search: permission,
        }
    }
}
