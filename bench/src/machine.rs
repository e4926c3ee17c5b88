//! Other load on the machine during a run.

use std::collections::HashMap;
use std::fs;

use crate::Result;
use crate::process;

/// Sampled from time to time; it reports the time between the first sample and the last.
pub struct Machine {
    /// Processes of the measurement, with all that descend from them.
    own: Vec<u32>,
    began: Busy,
    load: String,
    seen: HashMap<Known, Process>,
}

/// A process by its id and its start, because ids are used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Known {
    id: u32,
    start: u64,
}

/// Samples of a process.
struct Process {
    name: String,
    is_own: bool,
    /// Processor time at the first look and at the last.
    first: u64,
    last: u64,
}

/// Processor time of the whole machine: used, and there was.
#[derive(Clone, Copy)]
struct Busy {
    used: u64,
    all: u64,
}

/// So many other processes are named.
const NAMED: usize = 5;
/// With less than this part of a core they are not.
const WORTH_NAMING: f64 = 0.01;

impl Machine {
    pub fn begin(own: Vec<u32>) -> Result<Machine> {
        let mut machine = Machine {
            own,
            began: busy()?,
            load: load()?,
            seen: HashMap::new(),
        };
        machine.take(true)?;
        Ok(machine)
    }

    /// Looks again; processes that begin and end between two looks are not seen.
    pub fn look(&mut self) -> Result<()> {
        self.take(false)
    }

    fn take(&mut self, is_first: bool) -> Result<()> {
        let mut parents = HashMap::new();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc")? {
            let Some(id) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            // A process may have ended since it was listed.
            let Ok(process) = process::seen(id) else { continue };
            parents.insert(id, process.parent);
            found.push((id, process));
        }
        for (id, process) in found {
            let start = process.start;
            let entry = self.seen.entry(Known { id, start }).or_insert_with(|| Process {
                is_own: is_own(id, &self.own, &parents),
                name: process.name,
                first: if is_first { process.ticks } else { 0 },
                last: 0,
            });
            entry.last = process.ticks;
        }
        Ok(())
    }

    /// Sentences about the time since it began.
    pub fn report(&mut self) -> Result<String> {
        self.look()?;
        let now = busy()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let all = now.all.saturating_sub(self.began.all).max(1) as f64;
        let cores_of = |ticks: u64| ticks as f64 / all * cores;
        let used = |process: &Process| process.last.saturating_sub(process.first);
        let own: u64 = self.seen.values().filter(|process| process.is_own).map(used).sum();
        let others = now.used.saturating_sub(self.began.used).saturating_sub(own);
        let mut named: Vec<(f64, &str)> = self
            .seen
            .values()
            .filter(|process| !process.is_own)
            .map(|process| (cores_of(used(process)), process.name.as_str()))
            .filter(|(cores, _)| *cores > WORTH_NAMING)
            .collect();
        named.sort_by(|one, other| other.0.total_cmp(&one.0));
        let named: Vec<String> = named.iter().take(NAMED).map(|(cores, name)| format!("{name} {cores:.2}")).collect();
        let named = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
        Ok(format!(
            "load average {} before, {} after; all else took {:.2} of {cores:.0} cores; the busiest other processes: {named}",
            self.load,
            load()?,
            cores_of(others),
        ))
    }
}

fn is_own(id: u32, own: &[u32], parents: &HashMap<u32, u32>) -> bool {
    std::iter::successors(Some(id), |id| parents.get(id).copied().filter(|parent| parent != id)).any(|id| own.contains(&id))
}

fn busy() -> Result<Busy> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().ok_or("/proc/stat is empty")?;
    let ticks: Vec<u64> = line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; guests are counted among users.
    let all: u64 = ticks.iter().take(8).sum();
    let idle: u64 = ticks.iter().skip(3).take(2).sum();
    Ok(Busy { used: all - idle, all })
}

/// Over one, five and fifteen minutes.
fn load() -> Result<String> {
    let text = fs::read_to_string("/proc/loadavg")?;
    Ok(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}
