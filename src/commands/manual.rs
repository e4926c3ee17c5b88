//! `cartera manual`: a manual page for each command, made from the definitions of the command line.

use std::io;
use std::path::{Path, PathBuf};

use cartera::settings::DECLARED;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::{CommandLine, Outcome};

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder to write the pages into; made if it is not there
    #[arg(value_parser = crate::commands::file)]
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> Outcome {
    // The flags of settings are described once, in the first page; the file with them is named by each.
    let mut program = CommandLine::command()
        .disable_help_subcommand(true)
        .subcommand_help_heading("COMMANDS")
        .subcommand_value_name("COMMAND")
        .mut_arg("config", |flag| flag.hide(false).help("The TOML file with settings"));
    program.build();
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for command in with_subcommands(&program) {
        let mut page = Vec::new();
        let manual = Man::new(command.clone()).source(concat!("cartera ", env!("CARGO_PKG_VERSION")));
        manual.render(&mut page)?;
        if command.get_name() == program.get_name() {
            describe_settings(&mut page)?;
        }
        write(&folder.join(manual.get_filename()), &page)?;
    }
    Ok(())
}

/// The command and all below it, but for those that are hidden.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    std::iter::once(command).chain(below.flat_map(with_subcommands)).collect()
}

/// A section with each setting, the variable that sets it, and its default.
fn describe_settings(page: &mut Vec<u8>) -> io::Result<()> {
    let mut section = Roff::default();
    section.control("SH", ["SETTINGS"]);
    section.text([roman(
        "Flags of all commands. In the TOML file the words of a name are joined by underscores: --log-level is log_level.",
    )]);
    for setting in DECLARED {
        section.control("TP", []);
        let flag = format!("--{}", setting.name.replace('_', "-"));
        section.text([bold(flag), roman(" "), italic("VALUE")]);
        let default = match setting.default {
            "" => "none",
            default => default,
        };
        let variable = format!("CARTERA_{}", setting.name.to_uppercase());
        section.text([roman(format!(
            "{}. Variable: {variable}. Default: {default}.",
            setting.description.trim()
        ))]);
    }
    section.to_writer(page)
}

fn write(file: &Path, page: &[u8]) -> Result<(), String> {
    std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))
}
