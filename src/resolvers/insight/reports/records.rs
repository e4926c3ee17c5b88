//! The tables of the records of datasets, joined to their prospects.

use sea_orm::DbBackend;

use super::Compilation;
use crate::auth::Scope;
use crate::resolvers::records::timeline::readable;
use crate::rules::reports::catalogue::Dataset;

/// The records of a dataset.
#[derive(Clone, Copy, Debug)]
pub struct Records {
    pub table: &'static str,
    /// The column that names the prospect. None: the records are the prospects.
    parent: Option<&'static str>,
    /// Condition on the records that lists show at all, if not all.
    live: Option<&'static str>,
}

impl Records {
    pub fn of(dataset: Dataset) -> Records {
        let children = |table, parent| Records {
            table,
            parent: Some(parent),
            live: None,
        };
        match dataset {
            Dataset::Prospects => Records {
                table: "prospects",
                parent: None,
                live: None,
            },
            // The words of the index of clients.
            Dataset::Clients => Records {
                live: Some("prospects.client_since IS NOT NULL"),
                ..children("clients", "id")
            },
            Dataset::Cycles => children("cycles", "prospect_id"),
            Dataset::StatusIntervals => children("status_intervals", "prospect_id"),
            Dataset::OwnerIntervals => children("owner_intervals", "prospect_id"),
            Dataset::Tasks => children("tasks", "prospect_id"),
            Dataset::Activity => children("timeline_entries", "prospect_id"),
            Dataset::Documents => Records {
                live: Some("documents.deleted_at IS NULL"),
                ..children("documents", "prospect_id")
            },
        }
    }

    /// The records with their prospects. SQLite begins at the prospects of an owner: by its statistics, which are the same in all databases,
    /// it might scan the records of all.
    pub fn joined(&self, backend: DbBackend, scope: Scope) -> String {
        let Records { table, .. } = self;
        let Some(parent) = self.parent else { return (*table).to_owned() };
        let join = match (backend, scope) {
            (DbBackend::Sqlite, Scope::Owner(_)) => "CROSS JOIN",
            _ => "JOIN",
        };
        format!("prospects {join} {table} ON {table}.{parent} = prospects.id")
    }

    /// Conditions on the records that exist for the viewer, each beginning with AND.
    pub fn existing(&self, compilation: &Compilation<'_>) -> String {
        let cx = compilation.cx;
        let mut text: String = self.live.map(|live| format!(" AND {live}")).unwrap_or_default();
        if compilation.plan.dataset == Dataset::Activity {
            let hidden = cx.catalogs().definitions.hidden_from(compilation.viewer);
            let readable = readable(cx.db().backend(), self.table, &hidden);
            text.extend(readable.map(|readable| format!(" AND {readable}")));
        }
        if let Some(instant) = compilation.plan.as_of {
            let since = match compilation.plan.dataset {
                Dataset::Clients => "client_since",
                _ => "created_at",
            };
            text.push_str(&format!(" AND prospects.{since} < {}", instant.at));
        }
        text
    }
}
