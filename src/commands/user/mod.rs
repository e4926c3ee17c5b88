//! `cartera user`: user management for operators, also while a server runs. It creates no database.

mod list;

use std::error::Error as StdError;
use std::sync::Arc;

use cartera::app::App;
use cartera::auth::credentials::FirstPassword;
use cartera::auth::{Role, Viewer};
use cartera::cx::{Cx, Origin};
use cartera::entities::access::user;
use cartera::resolvers::access::{passwords, users};
use cartera::resolvers::process::demotion;
use cartera::resolvers::process::handover::{self, Handover};
use cartera::settings::Settings;

use super::{Outcome, print, with_existing};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Creates a user; without --password-stdin a password is made and printed once
    Create {
        /// The e-mail to sign in with
        #[arg(long, value_parser = crate::commands::email)]
        email: String,
        /// Name of the user
        #[arg(long)]
        name: String,
        /// Role of the user
        #[arg(long, value_enum, default_value_t = RoleName::Sales)]
        role: RoleName,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Lists all users
    List {
        /// Prints JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Changes the role, e-mail or name of a user; what is left out stays as it is
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The e-mail of the user
        #[arg(long, value_parser = crate::commands::email)]
        email: String,
        /// Another role; the last active administrator stays one
        #[arg(long, value_enum, group = "change")]
        role: Option<RoleName>,
        /// Another e-mail to sign in with
        #[arg(long, value_name = "EMAIL", group = "change", value_parser = crate::commands::email)]
        new_email: Option<String>,
        /// Another name
        #[arg(long, group = "change")]
        name: Option<String>,
    },
    /// Gives a user another password and ends their sessions
    Password {
        /// The e-mail of the user
        #[arg(long, value_parser = crate::commands::email)]
        email: String,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Lets a user sign in no more, ends their sessions and API keys, and hands over their prospects
    Deactivate {
        /// The e-mail of the user
        #[arg(long, value_parser = crate::commands::email)]
        email: String,
        /// The e-mail of the user who gets the prospects
        #[arg(long, value_name = "EMAIL", conflicts_with = "leave_unassigned", value_parser = crate::commands::email)]
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
            with_existing(settings, async |app| create(app, &email, name, role.into(), password).await).await
        }
        Command::List { json } => with_existing(settings, async |app| list::run(app, json).await).await,
        Command::Update {
            email,
            role,
            new_email,
            name,
        } => {
            let edit = users::UserEdit {
                email: new_email.into(),
                name: name.into(),
                role: role.map(Into::into).into(),
                ..users::UserEdit::default()
            };
            with_existing(settings, async |app| update(app, &email, edit).await).await
        }
        Command::Password { email, password } => {
            let password = password.read()?;
            with_existing(settings, async |app| change_password(app, &email, password).await).await
        }
        Command::Deactivate {
            email,
            transfer_to,
            leave_unassigned,
        } => {
            with_existing(settings, async |app| {
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
    print(&format!("{email} may sign in now\n{}", password_notice(password)))
}

/// By the same function as the API's, so that the rules, the reassignment of tasks and the history are the same.
async fn update(app: &Arc<App>, email: &str, edit: users::UserEdit) -> Outcome {
    let cx = operator(app);
    let before = find(&cx, email).await?;
    let after = demotion::update(&cx, before.id, edit, None).await?;
    let what = if after.version == before.version {
        "is as before"
    } else {
        "is changed"
    };
    print(&format!("{email} {what}: {}, {}, {}\n", after.email, after.name, word(after.role)))
}

async fn change_password(app: &Arc<App>, email: &str, password: FirstPassword) -> Outcome {
    let cx = operator(app);
    passwords::reset(&cx, find(&cx, email).await?.id, &password.text).await?;
    print(&format!(
        "{email} has another password, and all sessions have ended\n{}",
        password_notice(password)
    ))
}

async fn deactivate(app: &Arc<App>, email: &str, transfer_to: Option<&str>, leave_unassigned: bool) -> Outcome {
    let cx = operator(app);
    let handover = Handover {
        transfer_to: match transfer_to {
            Some(email) => Some(find(&cx, email).await?.id),
            None => None,
        },
        leave_unassigned,
    };
    let left = handover::deactivate(&cx, find(&cx, email).await?.id, handover).await?;
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
    Cx::new(app.clone(), Some(Viewer::system()), Origin::default())
}

/// Shows a generated password, once, for the operator to pass on.
fn password_notice(password: FirstPassword) -> String {
    let made = password.made();
    made.map_or_else(String::new, |secret| {
        format!("The password is {}\nIt is not shown again\n", secret.expose())
    })
}

async fn find(cx: &Cx, email: &str) -> Result<user::Model, Box<dyn StdError + Send + Sync>> {
    let user = users::by_email(cx, email).await?;
    Ok(user.ok_or_else(|| format!("there is no user with the e-mail {email}; `cartera user list` shows them"))?)
}

/// A role as it is written on the command line.
fn word(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Sales => "sales",
    }
}
