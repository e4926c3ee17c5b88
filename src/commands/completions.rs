//! `cartera completions`: what a shell completes after `cartera`, made from the definitions of the command line.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use super::{CommandLine, Outcome, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    generate(arguments.shell, &mut CommandLine::command(), "cartera", &mut script);
    print(&String::from_utf8(script)?)
}
