//! Values in conditions on custom attributes, as they are stored.

use rust_decimal::Decimal;

use super::attributes::ValueTest;
use super::{IntTest, Test, TextTest};

/// A test of texts that are compared as they are, and the number of listed values.
pub fn texts<V>(test: ValueTest<V>, encode: impl Fn(V) -> String) -> (Test, usize) {
    let listed = test.listed();
    let test = TextTest {
        eq: test.eq.map(|value| vec![encode(value)]),
        in_: test.in_.map(|values| values.into_iter().map(encode).collect()),
        is_null: test.is_null,
        listed,
        ..TextTest::default()
    };
    (Test::Text(test), listed)
}

/// A test of integers, and the number of listed values. `bounds` gives the integers next to a value, which are the same if it is one.
pub fn numbers<V>(test: ValueTest<V>, bounds: impl Fn(V) -> (i64, i64)) -> (Test, usize) {
    let listed = test.listed();
    let exact = |value: V| {
        let (below, above) = bounds(value);
        (below == above).then_some(below)
    };
    let mut in_: Option<Vec<i64>> = test.in_.map(|values| values.into_iter().filter_map(exact).collect());
    let eq = test.eq.map(exact);
    if eq == Some(None) {
        // Nothing equals what lies between two integers.
        in_ = Some(Vec::new());
    }
    let test = IntTest {
        eq: eq.flatten(),
        in_,
        gte: test.gte.map(|value| bounds(value).1),
        lte: test.lte.map(|value| bounds(value).0),
        is_null: test.is_null,
    };
    (Test::Integer(test), listed)
}

/// The bounds of an integer.
pub fn exactly(number: i64) -> (i64, i64) {
    (number, number)
}

/// The scaled integers next to a number: the greatest that is not above it, and the least that is not below. What is beyond 64 bits lies
/// beyond all stored values.
pub fn scaled_bounds(number: Decimal, scale: u32) -> (i64, i64) {
    let (mantissa, decimals) = (number.mantissa(), number.scale());
    let (below, above) = match decimals.checked_sub(scale) {
        Some(dropped) => {
            let unit = 10_i128.pow(dropped);
            let below = mantissa.div_euclid(unit);
            (below, below + i128::from(mantissa.rem_euclid(unit) != 0))
        }
        None => {
            // 96 bits by a billion at most.
            let exact = mantissa.saturating_mul(10_i128.pow(scale - decimals));
            (exact, exact)
        }
    };
    let fitting = |number: i128| i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX });
    (fitting(below), fitting(above))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    #[test]
    fn a_number_lies_between_scaled_integers() {
        for (number, scale, bounds) in [
            ("1000", 2, (100_000, 100_000)),
            ("1.50", 2, (150, 150)),
            ("1.505", 2, (150, 151)),
            ("-1.505", 2, (-151, -150)),
            ("0.0000000000000000000000000001", 0, (0, 1)),
            ("-0.1", 0, (-1, 0)),
            ("79228162514264337593543950335", 9, (i64::MAX, i64::MAX)),
            ("-79228162514264337593543950335", 0, (i64::MIN, i64::MIN)),
        ] {
            assert_eq!(scaled_bounds(decimal(number), scale), bounds, "{number}");
        }
    }

    #[test]
    fn nothing_equals_what_lies_between_integers() {
        let (test, listed) = numbers(
            ValueTest {
                eq: Some(decimal("0.5")),
                gte: Some(decimal("0.5")),
                lte: Some(decimal("2.5")),
                ..ValueTest::default()
            },
            |number| scaled_bounds(number, 0),
        );
        let Test::Integer(test) = test else { panic!("{test:?}") };
        assert_eq!(
            (test.eq, test.in_, test.gte, test.lte, listed),
            (None, Some(vec![]), Some(1), Some(2), 1)
        );
    }
}
