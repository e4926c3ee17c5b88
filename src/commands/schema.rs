//! `cartera schema`: the GraphQL schema as text, or whether a file still equals it.

use std::path::PathBuf;

use super::{Outcome, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// Prints nothing and fails if this file differs from the schema
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let schema = cartera::schema::sdl();
    let Some(path) = &arguments.check else { return print(&schema) };
    let shown = path.display();
    let kept = std::fs::read_to_string(path).map_err(|error| format!("{shown}: {error}"))?;
    if kept == schema {
        return Ok(());
    }
    let line = first_difference(&kept, &schema);
    Err(format!("{shown} differs from the code from line {line} on; write it again with `cartera schema > {shown}`").into())
}

fn first_difference(left: &str, right: &str) -> usize {
    1 + left.lines().zip(right.lines()).take_while(|(left, right)| left == right).count()
}
