//! Exact results: quotients of integers, rounded to a fixed number of decimals, and the rank of a percentile.

use rust_decimal::Decimal;

use super::PERCENTILE_PARTS;

/// Decimals of averages and rates, beyond those of the values themselves.
pub const QUOTIENT_DECIMALS: u32 = 6;
/// Sums are read in two parts, so that they do not overflow in the database: a multiple of this, and the rest.
pub const SUM_UNIT: i64 = 1_000_000_000;

/// An integer with so many decimals, without trailing zeros. None beyond 96 bits.
pub fn scaled(number: i128, decimals: u32) -> Option<Decimal> {
    let number = Decimal::try_from_i128_with_scale(number, decimals).ok()?;
    Some(number.normalize())
}

/// The quotient with the decimals of the dividend and six more, rounded half away from zero. None if the divisor is zero.
pub fn quotient(dividend: i128, decimals: u32, divisor: i128) -> Option<Decimal> {
    let unit = 10_i128.pow(QUOTIENT_DECIMALS);
    let rounded = divide(dividend.checked_mul(unit)?, divisor)?;
    scaled(rounded, decimals + QUOTIENT_DECIMALS)
}

/// The change from one number to another as a part of the first. None if that is zero.
pub fn change(from: Decimal, to: Decimal) -> Option<Decimal> {
    if from.is_zero() {
        return None;
    }
    fraction(Some(to.checked_sub(from)?), Some(from.abs()))
}

/// The quotient of two numbers with six decimals, rounded half away from zero. None if one is missing, or the divisor is zero.
pub fn fraction(dividend: Option<Decimal>, divisor: Option<Decimal>) -> Option<Decimal> {
    let quotient = dividend?.checked_div(divisor?)?;
    let rounded = quotient.round_dp_with_strategy(QUOTIENT_DECIMALS, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    Some(rounded.normalize())
}

/// A fraction from 0 to 1 in parts of `PERCENTILE_PARTS`. None for another number, or one with more decimals.
pub fn percentile_parts(fraction: f64) -> Option<i64> {
    let parts = fraction * PERCENTILE_PARTS as f64;
    let rounded = parts.round();
    let is_exact = (parts - rounded).abs() < 1e-6;
    (is_exact && (0.0..=PERCENTILE_PARTS as f64).contains(&rounded)).then_some(rounded as i64)
}

/// The rank of a percentile among so many values, from 1: the least with at least that part of the values up to it.
pub fn rank(parts: i64, count: i64) -> i64 {
    Ord::max(1, (parts * count + PERCENTILE_PARTS - 1) / PERCENTILE_PARTS)
}

/// The nearest integer to a quotient, half away from zero.
fn divide(dividend: i128, divisor: i128) -> Option<i128> {
    if divisor == 0 {
        return None;
    }
    let is_negative = (dividend < 0) != (divisor < 0);
    let (dividend, divisor) = (dividend.unsigned_abs(), divisor.unsigned_abs());
    let rounded = i128::try_from((dividend + divisor / 2) / divisor).ok()?;
    Some(if is_negative { -rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: Option<Decimal>) -> String {
        number.map_or_else(|| "none".to_owned(), |number| number.to_string())
    }

    #[test]
    fn quotients_are_exact_to_six_more_decimals() {
        for (dividend, decimals, divisor, expected) in [
            (1, 0, 3, "0.333333"),
            (2, 0, 3, "0.666667"),
            (-2, 0, 3, "-0.666667"),
            (1, 0, 4, "0.25"),
            (6, 0, 3, "2"),
            (100, 2, 3, "0.33333333"),
            (1, 0, 2_000_000, "0.000001"),
            (1, 0, 2_000_001, "0"),
            (1, 0, 0, "none"),
            (i128::from(i64::MAX) * 1_000_000, 0, 1_000_000, "9223372036854775807"),
        ] {
            assert_eq!(text(quotient(dividend, decimals, divisor)), expected, "{dividend} / {divisor}");
        }
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        for (fraction, count, expected) in [
            (0.5, 4, 2),
            (0.5, 5, 3),
            (0.9, 10, 9),
            (0.07, 100, 7),
            (1.0, 7, 7),
            (0.0, 7, 1),
            (0.5, 1, 1),
        ] {
            let parts = percentile_parts(fraction).expect("a fraction");
            assert_eq!(rank(parts, count), expected, "{fraction} of {count}");
        }
        for wrong in [-0.1, 1.1, 0.123_456, f64::NAN, f64::INFINITY] {
            assert_eq!(percentile_parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn changes_are_parts_of_the_first() {
        let of = |from: i64, to: i64| text(change(Decimal::from(from), Decimal::from(to)));
        assert_eq!(
            (of(4, 5), of(3, 1), of(0, 5), of(5, 5)),
            ("0.25".into(), "-0.666667".into(), "none".into(), "0".into())
        );
    }
}
