//! Manual pages and completions: made by the program itself, with every command and every setting.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use cartera::settings::DECLARED;

use super::backup::{names_in, text};
use super::process::{done, refused, without_settings, wrong};

/// A call of the program in a folder.
fn program(folder: &Path) -> Command {
    without_settings(env!("CARGO_BIN_EXE_cartera").as_ref(), folder)
}

fn said(folder: &Path, arguments: &[&str]) -> String {
    done(&program(folder).args(arguments).output().expect("the program starts"))
}

/// The commands that the help names, each as the words that call it.
fn commands(folder: &Path, before: &[&str]) -> Vec<Vec<String>> {
    let help = said(folder, &[before, &["-h"]].concat());
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let names = listed
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|name| !name.is_empty()));
    names
        .filter(|name| *name != "help")
        .flat_map(|name| {
            let words = [before, &[name]].concat();
            let below = commands(folder, &words);
            std::iter::once(words.iter().map(ToString::to_string).collect()).chain(below)
        })
        .collect()
}

/// The same, and not nothing because the help has another form.
fn all_commands(folder: &Path) -> Vec<Vec<String>> {
    let all = commands(folder, &[]);
    for known in [&["serve"][..], &["backup"], &["user"], &["user", "create"]] {
        assert!(all.iter().any(|words| words == known), "{all:?} lacks {known:?}");
    }
    all
}

#[test]
fn each_command_has_a_page_and_each_setting_is_in_the_first() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let pages = folder.path().join("pages");
    fs::create_dir(&pages).expect("a folder");
    assert_eq!(said(folder.path(), &["manual", text(&pages)]), "");
    let page = |words: &[String]| format!("cartera-{}.1", words.join("-"));
    let commands = all_commands(folder.path());
    let mut expected: Vec<String> = commands.iter().map(|words| page(words)).collect();
    expected.push("cartera.1".to_owned());
    expected.sort();
    assert_eq!(names_in(&pages), expected);
    let read = |name: &str| fs::read_to_string(pages.join(name)).expect("a page").replace("\\-", "-");
    for words in &commands {
        let name = words.join(" ");
        assert!(read(&page(words)).contains(&format!("cartera {name}")), "{name}");
        // Each is named by the page of the command that it belongs to.
        let (_, above) = words.split_last().expect("a command has a name");
        let above = if above.is_empty() { "cartera.1".to_owned() } else { page(above) };
        let reference = format!("cartera-{}(1)", words.join("-"));
        assert!(read(&above).contains(&reference), "{above} lacks {reference}");
    }
    let (first, serve) = (read("cartera.1"), read("cartera-serve.1"));
    for setting in DECLARED {
        let flag = format!("--{}", setting.name.replace('_', "-"));
        let variable = format!("CARTERA_{}", setting.name.to_uppercase());
        assert!(first.contains(&flag) && first.contains(&variable), "{}", setting.name);
        assert!(!serve.contains(&flag), "{} is described once", setting.name);
    }
    assert!(serve.contains("--config"), "{serve}");
}

#[test]
fn each_shell_completes_each_command() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let commands = all_commands(folder.path());
    for shell in ["bash", "zsh", "fish"] {
        let script = said(folder.path(), &["completions", shell]);
        let is_outside = |letter: char| !(letter.is_alphanumeric() || letter == '-');
        let words: BTreeSet<&str> = script.split(is_outside).collect();
        for command in &commands {
            let name = command.last().expect("a command has a name");
            assert!(words.contains(name.as_str()), "{shell} lacks {command:?}");
        }
    }
    let script = folder.path().join("script");
    fs::write(&script, said(folder.path(), &["completions", "bash"])).expect("a file");
    for (typed, offered) in [("cartera ser", "serve"), ("cartera user cre", "create")] {
        let words: Vec<&str> = typed.split(' ').collect();
        let (last, before) = (words[words.len() - 1], words[words.len() - 2]);
        let call = format!(
            "source {}; COMP_WORDS=({typed}); COMP_CWORD={}; _cartera cartera {last} {before}; echo \"${{COMPREPLY[*]}}\"",
            text(&script),
            words.len() - 1
        );
        let answer = Command::new("bash").args(["--norc", "-c", &call]).output().expect("bash starts");
        assert_eq!(done(&answer).trim(), offered, "{typed}");
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let taken = folder.path().join("taken");
    fs::write(&taken, "a file").expect("a file");
    let output = program(folder.path()).args(["manual", text(&taken)]).output();
    let complaint = refused(&output.expect("the program starts"));
    assert!(complaint.contains(text(&taken)), "{complaint}");
    let output = program(folder.path()).args(["completions", "tcsh"]).output();
    let complaint = wrong(&output.expect("the program starts"));
    assert!(complaint.contains("tcsh") && complaint.contains("bash"), "{complaint}");
    assert_eq!(names_in(folder.path()), ["taken"]);
}
