//! Due times of planned tasks: some overdue, a few today, and most in the coming weeks, for each assignee.

use std::collections::HashMap;

use uuid::Uuid;

use super::dice::Dice;
use super::timeframe::{DAY, HOUR, MINUTE, Timeframe};

/// Maximum number of tasks of one assignee that are due today.
pub const MOST_TODAY: u64 = 8;

/// Due times are given to a quarter of an hour.
const QUARTER: i64 = 15 * MINUTE;

/// The tasks with a due time up to now, by their assignee.
pub struct Agenda {
    timeframe: Timeframe,
    planned: HashMap<Uuid, Planned>,
}

#[derive(Default)]
struct Planned {
    all: u64,
    overdue: u64,
    today: u64,
}

impl Agenda {
    pub fn new(timeframe: Timeframe) -> Agenda {
        Agenda {
            timeframe,
            planned: HashMap::new(),
        }
    }

    /// Due time of the next task of the assignee. It was planned, or last changed, at `since`, and is due later than that.
    ///
    /// It is not random: an assignee with three tasks has one of each kind, and one with many has a fifth of them overdue.
    pub fn due(&mut self, dice: &mut Dice, assignee: Uuid, since: i64) -> i64 {
        let end = self.timeframe.end;
        let planned = self.planned.entry(assignee).or_default();
        let (all, overdue, today) = (planned.all, planned.overdue, planned.today);
        planned.all += 1;
        if overdue * 5 + 2 <= all && since + HOUR < end {
            planned.overdue += 1;
            return self.overdue(dice, since);
        }
        if today * 7 < all && today < MOST_TODAY {
            planned.today += 1;
            return self.today(dice);
        }
        self.to_come(dice)
    }

    /// Mostly for a few days; seldom for weeks.
    fn overdue(&self, dice: &mut Dice, since: i64) -> i64 {
        let (least, most) = *dice.weighted(&[
            (40, (MINUTE, DAY)),
            (35, (DAY, 5 * DAY)),
            (20, (5 * DAY, 20 * DAY)),
            (5, (20 * DAY, 60 * DAY)),
        ]);
        let due = self.timeframe.end - dice.between(least, most);
        if due - QUARTER > since {
            due - due.rem_euclid(QUARTER)
        } else {
            // Planned only lately: somewhere between then and now.
            dice.between(since + MINUTE, self.timeframe.end - MINUTE)
        }
    }

    /// In what is left of the working day, or of the day where that is over.
    fn today(&self, dice: &mut Dice) -> i64 {
        let Timeframe {
            end, day_begins, day_ends, ..
        } = self.timeframe;
        let first = end.max(day_begins + 8 * HOUR);
        let closes = day_begins + 18 * HOUR;
        let last = if first + HOUR < closes { closes } else { day_ends - MINUTE };
        let due = dice.between(first, last.max(first));
        let rounded = due + QUARTER - 1 - (due + QUARTER - 1).rem_euclid(QUARTER);
        if rounded < day_ends { rounded } else { due }
    }

    /// In working hours, more often soon than late.
    fn to_come(&self, dice: &mut Dice) -> i64 {
        let (least, most) = *dice.weighted(&[(50, (0, 6)), (35, (7, 20)), (15, (21, 44))]);
        let day = self.timeframe.day_ends + dice.between(least, most) * DAY;
        day + 8 * HOUR + dice.between(0, 40) * QUARTER
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::timeframe::tests::timeframe;

    #[test]
    fn shares_hold_from_few_tasks_on() {
        let frame = timeframe();
        for count in [3, 5, 20, 60, 1_000] {
            let mut agenda = Agenda::new(frame);
            let mut dice = Dice::new(1, 2, count);
            let mut due = Vec::new();
            for number in 0..count {
                let since = frame.end - (number as i64 % 300) * DAY / 7 - 2 * HOUR;
                let at = agenda.due(&mut dice, Uuid::nil(), since);
                assert!(at > since, "task {number} of {count}");
                due.push(at);
            }
            let overdue = due.iter().filter(|at| **at < frame.end).count() as u64;
            let today = due.iter().filter(|at| (frame.end..frame.day_ends).contains(at)).count() as u64;
            let to_come = due
                .iter()
                .filter(|at| (frame.day_ends..frame.day_ends + 45 * DAY).contains(at))
                .count() as u64;
            assert_eq!(overdue + today + to_come, count);
            assert!(overdue >= 1 && overdue <= 1 + count / 4, "{overdue} of {count} are overdue");
            assert!((1..=MOST_TODAY).contains(&today), "{today} of {count} are due today");
            assert!(
                to_come >= 1 && (count < 5 || to_come * 2 > count),
                "{to_come} of {count} are to come"
            );
        }
    }

    #[test]
    fn what_was_planned_just_now_is_not_overdue() {
        let frame = timeframe();
        let mut agenda = Agenda::new(frame);
        let mut dice = Dice::new(1, 2, 3);
        for _ in 0..50 {
            assert!(agenda.due(&mut dice, Uuid::nil(), frame.end - MINUTE) >= frame.end);
        }
    }

    #[test]
    fn late_in_the_evening_today_is_still_today() {
        let mut frame = timeframe();
        frame.end = frame.day_ends - 1;
        let agenda = Agenda::new(frame);
        let mut dice = Dice::new(1, 2, 3);
        for _ in 0..50 {
            let due = agenda.today(&mut dice);
            assert!((frame.end..frame.day_ends).contains(&due));
        }
    }
}
