//! Tests that filters put to texts: in the form in which these are kept, bounded in length, with the same meaning on both databases.

use normalization::document_number::Form;
use normalization::text::{decimal_digits, document_number};
use normalization::{email, phone};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, SimpleExpr};
use sea_orm::{Condition, Value};

use super::values::{never_null, null_test, value_in};
use crate::error::{Error, Result};
use crate::rules::attribution::ip_address;
use crate::rules::search::number_in_documents;
use crate::text::{escape_like, fold};

/// A test of text as a client gives it; several parts have to hold together.
#[derive(Clone, Debug, Default)]
pub struct TypedTest {
    pub eq: Option<String>,
    pub in_: Option<Vec<String>>,
    pub contains: Option<String>,
    pub starts_with: Option<String>,
    pub is_null: Option<bool>,
}

/// Kind of text, which determines its comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Accents and case do not count.
    Folded,
    Country,
    Email,
    Phone,
    DocumentNumber,
    IpAddress,
    /// Kept as it was entered, and compared so.
    Exact,
}

/// In which form a text is kept.
#[derive(Clone, Copy)]
pub enum TextForm<'a> {
    Folded,
    Country,
    Email,
    /// With the country of numbers that do not say theirs.
    Phone(&'a str),
    /// With the forms of all types of document numbers.
    DocumentNumber(&'a [Form<'a>]),
    IpAddress,
    Exact,
}

/// Condition on text in its stored form. An input may have several forms, of which one must match; without any form nothing matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TextTest {
    pub eq: Option<Vec<String>>,
    pub in_: Option<Vec<String>>,
    pub contains: Option<Vec<String>>,
    pub starts_with: Option<Vec<String>>,
    pub is_null: Option<bool>,
    /// `eq` and `in_` find a text with any extension, too.
    pub has_extensions: bool,
    /// `contains` in the form of search documents, where the text is in these.
    pub searched: Option<Vec<String>>,
    /// Number of texts in the input of `in_`.
    pub listed: usize,
}

/// Characters in `contains` and `startsWith`.
const PART_LENGTH: usize = 200;

impl TypedTest {
    /// Refuses a text that is too long: `most` is what the tested text may have.
    fn check_lengths(&self, most: usize) -> Result<()> {
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

    /// The test of a text that has at most so many characters.
    pub fn in_form(self, most: usize, form: TextForm<'_>) -> Result<TextTest> {
        self.check_lengths(most)?;
        let contains = self.contains.map(|text| form.parts(&text));
        Ok(TextTest {
            searched: contains.as_deref().map(|parts| form.searched(parts)),
            listed: self.in_.as_ref().map_or(1, Vec::len),
            eq: self.eq.map(|text| form.whole(&text)),
            in_: self.in_.map(|texts| texts.iter().flat_map(|text| form.whole(text)).collect()),
            contains,
            starts_with: self.starts_with.map(|text| form.beginnings(&text)),
            is_null: self.is_null,
            has_extensions: matches!(form, TextForm::Phone(_)),
        })
    }
}

impl TextForm<'_> {
    /// Possible forms of the whole text.
    fn whole(self, text: &str) -> Vec<String> {
        match self {
            TextForm::Phone(country) => {
                vec![phone::parse(phone::without_label(text), country).map_or_else(|| phone_part(text), |phone| phone.canonical())]
            }
            TextForm::DocumentNumber(forms) => canonical_forms(forms, text),
            _ => vec![self.plain(text)],
        }
    }

    /// Possible forms of a part of a text.
    fn parts(self, text: &str) -> Vec<String> {
        let parts = match self {
            TextForm::Phone(country) => phone::search_digits(text, country),
            TextForm::DocumentNumber(forms) => number_parts(forms, text),
            _ => Vec::new(),
        };
        if parts.is_empty() {
            visible(vec![self.plain(text)], text)
        } else {
            parts
        }
    }

    /// Possible forms of the beginning of a text.
    fn beginnings(self, text: &str) -> Vec<String> {
        match self {
            TextForm::Phone(country) => {
                let code = phone::calling_code(country).map(|code| format!("+{code}")).unwrap_or_default();
                let mut found: Vec<String> = Vec::new();
                // The country calling code may be typed without its plus.
                let digits: String = decimal_digits(text).collect();
                let has_code = code.len() > 1 && digits.starts_with(&code[1..]);
                for part in phone::search_digits(text, country) {
                    if part.starts_with('+') {
                        found.push(part);
                        continue;
                    }
                    if has_code && digits == part {
                        found.push(format!("+{part}"));
                    }
                    found.push(format!("{code}{part}"));
                }
                if found.is_empty() {
                    found = visible(vec![self.plain(text)], text);
                }
                found
            }
            TextForm::DocumentNumber(forms) => visible(canonical_forms(forms, text), text),
            _ => visible(vec![self.plain(text)], text),
        }
    }

