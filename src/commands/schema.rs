//! `cartera schema`: the GraphQL schema as text, with the typed attributes of a database if wanted, or whether a file still equals it.

use std::path::PathBuf;
use std::sync::Arc;

use cartera::app::App;
use cartera::schema::custom::{Audience, FieldSets};
use cartera::settings::Settings;

use super::user::RoleName;
use super::{Outcome, print, with_existing};

#[derive(clap::Args)]
pub struct Arguments {
    /// Prints nothing and fails if this file differs from the schema
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// Adds the typed attributes of the database, for code generators
    #[arg(long)]
    with_attributes: bool,
    /// Role whose schema is printed: attributes for administrators alone are in theirs only
    #[arg(long, value_enum, default_value_t = RoleName::Admin, requires = "with_attributes")]
    role: RoleName,
}

impl Arguments {
    /// Whether the schema depends on a database.
    pub fn needs_database(&self) -> bool {
        self.with_attributes
    }
}

/// The schema of the program, which needs no settings.
pub fn run(arguments: &Arguments) -> Outcome {
    print_or_check(arguments, &cartera::schema::sdl())
}

/// The schema of a database.
pub async fn run_with_attributes(arguments: &Arguments, settings: Settings) -> Outcome {
    with_existing(settings, async |app: &Arc<App>| {
        let sets = FieldSets::of(app);
        let fields = match Audience::of(Some(arguments.role.into())) {
            Audience::Administrators => &sets.administrators,
            Audience::Others => &sets.others,
        };
        print_or_check(arguments, &cartera::schema::sdl_with(fields))
    })
    .await
}

fn print_or_check(arguments: &Arguments, schema: &str) -> Outcome {
    let Some(path) = &arguments.check else { return print(schema) };
    let shown = path.display();
    let kept = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    if kept == schema {
        return Ok(());
    }
    let line = first_difference(&kept, schema);
    let flags = if arguments.with_attributes { " --with-attributes" } else { "" };
    Err(format!("{shown} differs from the code from line {line} on; write it again with `cartera schema{flags} > {shown}`").into())
}

fn first_difference(left: &str, right: &str) -> usize {
    1 + left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count()
}
