//! Help of the program: each command has its own options, and one place has all settings.

use cartera::settings;
use clap::CommandFactory;

use super::CommandLine;

/// Below the help of each command.
const SETTINGS: &str = "Settings, such as --database and --listen: `cartera help settings`";

/// The command line, with its help.
pub fn command() -> clap::Command {
    with_pointer(CommandLine::command()).mut_subcommand("settings", |command| command.override_help(settings::overview()))
}

fn with_pointer(command: clap::Command) -> clap::Command {
    command.after_help(SETTINGS).mut_subcommands(with_pointer)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects the texts of `-h` and `--help` of each command.
    fn helps(command: &mut clap::Command, found: &mut Vec<String>) {
        found.push(command.render_help().to_string());
        found.push(command.render_long_help().to_string());
        let below = command.get_subcommands_mut();
        below
            .filter(|command| !["help", "settings"].contains(&command.get_name()))
            .for_each(|command| helps(command, found));
    }

    #[test]
    fn no_command_repeats_the_settings_and_each_says_where_they_are() {
        let mut command = command();
        command.build();
        let mut found = Vec::new();
        helps(&mut command, &mut found);
        // 10 commands, 5 below `user`, and the program itself.
        assert!(found.len() >= 2 * 16, "{}", found.len());
        for help in found {
            assert!(help.contains("`cartera help settings`"), "{help}");
            for flag in ["--log-level", "--database <", "--config <"] {
                assert!(!help.contains(flag), "{help}");
            }
        }
    }

    #[test]
    fn the_settings_are_described_by_their_own_help() {
        let help = command().try_get_matches_from(["cartera", "help", "settings"]).unwrap_err();
        assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp);
        assert!(help.to_string().contains("CARTERA_MAX_CONNECTIONS, default: 1024"), "{help}");
    }

    #[test]
    fn a_misspelt_setting_is_reported_with_the_one_that_was_meant() {
        let refused = command()
            .try_get_matches_from(["cartera", "serve", "--lisen", "localhost:1"])
            .unwrap_err();
        assert!(refused.to_string().contains("'--listen'"), "{refused}");
    }
}
