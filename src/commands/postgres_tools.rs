//! PostgreSQL's own programs for backups, called so that no password is seen in the list of processes.

use std::io::ErrorKind;
use std::process::Stdio;

use cartera::settings::DatabaseUrl;
use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

/// A call of one of the programs for a database.
pub struct Call {
    program: &'static str,
    arguments: Vec<String>,
    password: Option<String>,
}

impl Call {
    pub fn new(program: &'static str, arguments: &[&str]) -> Call {
        Call {
            program,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            password: None,
        }
    }

    /// Names the database by its address; the password goes another way.
    pub fn on(mut self, address: &str) -> Result<Call, String> {
        let (address, password) = without_password(address)?;
        self.arguments.push(format!("--dbname={address}"));
        self.password = password;
        Ok(self)
    }

    pub fn with(mut self, argument: &str) -> Call {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Runs it to its end and answers what it wrote.
    pub async fn run(self) -> Result<String, String> {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).stdin(Stdio::null()).kill_on_drop(true);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        let done = command.output().await.map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!(
                "{} is not on the path (Debian: postgresql-client); where it is, run\n  {}",
                self.program,
                self.written()
            ),
            _ => format!("{}: {error}", self.program),
        })?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        Err(format!(
            "{} failed: {}",
            self.program,
            reason(&String::from_utf8_lossy(&done.stderr))
        ))
    }

    /// The call as one would type it, but for what else may be a secret in the address.
    fn written(&self) -> String {
        let shown = |argument: &String| match argument
            .strip_prefix("--dbname=")
            .and_then(|address| address.parse::<DatabaseUrl>().ok())
        {
            Some(address) => format!("--dbname={address}"),
            None => argument.clone(),
        };
        let arguments: Vec<String> = self.arguments.iter().map(|argument| quoted(&shown(argument))).collect();
        let password = if self.password.is_some() { "PGPASSWORD=... " } else { "" };
        format!("{password}{} {}", self.program, arguments.join(" "))
    }
}

/// What a program complained of, without the rows that it was at: they hold hashes of passwords.
fn reason(said: &str) -> String {
    let mut is_row = false;
    let kept = said.trim().lines().filter(|line| {
        let words = line.trim_start();
        // What a row holds may have several lines; the next complaint begins with the name of the program.
        is_row = match words.starts_with("pg_") {
            true => words.contains(" DETAIL: ") || words.contains(" CONTEXT: "),
            false => is_row || ["DETAIL:", "CONTEXT:", "Command was:"].iter().any(|start| words.starts_with(start)),
        };
        !is_row
    });
    kept.collect::<Vec<_>>().join("\n")
}

fn quoted(argument: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=/.:@,".contains(letter);
    if argument.chars().all(is_plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', "'\\''"))
    }
}

/// An address without its password, and the password as it was meant. The password of a key goes as well: no variable carries it, and the
/// server itself does not use such keys.
fn without_password(address: &str) -> Result<(String, Option<String>), String> {
    let mut url = Url::parse(address).map_err(|_| "the address of the database cannot be read".to_owned())?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut password = url.password().map(decoded);
    if password.is_some() && url.set_password(None).is_err() {
        return Err("the address of the database cannot be read".to_owned());
    }
    if url.query_pairs().any(|(name, _)| is_secret(&name)) {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        url.query_pairs_mut().clear();
        for (name, value) in pairs {
            if name == "password" {
                password = Some(value);
            } else if !is_secret(&name) {
                url.query_pairs_mut().append_pair(&name, &value);
            }
        }
    }
    Ok((url.to_string(), password))
}

fn is_secret(parameter: &str) -> bool {
    ["password", "sslpassword"].contains(&parameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_leave_the_address() {
        let (address, password) = without_password("postgres://ana:p%40ss@host:1/crm?sslmode=disable").unwrap();
        assert_eq!(
            (address.as_str(), password.as_deref()),
            ("postgres://ana@host:1/crm?sslmode=disable", Some("p@ss"))
        );
        let (address, password) = without_password("postgres://host/crm?user=ana&password=pw").unwrap();
        assert_eq!(
            (address.as_str(), password.as_deref()),
            ("postgres://host/crm?user=ana", Some("pw"))
        );
        let (address, password) = without_password("postgres://host/crm?pass%77ord=pw&sslpassword=pw2&sslmode=require").unwrap();
        assert_eq!(
            (address.as_str(), password.as_deref()),
            ("postgres://host/crm?sslmode=require", Some("pw"))
        );
        let call = Call::new("pg_dump", &[])
            .on("postgres://ana:pw@host/crm?options=-c%20a.b%3Dpw")
            .unwrap();
        assert!(!call.written().contains("Dpw"), "{}", call.written());
        let call = Call::new("pg_dump", &["--file=a b"]).on("postgres://ana:pw@host/crm").unwrap();
        assert_eq!(
            call.written(),
            "PGPASSWORD=... pg_dump '--file=a b' --dbname=postgres://ana@host/crm"
        );
    }

    #[test]
    fn complaints_come_without_rows() {
        let said = "pg_restore: error: COPY failed for table \"users\": ERROR:  value too long\n\
                    DETAIL:  Failing row contains (1, hash).\nmore hash\nCONTEXT:  COPY users, line 1: \"hash\"\n\
                    pg_restore: error: could not execute query: ERROR:  no\nCommand was: INSERT hash\nhash\n";
        let told = reason(said);
        assert!(told.contains("value too long") && told.contains("could not execute"), "{told}");
        assert!(!told.contains("hash"), "{told}");
    }
}
