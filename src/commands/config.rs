//! `cartera config`: the settings in force, each with its source.

use cartera::settings::InForce;

use super::{Outcome, print};

pub fn run(in_force: &[InForce]) -> Outcome {
    let name_width = in_force.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
    let value_width = in_force.iter().map(|line| line.value.chars().count()).max().unwrap_or_default();
    let lines = in_force
        .iter()
        .map(|line| format!("{:name_width$}  {:value_width$}  {}\n", line.name, line.value, line.source));
    print(&lines.collect::<String>())
}
