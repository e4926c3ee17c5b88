//! Rules of documents: their names, how many there may be, and which of them have a thumbnail.

use normalization::text::{breaks_line, is_visible_text};

use crate::error::Problem;
use crate::rules::limits::{optional_line, required_line};

/// Maximum number of documents of a prospect that are not deleted.
pub const MOST_DOCUMENTS: usize = 200;
/// Characters in the name of a document, and in that of its file.
pub const NAME_LENGTH: usize = 255;
/// Maximum number of uploads in parts of a user that are not finished.
pub const MOST_UPLOADS: u64 = 20;
/// Maximum number of parts of an upload.
pub const MOST_PARTS: u64 = 1_000;
/// Maximum size of a part, in bytes.
pub const LARGEST_PART: u64 = 8 << 20;
/// Minimum size of every part but the last, in bytes.
pub const SMALLEST_PART: u64 = 256 << 10;
/// Lifetime of an upload in parts.
pub const UPLOAD_LIFETIME_MS: i64 = 24 * 60 * 60 * 1000;
/// Name of a file that came without one.
const UNNAMED: &str = "document";
/// Characters of an extension that stays when a name is cut.
const EXTENSION_LENGTH: usize = 20;
/// Directional marks, which let a name look as if it had another extension.
const DIRECTIONS: [char; 12] = [
    '\u{061c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}',
    '\u{2069}',
];

/// The name of a file as it is stored: without folders, control characters and directional marks, and of at most 255 characters.
pub fn file_name(given: Option<&str>) -> String {
    let given = given.unwrap_or_default();
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_kept = |letter: &char| !letter.is_control() && !breaks_line(*letter) && !DIRECTIONS.contains(letter);
    let clean: String = last.chars().filter(is_kept).collect();
    let clean = clean.trim();
    if !is_visible_text(clean) || clean.chars().all(|letter| letter == '.') {
        return UNNAMED.to_owned();
    }
    shortened(clean)
}

/// The name of a new document: by default that of its file.
pub fn name(given: Option<&str>, file_name: &str, problems: &mut Vec<Problem>) -> String {
    optional_line(given, NAME_LENGTH, &["input", "name"], problems).unwrap_or_else(|| file_name.to_owned())
}

/// Another name of a document.
pub fn new_name(given: &str, problems: &mut Vec<Problem>) -> String {
    required_line(given, NAME_LENGTH, &["input", "name"], problems)
}

/// Whether a thumbnail is made of files of this type.
pub fn has_thumbnail(media_type: &str) -> bool {
    ["image/jpeg", "image/png", "image/webp"].contains(&media_type)
}

/// Cuts a name in front of its extension.
fn shortened(name: &str) -> String {
    let length = name.chars().count();
    if length <= NAME_LENGTH {
        return name.to_owned();
    }
    let extension = name.rfind('.').map_or("", |place| &name[place..]);
    let extension = if extension.chars().count() <= EXTENSION_LENGTH {
        extension
    } else {
        ""
    };
    let kept = NAME_LENGTH - extension.chars().count();
    name.chars().take(kept).chain(extension.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbnails_are_made_of_pictures_without_scripts() {
        assert!(has_thumbnail("image/webp") && !has_thumbnail("image/svg+xml"));
    }

    #[test]
    fn names_of_files_lose_what_is_no_name() {
        for (given, stored) in [
            ("Contrato final.pdf", "Contrato final.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\Ana\\cédula.jpg", "cédula.jpg"),
            ("a\0b\r\nc\u{7}.png", "abc.png"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("photo.jpg.exe", "photo.jpg.exe"),
            ("  .hidden ", ".hidden"),
            ("", UNNAMED),
            ("..", UNNAMED),
            ("folder/", UNNAMED),
            ("\u{200b}", UNNAMED),
        ] {
            assert_eq!(file_name(Some(given)), stored, "{given:?}");
        }
        assert_eq!(file_name(None), UNNAMED);
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let long = format!("{}.pdf", "ñ".repeat(300));
        let stored = file_name(Some(&long));
        assert_eq!(stored.chars().count(), NAME_LENGTH);
        assert!(stored.ends_with("ñ.pdf"));
        // What follows a dot is not always an extension.
        let sentence = format!("a.{}", "b".repeat(300));
        assert_eq!(file_name(Some(&sentence)).chars().count(), NAME_LENGTH);
    }

    #[test]
    fn the_name_is_that_of_the_file_unless_another_is_given() {
        let mut problems = Vec::new();
        assert_eq!(name(None, "a.pdf", &mut problems), "a.pdf");
        assert_eq!(name(Some("  "), "a.pdf", &mut problems), "a.pdf");
        assert_eq!(name(Some(" Contract "), "a.pdf", &mut problems), "Contract");
        assert!(problems.is_empty());
        name(Some(&"x".repeat(NAME_LENGTH + 1)), "a.pdf", &mut problems);
        name(Some("a\nb"), "a.pdf", &mut problems);
        new_name(" ", &mut problems);
        assert_eq!(problems.len(), 3, "{problems:?}");
    }
}
