//! Distribution of the demo data: arrival of each prospect, and its share of the timeline entries.

use super::Options;
use super::dice::Dice;
use super::timeframe::{DAY, HOUR, Timeframe};

/// Purposes of chance, so that one does not disturb another.
const ACTIVITY: u64 = 1;
const STORY: u64 = 2;

/// One prospect to come.
pub struct Slot {
    pub index: u64,
    pub created_at: i64,
    /// At least the one of its creation.
    pub entries: u64,
    pub dice: Dice,
}

/// The prospects to come, in the order of their creation.
pub struct Plan {
    options: Options,
    timeframe: Timeframe,
    /// Of all prospects together.
    weight: u128,
    weight_so_far: u128,
    next: u64,
}

impl Plan {
    pub fn new(options: &Options, timeframe: Timeframe) -> Plan {
        let weight = (0..options.prospects)
            .map(|index| u128::from(weight(options, &timeframe, index)))
            .sum();
        Plan {
            options: options.clone(),
            timeframe,
            weight,
            weight_so_far: 0,
            next: 0,
        }
    }

    /// Number of the entries beyond the first of each that belong to prospects up to a sum of weights; the last sum gets all of them.
    fn share(&self, weight_so_far: u128) -> u64 {
        let beyond_first = u128::from(self.options.entries.saturating_sub(self.options.prospects));
        (beyond_first * weight_so_far).checked_div(self.weight).unwrap_or(0) as u64
    }
}

impl Iterator for Plan {
    type Item = Slot;

    fn next(&mut self) -> Option<Slot> {
        let index = self.next;
        if index >= self.options.prospects {
            return None;
        }
        self.next += 1;
        let before = self.share(self.weight_so_far);
        self.weight_so_far += u128::from(weight(&self.options, &self.timeframe, index));
        Some(Slot {
            index,
            created_at: created_at(&self.options, &self.timeframe, index),
            entries: 1 + self.share(self.weight_so_far) - before,
            dice: Dice::new(self.options.seed, STORY, index),
        })
    }
}

/// Later prospects come closer together: the business grows.
fn created_at(options: &Options, timeframe: &Timeframe, index: u64) -> i64 {
    let mut dice = Dice::new(options.seed, ACTIVITY, index);
    // What happens after a creation still has to fit in before the end.
    let span = (timeframe.end - 2 * HOUR - timeframe.beginning) as f64;
    let position = (index as f64 + dice.below(1_000) as f64 / 1_000.0) / options.prospects as f64;
    timeframe.within_hours(timeframe.beginning + (span * position * (1.6 - 0.6 * position)) as i64)
}

/// Of most prospects little is known, and of a few very much.
fn weight(options: &Options, timeframe: &Timeframe, index: u64) -> u64 {
    let mut dice = Dice::new(options.seed, ACTIVITY, index.wrapping_add(1 << 63));
    let weight = match dice.below(10_000) {
        0..3_000 => dice.below(3),
        3_000..8_000 => 2 + dice.below(6),
        8_000..9_500 => 8 + dice.below(18),
        9_500..9_950 => 25 + dice.below(95),
        9_950..9_995 => 120 + dice.below(680),
        _ => 800 + dice.below(5_200),
    };
    // A thousand notes in a week would be unrealistic.
    weight.min(3 + ((timeframe.end - created_at(options, timeframe, index)) / DAY).unsigned_abs() * 15)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::timeframe::tests::timeframe;

    fn plan(prospects: u64, entries: u64) -> Plan {
        let options = Options {
            prospects,
            entries,
            users: 3,
            seed: 1,
            until: None,
        };
        Plan::new(&options, timeframe())
    }

    #[test]
    fn as_many_entries_as_asked_for() {
        for (prospects, entries) in [(1, 1), (1, 500), (10, 10), (1_000, 10_000), (777, 1_000), (20_000, 200_000)] {
            let slots: Vec<Slot> = plan(prospects, entries).collect();
            assert_eq!(slots.len() as u64, prospects);
            assert_eq!(slots.iter().map(|slot| slot.entries).sum::<u64>(), entries);
            assert!(slots.iter().all(|slot| slot.entries >= 1));
        }
    }

    #[test]
    fn prospects_come_in_order_within_the_years() {
        let slots: Vec<Slot> = plan(5_000, 50_000).collect();
        assert!(slots.windows(2).all(|pair| pair[0].created_at <= pair[1].created_at));
        let (first, last) = (timeframe().beginning, timeframe().end - HOUR / 2);
        assert!(slots.iter().all(|slot| (first..last).contains(&slot.created_at)));
        assert!(slots.iter().any(|slot| slot.created_at > last - DAY));
    }

    #[test]
    fn most_have_few_entries_and_some_have_thousands() {
        let mut entries: Vec<u64> = plan(20_000, 200_000).map(|slot| slot.entries).collect();
        entries.sort_unstable();
        assert!(entries[10_000] <= 6, "{}", entries[10_000]);
        assert!(entries[19_998] >= 1_000, "{}", entries[19_998]);
    }
}