    /// Parts of a text as they are in search documents.
    fn searched(self, parts: &[String]) -> Vec<String> {
        let searched = |part: &String| match self {
            TextForm::Phone(_) => part.trim_start_matches('+').to_owned(),
            // These have e-mails without a plus in front as well.
            TextForm::Email => fold(part).trim_start_matches('+').to_owned(),
            TextForm::DocumentNumber(_) => number_in_documents(part),
            _ => fold(part),
        };
        parts.iter().map(searched).collect()
    }

    fn plain(self, text: &str) -> String {
        match self {
            TextForm::Folded => fold(text),
            TextForm::Country => text.trim().to_uppercase(),
            TextForm::Exact => text.trim().to_owned(),
            TextForm::Email => email::canonical(email::without_scheme(text)),
            TextForm::Phone(_) => phone_part(text),
            TextForm::DocumentNumber(_) => document_number(text),
            // A part of an address is compared as it is written.
            TextForm::IpAddress => ip_address(text).unwrap_or_else(|| fold(text)),
        }
    }
}

/// Possible stored forms of the number, by the forms of all types: it is entered without its type.
pub fn canonical_forms(forms: &[Form<'_>], typed: &str) -> Vec<String> {
    let mut numbers = vec![Form::default().canonical(typed)];
    for form in forms {
        let number = form.canonical(typed);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    numbers
}

/// The letters and digits of a part of a number, also without the zeros in front of it where a type ignores these.
fn number_parts(forms: &[Form<'_>], typed: &str) -> Vec<String> {
    let part = document_number(typed);
    let without_zeros = Form {
        prefix: "",
        ignores_leading_zeros: forms.iter().any(|form| form.ignores_leading_zeros),
    };
    let short = without_zeros.canonical(typed);
    // What has the longer part in it has the shorter one, too.
    if part.contains(short.as_str()) && !short.is_empty() {
        vec![short]
    } else {
        visible(vec![part], typed)
    }
}

/// The digits of a part of a phone, and the plus in front.
fn phone_part(text: &str) -> String {
    let plus = if text.trim_start().starts_with(['+', '＋']) { "+" } else { "" };
    plus.chars().chain(decimal_digits(text)).collect()
}

/// Without what has nothing in it that counts, which is found nowhere.
fn visible(mut parts: Vec<String>, typed: &str) -> Vec<String> {
    parts.retain(|part| !part.is_empty() || typed.is_empty());
    parts
}

impl TextTest {
    /// Over a column in the form of the test.
    pub fn condition(&self, column: SimpleExpr) -> Condition {
        let whole = [&self.eq, &self.in_].into_iter().flatten();
        let all = whole.fold(Condition::all(), |all, texts| all.add(self.is_one_of(&column, texts)));
        let parts = [
            (&self.contains, contains as fn(SimpleExpr, &str) -> Condition),
            (&self.starts_with, starts_with),
        ];
        let parts = parts.into_iter().filter_map(|(parts, test)| Some((parts.as_ref()?, test)));
        let all = parts.fold(all, |all, (parts, test)| {
            all.add(any(parts.iter().map(|part| test(column.clone(), part))))
        });
        all.add_option(null_test(column, self.is_null))
    }

    /// Whether a column that holds this text, in the form of the test, passes. For texts without extensions.
    pub fn accepts(&self, text: &str) -> bool {
        let is_whole = |texts: &Option<Vec<String>>| texts.as_ref().is_none_or(|texts| texts.iter().any(|whole| whole == text));
        is_whole(&self.eq)
            && is_whole(&self.in_)
            && self
                .contains
                .as_ref()
                .is_none_or(|parts| parts.iter().any(|part| text.contains(part.as_str())))
            && self
                .starts_with
                .as_ref()
                .is_none_or(|parts| parts.iter().any(|part| text.starts_with(part.as_str())))
            && self.is_null != Some(true)
    }

    fn is_one_of(&self, column: &SimpleExpr, texts: &[String]) -> Condition {
        let same = match texts {
            [text] => column.clone().eq(text.as_str()),
            _ => value_in(column.clone(), texts.iter().map(|text| Value::from(text.as_str()))),
        };
        let extended = texts.iter().filter(|text| self.has_extensions && !text.contains(phone::EXTENSION));
        let extended = extended.map(|text| starts_with(column.clone(), &format!("{text}{}", phone::EXTENSION)));
        extended.fold(Condition::any().add(same), Condition::add)
    }

    /// Whether it requests one value or a few in the order of the texts, for which there is an index.
    pub fn is_exact(&self) -> bool {
        let has_beginning = self
            .starts_with
            .as_ref()
            .is_some_and(|parts| parts.iter().all(|part| !part.is_empty()));
        self.eq.is_some() || self.in_.is_some() || has_beginning
    }

    /// Whether it requests one text, and nothing that only begins with it.
    pub fn is_single(&self) -> bool {
        self.eq.as_ref().is_some_and(|texts| texts.len() == 1) && !self.has_extensions
    }

    /// Whether it tests more than the presence of a text.
    pub fn has_part(&self) -> bool {
        self.eq.is_some() || self.in_.is_some() || self.contains.is_some() || self.starts_with.is_some()
    }

    /// Over a column that is never null.
    pub fn of_every(&self, column: SimpleExpr) -> Condition {
        let named = TextTest {
            is_null: None,
            ..self.clone()
        };
        named.condition(column).add_option(never_null(self.is_null))
    }

    pub fn value_count(&self) -> usize {
        self.listed.max(1)
    }
}

/// One of the conditions holds; none of none.
fn any(conditions: impl Iterator<Item = Condition>) -> Condition {
    let mut conditions = conditions.peekable();
    if conditions.peek().is_none() {
        return Condition::all().add(Expr::val(1).eq(0));
    }
    conditions.fold(Condition::any(), Condition::add)
}

/// The text has the part in it.
pub fn contains(column: SimpleExpr, part: &str) -> Condition {
    Condition::all().add(column.like(LikeExpr::new(format!("%{}%", escape_like(part))).escape('\\')))
}

/// As a range, which both databases can scan by index.
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
                TypedTest {
                    eq: text(401),
                    ..TypedTest::default()
                },
                "eq",
                401,
            ),
            (
                TypedTest {
                    in_: listed(401),
                    ..TypedTest::default()
                },
                "in",
                401,
            ),
            (
                TypedTest {
                    contains: text(200),
                    ..TypedTest::default()
                },
                "contains",
                200,
            ),
            (
                TypedTest {
                    starts_with: text(200),
                    ..TypedTest::default()
                },
                "startsWith",
                200,
            ),
        ] {
            fits.check_lengths(401).expect("it fits");
            let longer = |text: Option<String>| text.map(|text| text + "x");
            let longer = TypedTest {
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
    #[test]
    fn what_is_typed_is_read_in_the_form_that_is_kept() {
        let cedula = Form {
            prefix: "V",
            ignores_leading_zeros: true,
        };
        let forms = [cedula];
        let number = TextForm::DocumentNumber(&forms);
        assert_eq!(number.whole("17.204.618"), ["17204618", "V17204618"]);
        assert_eq!(number.beginnings("V-017"), ["V017", "V17"]);
        assert_eq!(number.parts("17.204"), ["17204"]);
        assert_eq!(number.parts("017.204"), ["17204"]);
        assert_eq!(number.searched(&["AÑ1".to_owned(), "АВ1".to_owned()]), ["an1", "АВ1"]);
        let phone = TextForm::Phone("VE");
        assert_eq!(phone.whole("0414-555 0100"), ["+584145550100"]);
        assert_eq!(phone.whole("+58 212 5550142 ext. 7"), ["+582125550142;ext=7"]);
        assert_eq!(phone.beginnings("0414"), ["+58414"]);
        assert_eq!(phone.beginnings("Cel. 0414"), ["+58414"]);
        assert_eq!(phone.beginnings("58 414"), ["+58414", "+5858414"]);
        assert_eq!(
            phone.beginnings("0584"),
            ["+58584"],
            "what begins with a national prefix has no country calling code"
        );
        assert_eq!(phone.parts("WhatsApp: 0414-555"), ["414555"]);
        assert_eq!(TextForm::Email.whole("mailto:ana@x.example"), ["ana@x.example"]);
        assert_eq!(TextForm::Email.searched(&["+ana@".to_owned()]), ["ana@"]);
        assert_eq!(phone.parts("0414-555"), ["414555"]);
        assert_eq!(TextForm::Email.whole("ANA@xn--mller-kva.example"), ["ana@müller.example"]);
        assert_eq!(TextForm::IpAddress.whole("2001:0DB8::0001"), ["2001:db8::1"]);
        assert_eq!(TextForm::IpAddress.whole("::ffff:203.0.113.7"), ["203.0.113.7"]);
        assert_eq!(TextForm::IpAddress.beginnings("2001:DB8:"), ["2001:db8:"]);
        assert_eq!(TextForm::Folded.parts("\u{200b}"), [""; 0]);
        assert_eq!(TextForm::Folded.parts(""), [""]);
    }
}
