//! The catalogues by the names that the schema and the database give them, derived from the list that the program has.

use cartera::entities::setup::revision::CachedTable;
use cartera::ids::Kind;

/// A catalogue.
#[derive(Clone, Copy, Debug)]
pub struct CatalogNames {
    pub kind: Kind,
    pub cached: CachedTable,
    /// The type of its entries, such as `AddressType`.
    pub node: &'static str,
    /// One entry, such as `addressType`; its mutations begin so.
    pub one: &'static str,
    /// The list of all, such as `addressTypes`; that of sectors is in their zone.
    pub many: &'static str,
    /// Such as `address_types`.
    pub table: &'static str,
}

/// What the mutations of a catalogue end in.
pub const CATALOG_ACTIONS: [&str; 5] = ["Create", "Update", "Retire", "Restore", "Reorder"];

/// All catalogues.
pub fn catalogs() -> Vec<CatalogNames> {
    let kinds = Kind::CATALOGS.into_iter();
    kinds
        .map(|(kind, table)| {
            let node = format!("{kind:?}");
            CatalogNames {
                kind,
                cached: CachedTable::ALL
                    .into_iter()
                    .find(|cached| cached.name() == table)
                    .expect("every catalogue is kept in memory"),
                one: kept(format!("{}{}", node[..1].to_lowercase(), &node[1..])),
                many: kept(camel(table)),
                node: kept(node),
                table,
            }
        })
        .collect()
}

/// The catalogue that a mutation belongs to, and what it does to it.
pub fn catalog_of(mutation: &str) -> Option<(CatalogNames, &str)> {
    catalogs().into_iter().find_map(|catalog| {
        let action = mutation.strip_prefix(catalog.one)?;
        CATALOG_ACTIONS.contains(&action).then_some((catalog, action))
    })
}

fn camel(table: &str) -> String {
    let mut words = table.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |text, word| format!("{text}{}{}", word[..1].to_uppercase(), &word[1..]))
}

/// For the rest of the test, which is short.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}
