//! The languages of texts that the program brings along, and how such a text is written in all of them.

/// A language in which the default catalogues and the demo data are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Spanish,
}

/// One text in English and in Spanish, in this order. The length is fixed, so that a missing translation does not compile.
pub type Words = [&'static str; 2];

impl Language {
    pub const ALL: [Language; 2] = [Language::English, Language::Spanish];

    /// The language of a locale such as `es-VE`, `es_MX` or `en`. English where the language of the locale is another one.
    pub fn of(locale: &str) -> Language {
        let language = locale.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("es") || language.eq_ignore_ascii_case("spa") {
            Language::Spanish
        } else {
            Language::English
        }
    }

    /// The text in this language.
    pub fn choose(self, [english, spanish]: Words) -> &'static str {
        match self {
            Language::English => english,
            Language::Spanish => spanish,
        }
    }
}

/// A name that is the same in all languages.
pub const fn same(text: &'static str) -> Words {
    [text, text]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_follows_its_language() {
        for locale in ["es", "es-VE", "es_MX", "es-419", "es_ES.UTF-8", "ES-ar", "spa"] {
            assert_eq!(Language::of(locale), Language::Spanish, "{locale}");
        }
        for locale in ["en", "en-GB", "en_US", "eng", "fr-FR", "pt-BR", "est-EE", "zh-Hant-TW", ""] {
            assert_eq!(Language::of(locale), Language::English, "{locale}");
        }
    }
}
