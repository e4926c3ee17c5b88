//! Tests that filters put to texts: without accents and case, bounded in length, with the same meaning on both databases.

use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SimpleExpr};
use sea_orm::{Condition, Value};

use super::columns::{among, never_null, null_test};
use crate::error::{Error, Result};
use crate::text::{escape_like, norm};

/// A test of text; several parts have to hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TextTest {
    pub eq: Option<String>,
    pub in_: Option<Vec<String>>,
    pub contains: Option<String>,
    pub starts_with: Option<String>,
    pub is_null: Option<bool>,
}

/// Characters in `contains` and `startsWith`.
const PART_LENGTH: usize = 200;

impl TextTest {
    /// Refuses a text that is too long: `most` is what the tested text may have.
    pub fn check_lengths(&self, most: usize) -> Result<()> {
        let whole = self.eq.iter().map(|text| ("eq", text, most));
        let listed = self.in_.iter().flatten().map(|text| ("in", text, most));
        let parts = [("contains", &self.contains), ("startsWith", &self.starts_with)];
        let parts = parts
            .into_iter()
            .filter_map(|(name, part)| Some((name, part.as_ref()?, PART_LENGTH)));
        let mut texts = whole.chain(listed).chain(parts);
        match texts.find(|(_, text, most)| text.chars().take(most + 1).count() > *most) {
            Some((name, _, most)) => Err(Error::BadInput(format!(
                "a text of `{name}` may have at most {most} characters here"
            ))),
            None => Ok(()),
        }
    }

    /// Over a normalised column; `normalise` brings the values into its form.
    pub fn condition(&self, column: SimpleExpr, normalise: fn(&str) -> String) -> Condition {
        let mut all = Condition::all();
        if let Some(value) = &self.eq {
            all = all.add(column.clone().eq(normalise(value)));
        }
        if let Some(values) = &self.in_ {
            all = all.add(among(column.clone(), values.iter().map(|value| Value::from(normalise(value)))));
        }
        for (value, test) in [
            (&self.contains, contains as fn(SimpleExpr, &str) -> Condition),
            (&self.starts_with, starts_with),
        ] {
            let Some(value) = value else { continue };
            let part = normalise(value);
            // What has nothing in it that counts is found nowhere.
            let is_hopeless = part.is_empty() && !value.is_empty();
            all = all.add(if is_hopeless {
                Condition::all().add(Expr::val(1).eq(0))
            } else {
                test(column.clone(), &part)
            });
        }
        all.add_option(null_test(column, self.is_null))
    }

    /// Whether it asks for one place or a few in the order of the texts, to which an index leads.
    pub fn is_exact(&self) -> bool {
        self.eq.is_some() || self.in_.is_some() || self.starts_with.as_ref().is_some_and(|part| !part.is_empty())
    }

    /// Whether it asks for more than whether there is a text.
    pub fn has_part(&self) -> bool {
        self.eq.is_some() || self.in_.is_some() || self.contains.is_some() || self.starts_with.is_some()
    }

    /// Over a column that is never null.
    pub fn of_every(&self, column: SimpleExpr, normalise: fn(&str) -> String) -> Condition {
        let named = TextTest {
            is_null: None,
            ..self.clone()
        };
        named.condition(column, normalise).add_option(never_null(self.is_null))
    }

    /// The same over names.
    pub fn named(&self, column: SimpleExpr) -> Condition {
        self.condition(column, norm)
    }

    pub fn value_count(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

/// The text has the part in it.
pub fn contains(column: SimpleExpr, part: &str) -> Condition {
    Condition::all().add(column.like(LikeExpr::new(format!("%{}%", escape_like(part))).escape('\\')))
}

/// As a range, which an index can be walked by on both databases.
fn starts_with(column: SimpleExpr, part: &str) -> Condition {
    Condition::all()
        .add(column.clone().gte(part))
        .add_option(after_all(part).map(|end| column.lt(end)))
}

/// The first text behind all that begin with the part, as bytes are ordered; None where there is none.
fn after_all(part: &str) -> Option<String> {
    let mut characters: Vec<char> = part.chars().collect();
    while let Some(last) = characters.pop() {
        // Between the two lie the surrogates, which are no characters.
        let next = if last == '\u{D7FF}' {
            Some('\u{E000}')
        } else {
            char::from_u32(u32::from(last) + 1)
        };
        if let Some(next) = next {
            return Some(characters.into_iter().chain([next]).collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_part_ends_before_the_next() {
        assert_eq!(after_all("jose").as_deref(), Some("josf"));
        assert_eq!(after_all("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_all("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after_all("\u{10FFFF}"), None);
        assert_eq!(after_all(""), None);
    }

    #[test]
    fn texts_are_bounded_in_characters() {
        let text = |length: usize| Some("ñ".repeat(length));
        let listed = |length: usize| Some(vec![String::new(), "ñ".repeat(length)]);
        for (fits, name, most) in [
            (
                TextTest {
                    eq: text(401),
                    ..TextTest::default()
                },
                "eq",
                401,
            ),
            (
                TextTest {
                    in_: listed(401),
                    ..TextTest::default()
                },
                "in",
                401,
            ),
            (
                TextTest {
                    contains: text(200),
                    ..TextTest::default()
                },
                "contains",
                200,
            ),
            (
                TextTest {
                    starts_with: text(200),
                    ..TextTest::default()
                },
                "startsWith",
                200,
            ),
        ] {
            fits.check_lengths(401).expect("it fits");
            let longer = |text: Option<String>| text.map(|text| text + "x");
            let longer = TextTest {
                eq: longer(fits.eq),
                in_: fits.in_.map(|texts| texts.into_iter().map(|text| text + "x").collect()),
                contains: longer(fits.contains),
                starts_with: longer(fits.starts_with),
                is_null: None,
            };
            let refused = longer.check_lengths(401).expect_err("it is too long").to_string();
            assert_eq!(refused, format!("a text of `{name}` may have at most {most} characters here"));
        }
    }
}
