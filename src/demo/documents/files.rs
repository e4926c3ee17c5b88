//! Contents of the documents of the demo: small files of the types that people upload.

use std::io::Cursor;

use chrono::DateTime;
use image::{ImageFormat, Rgb, RgbImage};

use crate::demo::dice::Dice;
use crate::demo::texts;
use crate::setup::{Language, Words};

/// A file and its name.
pub struct Paper {
    pub name: String,
    /// Name of a type of document, as new databases have it.
    pub document_type: &'static str,
    pub bytes: Vec<u8>,
}

const CONTRACT: Words = ["Contract", "Contrato"];
const IDENTIFICATION: Words = ["Identification", "Identificación"];
const PROPOSAL: Words = ["Proposal", "Propuesta"];
const PICTURE: Words = ["Picture", "Fotografía"];
const OTHER: Words = ["Other", "Otro"];

const CARDS: [Words; 2] = [["ID card", "Cédula"], ["Tax certificate", "Certificado fiscal"]];
const SUBJECTS: [Words; 3] = [
    ["Shop front", "Fachada"],
    ["Warehouse", "Depósito"],
    ["Sample on the shelf", "Muestra en el estante"],
];
const MINUTES: Words = ["Minutes of the meeting", "Minuta de la reunión"];

/// Pixels of a picture.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 420;

impl Paper {
    /// A file about someone, of that time.
    pub fn invent(dice: &mut Dice, language: Language, subject: &str, at: i64) -> Paper {
        let day = DateTime::from_timestamp_millis(at).map_or_else(String::new, |at| at.date_naive().to_string());
        match dice.below(10) {
            0..3 => {
                let title = language.choose(CONTRACT);
                Paper {
                    name: format!("{title} {day}.pdf"),
                    document_type: title,
                    bytes: letter(title, subject, &day, &texts::note(dice, language)),
                }
            }
            3..5 => {
                let title = language.choose(PROPOSAL);
                Paper {
                    name: format!("{title} {day}.pdf"),
                    document_type: title,
                    bytes: letter(title, subject, &day, &texts::talk(dice, language)),
                }
            }
            5..7 => Paper {
                name: format!("{}.png", language.choose(*dice.pick(&CARDS))),
                document_type: language.choose(IDENTIFICATION),
                bytes: picture(dice, ImageFormat::Png),
            },
            7..9 => Paper {
                name: format!("{} {day}.jpg", language.choose(*dice.pick(&SUBJECTS))),
                document_type: language.choose(PICTURE),
                bytes: picture(dice, ImageFormat::Jpeg),
            },
            _ => Paper {
                name: format!("{} {day}.txt", language.choose(MINUTES)),
                document_type: language.choose(OTHER),
                bytes: format!("{} {day}\n{subject}\n\n{}\n", language.choose(MINUTES), texts::note(dice, language)).into_bytes(),
            },
        }
    }
}

/// A page with a title, a name, a day and a text, as PDF.
fn letter(title: &str, subject: &str, day: &str, body: &str) -> Vec<u8> {
    let mut content = b"BT /F1 22 Tf 72 760 Td (".to_vec();
    push_text(title, &mut content);
    content.extend(b") Tj /F1 12 Tf 18 TL 0 -40 Td (");
    push_text(&format!("{subject}, {day}"), &mut content);
    content.extend(b") Tj T*");
    for line in lines(body) {
        content.extend(b" T* (");
        push_text(&line, &mut content);
        content.extend(b") Tj");
    }
    content.extend(b" ET");
    let objects: [Vec<u8>; 5] = [
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>".to_vec(),
        [
            format!("<< /Length {} >>\nstream\n", content.len()).as_bytes(),
            &content,
            b"\nendstream",
        ]
        .concat(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ];
    let mut file = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).into_bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).into_bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let size = objects.len() + 1;
    file.extend(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").into_bytes());
    file
}

/// A text in the encoding of the page, which is Latin-1 for the letters of both languages.
fn push_text(text: &str, content: &mut Vec<u8>) {
    for letter in text.chars() {
        if matches!(letter, '(' | ')' | '\\') {
            content.push(b'\\');
        }
        content.push(u8::try_from(u32::from(letter)).unwrap_or(b'?'));
    }
}

/// A text in lines that fit on the page.
fn lines(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.len() - 1;
        if lines[line].len() + word.len() > 80 {
            lines.push(word.to_owned());
        } else {
            if !lines[line].is_empty() {
                lines[line].push(' ');
            }
            lines[line].push_str(word);
        }
    }
    lines
}

/// A sky over some buildings, with colours by chance.
fn picture(dice: &mut Dice, format: ImageFormat) -> Vec<u8> {
    let mut colour = || [0; 3].map(|_: u8| dice.between(60, 220) as u8);
    let (sky, ground) = (colour(), colour());
    let mut walls = Vec::new();
    for _ in 0..5 {
        walls.push((colour(), HEIGHT / 4));
    }
    for (_, top) in &mut walls {
        *top += u32::try_from(dice.below(u64::from(HEIGHT / 3))).unwrap_or_default();
    }
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let (wall, top) = walls[(x * 5 / WIDTH) as usize];
        let is_window = x % 32 < 14 && y % 40 < 18;
        Rgb(if y > HEIGHT * 5 / 6 {
            ground
        } else if y < top {
            sky
        } else if is_window {
            wall.map(|part| part.saturating_add(35))
        } else {
            wall
        })
    });
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, format)
        .expect("a picture in memory can be written in this format");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::storage::media_type;

    #[test]
    fn files_are_what_their_names_say() {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for (index, language) in (0..200).zip(Language::ALL.into_iter().cycle()) {
            let invent = || Paper::invent(&mut Dice::new(1, 2, index), language, "Peña (hijos) \\ Cía", 1_790_000_000_000);
            let paper = invent();
            assert_eq!(invent().bytes, paper.bytes, "{}", paper.name);
            let (_, extension) = paper.name.rsplit_once('.').expect("an extension");
            let expected = match extension {
                "pdf" => "application/pdf",
                "png" => "image/png",
                "jpg" => "image/jpeg",
                _ => "text/plain",
            };
            assert_eq!(media_type(&paper.bytes), expected, "{}", paper.name);
            assert!(paper.bytes.len() < 200_000, "{}: {}", paper.name, paper.bytes.len());
            *seen.entry(extension.to_owned()).or_default() += 1;
        }
        assert!(seen.len() == 4 && seen.values().all(|count| *count > 5), "{seen:?}");
    }

    #[test]
    fn the_table_of_a_letter_leads_to_its_objects() {
        let file = letter("Título", "Peña (hijos)", "2026-09-30", "Una línea. ".repeat(40).trim());
        let text: String = file.iter().map(|byte| char::from(*byte)).collect();
        let table = text
            .split("startxref\n")
            .nth(1)
            .and_then(|rest| rest.lines().next())
            .expect("its place");
        let table = &text[text.char_indices().nth(table.parse().expect("a number")).expect("a place").0..];
        let places: Vec<usize> = table
            .lines()
            .filter_map(|line| line.strip_suffix(" 00000 n "))
            .map(|place| place.parse().expect("a number"))
            .collect();
        assert_eq!(places.len(), 5);
        for (index, place) in places.into_iter().enumerate() {
            assert!(file[place..].starts_with(format!("{} 0 obj", index + 1).as_bytes()));
        }
        assert!(text.contains("(Peña \\(hijos\\), 2026-09-30)"), "{text}");
    }
}
