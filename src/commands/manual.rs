//! `cartera manual`: a manual page for each command, made from the definitions of the command line.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};

use super::{CommandLine, Outcome};

#[derive(clap::Args)]
pub struct Arguments {
    /// The folder to write the pages into
    #[arg(value_parser = crate::commands::file)]
    folder: PathBuf,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let program = CommandLine::command();
    let settings: Vec<Arg> = program.get_arguments().filter(|flag| is_setting(flag)).cloned().collect();
    // Every command takes them; told once, they do not bury what a command has of its own.
    let mut program = program
        .disable_help_subcommand(true)
        .subcommand_help_heading("COMMANDS")
        .subcommand_value_name("COMMAND")
        .mut_args(|flag| if is_setting(&flag) { flag.hide(true) } else { flag });
    program.build();
    for command in with_subcommands(&program) {
        let mut page = Vec::new();
        let manual = Man::new(command.clone()).source(concat!("cartera ", env!("CARGO_PKG_VERSION")));
        manual.render(&mut page)?;
        if command.get_name() == program.get_name() {
            describe(&settings, &mut page)?;
        }
        write(&arguments.folder.join(manual.get_filename()), &page)?;
    }
    Ok(())
}

/// Whether it is a flag of all commands that stands for a setting, and not the one that names the file of the settings.
fn is_setting(flag: &Arg) -> bool {
    flag.is_global_set() && flag.get_id() != "config"
}

/// The command and all below it, but for those that are hidden.
fn with_subcommands(command: &Command) -> Vec<&Command> {
    let below = command.get_subcommands().filter(|command| !command.is_hide_set());
    std::iter::once(command).chain(below.flat_map(with_subcommands)).collect()
}

/// A section with each setting, the variable that sets it, and its default.
fn describe(settings: &[Arg], page: &mut Vec<u8>) -> io::Result<()> {
    let mut section = Roff::default();
    section.control("SH", ["SETTINGS"]);
    section.text([roman(
        "Flags of all commands. In the TOML file the words of a name are joined by underscores: --log-level is log_level.",
    )]);
    for setting in settings {
        section.control("TP", []);
        let flag = format!("--{}", setting.get_long().unwrap_or_default());
        section.text([bold(flag), roman(" "), italic("VALUE")]);
        section.text([roman(setting.get_help().map(ToString::to_string).unwrap_or_default())]);
    }
    section.to_writer(page)
}

fn write(file: &Path, page: &[u8]) -> Result<(), String> {
    std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))
}
