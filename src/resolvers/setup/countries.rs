//! The countries of ISO 3166, a list that comes with the program.

use std::sync::LazyLock;

use crate::text::fold;

/// A country or territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    /// The short name in English.
    pub name: &'static str,
}

pub use crate::rules::setup::identifier_types::ANY_COUNTRY as ANY;

static BY_NAME: LazyLock<Vec<Country>> = LazyLock::new(|| {
    let mut countries: Vec<Country> = rust_iso3166::ALL
        .iter()
        .map(|country| Country {
            code: country.alpha2,
            name: country.name,
        })
        .collect();
    countries.sort_by_cached_key(|country| fold(country.name));
    countries
});

/// All countries by name.
pub fn list() -> &'static [Country] {
    &BY_NAME
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_sorted_by_name() {
        assert!(list().len() > 240);
        assert_eq!(list()[0].code, "AF");
        let position = |code| list().iter().position(|country| country.code == code);
        // Åland is sorted without its ring.
        assert!(position("AX") < position("AL"));
        assert!(position("CO") < position("VE"));
        assert_eq!(position(ANY), None);
    }
}
