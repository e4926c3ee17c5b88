//! The password of the first administrator where it is not written down among the settings: in a file of its own, or on the input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::checks::Contradiction;
use super::file::may_pass;
use super::values::secret;
use super::{Fault, Settings};
use crate::rules::access as rules;

/// Value that names the standard input instead of a password or a file.
pub const INPUT: &str = "-";
/// A longer first line is not a password.
const LONGEST: u64 = 4_096;

impl Settings {
    /// Puts the password itself in the place of the file whose first line it is. The input is left alone. Each file is read once: it may be a pipe.
    pub(super) fn read_password_file(&mut self) -> Result<(), Fault> {
        let Some(file) = self.admin_password_file.take_if(|file| file != Path::new(INPUT)) else {
            return Ok(());
        };
        self.take_password(format!("admin_password_file {}", file.display()), first_line_of(&file))
    }

    /// The same, also of the input. The input is read only if the settings name it.
    pub fn read_admin_password(&mut self, input: &mut dyn BufRead) -> Result<(), Fault> {
        self.read_password_file()?;
        let is_input = self.admin_password.as_ref().is_some_and(|password| password.expose() == INPUT);
        if is_input || self.admin_password_file.take().is_some() {
            self.take_password("input".to_owned(), first_line(input))?;
        }
        Ok(())
    }

    fn take_password(&mut self, place: String, line: io::Result<String>) -> Result<(), Fault> {
        // Here a single `-` is a password like others, and too short.
        let line = line.map_err(|error| Fault {
            place: place.clone(),
            reason: error.to_string(),
            may_pass: may_pass(&error),
        })?;
        let read = rules::password(&line, &[])
            .map_err(|problem| problem.message)
            .and_then(|()| secret(&line));
        self.admin_password = Some(read.map_err(|reason| Fault {
            place,
            reason,
            may_pass: false,
        })?);
        Ok(())
    }

    /// Contradictions between the sources of the password.
    pub(super) fn password_contradictions(&self) -> Vec<Contradiction> {
        let given = [
            ("admin_password", self.admin_password.is_some()),
            ("admin_password_file", self.admin_password_file.is_some()),
        ];
        let names: Vec<&str> = given.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
        let mut found = Vec::new();
        if names.len() > 1 {
            found.push(Contradiction {
                settings: &["admin_password", "admin_password_file"],
                reason: "admin_password and admin_password_file are both set".to_owned(),
            });
        }
        if let Some(name) = names.first()
            && self.admin_email.is_none()
        {
            found.push(Contradiction {
                settings: &["admin_email"],
                reason: format!("{name} is set and admin_email is not"),
            });
        }
        found
    }
}

fn first_line_of(file: &PathBuf) -> io::Result<String> {
    first_line(&mut BufReader::new(File::open(file)?))
}

fn first_line(input: &mut dyn BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.take(LONGEST).read_line(&mut line)?;
    match line.trim_end_matches(['\r', '\n']) {
        "" => Err(io::Error::new(ErrorKind::InvalidData, "its first line holds no password")),
        password => Ok(password.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &mut Settings, input: &str) -> Result<Option<String>, Fault> {
        settings.read_admin_password(&mut input.as_bytes())?;
        Ok(settings.admin_password.as_ref().map(|password| password.expose().to_owned()))
    }

    fn from_file(file: &Path) -> Settings {
        Settings {
            admin_password_file: Some(file.to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn the_first_line_of_the_file_or_of_the_input_is_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        for content in ["open sesame", "open sesame\n", "open sesame\r\nand more\n"] {
            std::fs::write(&file, content).unwrap();
            let password = Some("open sesame".to_owned());
            assert_eq!(read(&mut from_file(&file), "of the input"), Ok(password.clone()));
            assert_eq!(read(&mut from_file(Path::new(INPUT)), content), Ok(password.clone()));
            let mut settings = Settings {
                admin_password: Some(secret(INPUT).unwrap()),
                ..Settings::default()
            };
            assert_eq!(read(&mut settings, content), Ok(password));
        }
        assert_eq!(read(&mut Settings::default(), "of the input"), Ok(None));
        let mut settings = Settings {
            admin_password: Some(secret("given").unwrap()),
            ..Settings::default()
        };
        assert_eq!(read(&mut settings, "of the input"), Ok(Some("given".to_owned())));
    }

    #[test]
    fn without_a_password_there_nothing_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        for content in [&b""[..], b"\n", b"\r\nsecond line", b"sesame \xff\n", b"sesame\n", b"-\n"] {
            std::fs::write(&file, content).unwrap();
            let fault = read(&mut from_file(&file), "of the input").unwrap_err();
            assert!(fault.to_string().contains(&file.display().to_string()), "{fault}");
            assert!(!fault.to_string().contains("sesame"));
        }
        for missing in [&folder.path().join("missing"), folder.path()] {
            assert!(read(&mut from_file(missing), "of the input").is_err(), "{}", missing.display());
        }
        assert!(
            read(&mut from_file(Path::new(INPUT)), "")
                .unwrap_err()
                .to_string()
                .starts_with("input: ")
        );
    }
}
