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

    /// Names the database by its address; the password is passed separately.
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
        let done = self.command().output().await.map_err(|error| match error.kind() {
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
        let reason = reason(self.program, &String::from_utf8_lossy(&done.stderr));
        Err(format!(
            "{} failed: {}",
            self.program,
            reason.unwrap_or_else(|| done.status.to_string())
        ))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.args(&self.arguments).stdin(Stdio::null()).kill_on_drop(true);
        // What it complains of is read, which has to be in one language.
        command.env("LC_ALL", "C");
        for variable in ["LANGUAGE", "LANG", "LC_MESSAGES"] {
            command.env_remove(variable);
        }
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
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

/// First error message of a program, in one line; None without output. Later lines may be rows, which hold hashes of passwords, and cannot
/// be distinguished by their words: the server's language varies (`lc_messages`), and rows may look like messages.
fn reason(program: &str, said: &str) -> Option<String> {
    let first = |start: &str| said.lines().find(|line| line.starts_with(start));
    let error = format!("{program}: error: ");
    // It reads no row before it is connected, and writes a line for each address that it tried.
    if first(&error).is_some_and(|line| line[error.len()..].starts_with("connection to server ")) {
        return Some(said.trim().to_owned());
    }
    // A program that does not say its name has not begun: its libraries are missing, for one.
    let line = first(&error)
        .or_else(|| first(&format!("{program}: ")))
        .or_else(|| said.lines().find(|line| !line.trim().is_empty()))?;
    Some(if line.starts_with(&format!("{error}COPY ")) {
        without_value(line)
    } else {
        line.to_owned()
    })
}

/// `pg_restore: error: COPY failed for table "users": ERROR:  the reason`, without the value that may stand behind one more colon.
fn without_value(line: &str) -> String {
    let parts: Vec<&str> = line.split(':').take(5).collect();
    parts.join(":").trim_end().to_owned()
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
    use std::ffi::OsStr;

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
        let error = "pg_restore: error: COPY failed for table \"users\": ERROR:  ";
        for (said, expected) in [
            (
                format!(
                    "pg_restore: while PROCESSING TOC:\npg_restore: from TOC entry 3; 0 1 TABLE DATA users ana\n{error}value too long\n\
                     DETAIL:  Failing row contains (1, hash).\nmore hash\nCONTEXT:  COPY users, line 1: \"hash\"\n\
                     pg_restore: error: could not execute query: ERROR:  no\nCommand was: INSERT hash\nhash\n"
                ),
                format!("{error}value too long"),
            ),
            (
                format!(
                    "{error}el valor es demasiado largo para el tipo character varying(3)\n\
                     DETALLE:  La fila que falla contiene (1, hash).\npg_restore: error: hash\n\
                     CONTEXTO:  COPY users, línea 1, columna name: «hash»\n"
                ),
                format!("{error}el valor es demasiado largo para el tipo character varying(3)"),
            ),
            (
                format!("{error}la sintaxis de entrada no es válida para tipo uuid: «hash»\nCONTEXTO:  COPY users, línea 1: «hash»\n"),
                format!("{error}la sintaxis de entrada no es válida para tipo uuid"),
            ),
            (
                format!("{error}syntaxe en entrée invalide pour le type uuid : « hash: »\nCONTEXTE : COPY users, ligne 1 : « hash »\n"),
                format!("{error}syntaxe en entrée invalide pour le type uuid"),
            ),
            (
                "pg_restore: error: input file does not appear to be a valid archive\n".to_owned(),
                "pg_restore: error: input file does not appear to be a valid archive".to_owned(),
            ),
            (
                "pg_restore: error: connection to server at \"host\" (::1), port 1 failed: Connection refused\n\tIs it running?\n\
                 connection to server at \"host\" (10.0.0.1), port 1 failed: FATAL:  no\n"
                    .to_owned(),
                "pg_restore: error: connection to server at \"host\" (::1), port 1 failed: Connection refused\n\tIs it running?\n\
                 connection to server at \"host\" (10.0.0.1), port 1 failed: FATAL:  no"
                    .to_owned(),
            ),
            (
                "\nError: You must install at least one postgresql-client-<version> package\n".to_owned(),
                "Error: You must install at least one postgresql-client-<version> package".to_owned(),
            ),
        ] {
            assert_eq!(reason("pg_restore", &said), Some(expected), "{said}");
        }
        assert_eq!(reason("pg_restore", "\n"), None);
    }

    #[test]
    fn programs_complain_in_one_language() {
        let call = Call::new("pg_dump", &[]).on("postgres://ana:pw@host/crm").unwrap();
        let command = call.command();
        let variables: Vec<_> = command.as_std().get_envs().collect();
        for (name, value) in [
            ("LC_ALL", Some("C")),
            ("LANGUAGE", None),
            ("LANG", None),
            ("LC_MESSAGES", None),
            ("PGPASSWORD", Some("pw")),
        ] {
            let variable = (OsStr::new(name), value.map(OsStr::new));
            assert!(variables.contains(&variable), "{name}: {variables:?}");
        }
    }
}
