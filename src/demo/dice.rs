//! Chance that repeats: a small generator, so that the same seed gives the same data on every machine.

use uuid::Uuid;

/// A stream of numbers that depends on nothing but what it was made from (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Streams of different purposes or of different indexes have nothing in common.
    pub fn new(seed: u64, purpose: u64, index: u64) -> Dice {
        let mut dice = Dice { state: seed };
        dice.state = dice.roll() ^ purpose;
        dice.state = dice.roll() ^ index;
        dice.state = dice.roll();
        dice
    }

    pub fn roll(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below the bound; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from the first to the last, both included.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + self.below((last - first + 1).unsigned_abs()) as i64
    }

    /// True so many times of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items, each as likely as the others. There has to be one.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// One of the texts, each as likely as the others. There has to be one.
    pub fn word(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }

    /// One of the items, as likely as its weight. There has to be one.
    pub fn weighted<'a, T>(&mut self, items: &'a [(u32, T)]) -> &'a T {
        let total: u64 = items.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = self.below(total);
        for (weight, item) in items {
            if left < u64::from(*weight) {
                return item;
            }
            left -= u64::from(*weight);
        }
        &items[items.len() - 1].1
    }

    /// Digits, the first of them from 2 to 8: what comes first in a phone or document number is seldom anything else.
    pub fn digits(&mut self, count: usize) -> String {
        let mut digits = String::with_capacity(count);
        for position in 0..count {
            let digit = if position == 0 { 2 + self.below(7) } else { self.below(10) };
            digits.push(char::from(b'0' + digit as u8));
        }
        digits
    }

    /// An id in the form of a UUIDv7 of that millisecond.
    pub fn id(&mut self, at: i64) -> Uuid {
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.roll().to_le_bytes());
        random[8..].copy_from_slice(&self.roll().to_le_bytes()[..2]);
        uuid::Builder::from_unix_timestamp_millis(at.unsigned_abs(), &random).into_uuid()
    }
}

/// Moves a number below `size` to another one below `size`, no two to the same: numbers that are all different and look like chance.
pub fn scatter(number: u64, size: u64, offset: u64) -> u64 {
    // A prime larger than any size has no divisor in common with it; this one is far from a multiple of a power of ten.
    const PRIME: u128 = 11_400_714_819_323_198_549;
    ((u128::from(number % size) * PRIME + u128::from(offset)) % u128::from(size)) as u64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut one, mut same, mut other) = (Dice::new(1, 2, 3), Dice::new(1, 2, 3), Dice::new(1, 2, 4));
        let first = [one.roll(), one.roll(), one.roll()];
        assert_eq!(first, [same.roll(), same.roll(), same.roll()]);
        assert_ne!(first, [other.roll(), other.roll(), other.roll()]);
    }

    #[test]
    fn numbers_stay_within_their_bounds() {
        let mut dice = Dice::new(7, 0, 0);
        for _ in 0..10_000 {
            assert!(dice.below(3) < 3);
            assert!((-2..=2).contains(&dice.between(-2, 2)));
            assert_eq!(*dice.weighted(&[(0, 'a'), (5, 'b'), (0, 'c')]), 'b');
        }
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn ids_are_of_version_7_and_in_the_order_of_time() {
        let mut dice = Dice::new(7, 0, 0);
        let (early, late) = (dice.id(1_700_000_000_000), dice.id(1_700_000_000_001));
        assert_eq!(early.get_version_num(), 7);
        assert!(early < late);
    }

    #[test]
    fn scattered_numbers_are_all_different() {
        let scattered: HashSet<u64> = (0..10_000).map(|number| scatter(number, 10_000, 77)).collect();
        assert_eq!(scattered.len(), 10_000);
        assert!(scatter(0, 100_000_000, 0).abs_diff(scatter(1, 100_000_000, 0)) > 1_000_000);
    }
}
