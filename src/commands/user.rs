//! `cartera user`: people who may sign in, for whoever runs the server, also beside a running one.

use std::error::Error as StdError;
use std::sync::Arc;

use cartera::auth::credentials::FirstPassword;
use cartera::auth::{Role, Viewer};
use cartera::cx::{App, Cx, Origin};
use cartera::resolvers::access::{passwords, users};
use cartera::resolvers::records::handover::{self, Handover};
use cartera::settings::Settings;
use uuid::Uuid;

use super::{Outcome, print, with_app};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Creates a user; without --password-stdin a password is made and printed once
    Create {
        #[arg(long)]
        email: String,
        #[arg(long)]
        name: String,
        #[arg(long, value_enum, default_value_t = RoleName::Sales)]
        role: RoleName,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Gives a user another password and ends their sessions
    Password {
        #[arg(long)]
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Lets a user sign in no more, ends their sessions and API keys, and hands over their prospects
    Deactivate {
        #[arg(long)]
        email: String,
        /// The e-mail of the user who gets the prospects
        #[arg(long, value_name = "EMAIL", conflicts_with = "leave_unassigned")]
        transfer_to: Option<String>,
        /// Leaves the prospects without an owner
        #[arg(long)]
        leave_unassigned: bool,
    },
}

#[derive(clap::Args)]
pub struct PasswordArguments {
    /// Reads the password from the first line of the input, so that no list of processes shows it
    #[arg(long)]
    password_stdin: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum RoleName {
    Admin,
    Sales,
}

pub async fn run(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Create {
            email,
            name,
            role,
            password,
        } => {
            let password = password.read()?;
            with_app(settings, async |app| create(app, &email, name, role.into(), password).await).await
        }
        Command::Password { email, password } => {
            let password = password.read()?;
            with_app(settings, async |app| change_password(app, &email, password).await).await
        }
        Command::Deactivate {
            email,
            transfer_to,
            leave_unassigned,
        } => {
            with_app(settings, async |app| {
                deactivate(app, &email, transfer_to.as_deref(), leave_unassigned).await
            })
            .await
        }
    }
}

async fn create(app: &Arc<App>, email: &str, name: String, role: Role, password: FirstPassword) -> Outcome {
    let new = users::NewUser {
        email: email.to_owned(),
        name,
        role,
        locale: app.settings.default_locale.clone(),
        time_zone: app.settings.default_time_zone.clone(),
        password: password.text.clone(),
    };
    users::create(&operator(app), new).await?;
    print(&format!("{email} may sign in now\n{}", told(password)))
}

async fn change_password(app: &Arc<App>, email: &str, password: FirstPassword) -> Outcome {
    let cx = operator(app);
    passwords::reset(&cx, find(&cx, email).await?, &password.text).await?;
    print(&format!(
        "{email} has another password, and all sessions have ended\n{}",
        told(password)
    ))
}

async fn deactivate(app: &Arc<App>, email: &str, transfer_to: Option<&str>, leave_unassigned: bool) -> Outcome {
    let cx = operator(app);
    let handover = Handover {
        transfer_to: match transfer_to {
            Some(email) => Some(find(&cx, email).await?),
            None => None,
        },
        leave_unassigned,
    };
    let left = handover::deactivate(&cx, find(&cx, email).await?, handover).await?;
    let prospects = match (left.transferred.unwrap_or_default(), transfer_to) {
        (0, _) => String::new(),
        (count, Some(email)) => format!("; {count} prospects went to {email}"),
        (count, None) => format!("; {count} prospects are without an owner"),
    };
    print(&format!("{email} may sign in no more{prospects}\n"))
}

impl PasswordArguments {
    fn read(&self) -> Result<FirstPassword, Box<dyn StdError + Send + Sync>> {
        if !self.password_stdin {
            return Ok(FirstPassword::given_or_made(None));
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        let text = line.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() {
            Err("the input holds no password".into())
        } else {
            Ok(FirstPassword::given_or_made(Some(text)))
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Sales => Self::Sales,
        }
    }
}

fn operator(app: &Arc<App>) -> Cx {
    Cx::new(app.clone(), Some(Viewer::operator()), Origin::default())
}

/// A password that was made, for the one who has to pass it on.
fn told(password: FirstPassword) -> String {
    let made = password.made();
    made.map_or_else(String::new, |text| format!("The password is {text}\nIt is not shown again\n"))
}

async fn find(cx: &Cx, email: &str) -> Result<Uuid, Box<dyn StdError + Send + Sync>> {
    let user = users::by_email(cx, email).await?;
    Ok(user.ok_or_else(|| format!("there is no user with the e-mail {email}"))?.id)
}
