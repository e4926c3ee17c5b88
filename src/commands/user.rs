//! `cartera user`: people who may sign in, for whoever runs the server, also beside a running one.

use std::error::Error as StdError;
use std::sync::Arc;

use cartera::auth::credentials::new_token;
use cartera::auth::{Role, Viewer};
use cartera::cx::{App, Cx, Origin};
use cartera::resolvers::access::users;
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
    /// Lets a user sign in no more and ends their sessions
    Deactivate {
        #[arg(long)]
        email: String,
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

/// A password, and whether somebody has to be told what it is.
struct Password {
    text: String,
    is_made: bool,
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
            with_app(settings, async |app| create(app, &email, name, role.into(), &password).await).await
        }
        Command::Password { email, password } => {
            let password = password.read()?;
            with_app(settings, async |app| change_password(app, &email, &password).await).await
        }
        Command::Deactivate { email } => with_app(settings, async |app| deactivate(app, &email).await).await,
    }
}

async fn create(app: &Arc<App>, email: &str, name: String, role: Role, password: &Password) -> Outcome {
    let new = users::NewUser {
        email: email.to_owned(),
        name,
        role,
        locale: app.settings.default_locale.clone(),
        time_zone: app.settings.default_time_zone.clone(),
        password: password.text.clone(),
    };
    users::create(&operator(app), new).await?;
    print(&format!("{email} may sign in now\n{}", password.told()))
}

async fn change_password(app: &Arc<App>, email: &str, password: &Password) -> Outcome {
    let cx = operator(app);
    users::set_password(&cx, find(&cx, email).await?, &password.text).await?;
    print(&format!(
        "{email} has another password, and all sessions have ended\n{}",
        password.told()
    ))
}

async fn deactivate(app: &Arc<App>, email: &str) -> Outcome {
    let cx = operator(app);
    users::deactivate(&cx, find(&cx, email).await?).await?;
    print(&format!("{email} may sign in no more\n"))
}

impl PasswordArguments {
    fn read(&self) -> Result<Password, Box<dyn StdError + Send + Sync>> {
        if !self.password_stdin {
            let (text, _) = new_token();
            return Ok(Password { text, is_made: true });
        }
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        let text = line.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() {
            Err("the input holds no password".into())
        } else {
            Ok(Password { text, is_made: false })
        }
    }
}

impl Password {
    fn told(&self) -> String {
        if self.is_made {
            format!("The password is {}\nIt is not shown again\n", self.text)
        } else {
            String::new()
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

/// Whoever may run commands beside the database may do what an administrator may.
fn operator(app: &Arc<App>) -> Cx {
    let viewer = Viewer {
        user_id: Uuid::nil(),
        role: Role::Admin,
        session_id: Uuid::nil(),
    };
    Cx::new(app.clone(), Some(viewer), Origin::default())
}

async fn find(cx: &Cx, email: &str) -> Result<Uuid, Box<dyn StdError + Send + Sync>> {
    let user = users::by_email(cx, email).await?;
    Ok(user.ok_or_else(|| format!("there is no user with the e-mail {email}"))?.id)
}
