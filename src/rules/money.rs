//! Money as integer minor units of an ISO 4217 currency.

use rust_decimal::Decimal;

pub use iso_currency::Currency;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    /// None where the amount is negative, has more decimals than the currency, or is past 64 bits of minor units.
    pub fn new(amount: Decimal, currency: Currency) -> Option<Money> {
        let scaled = amount.checked_mul(Decimal::from(10_i64.checked_pow(exponent(currency))?))?;
        if scaled.is_sign_negative() || !scaled.fract().is_zero() {
            return None;
        }
        Some(Money {
            minor: i64::try_from(scaled.trunc().mantissa() / 10_i128.pow(scaled.trunc().scale())).ok()?,
            currency,
        })
    }

    /// From what is stored; None where a part is missing or the code is unknown.
    pub fn stored(minor: Option<i64>, currency: Option<&str>) -> Option<Money> {
        Some(Money {
            minor: minor?,
            currency: Currency::from_code(currency?)?,
        })
    }

    /// In units of the currency.
    pub fn amount(&self) -> Decimal {
        Decimal::new(self.minor, exponent(self.currency))
    }
}

/// Decimals of the currency.
pub fn exponent(currency: Currency) -> u32 {
    currency.exponent().map_or(0, u32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect("a decimal")
    }

    #[test]
    fn minor_units_follow_the_currency() {
        for (amount, currency, minor) in [
            ("12.50", Currency::USD, 1250),
            ("12.5", Currency::USD, 1250),
            ("7", Currency::JPY, 7),
            ("1.234", Currency::KWD, 1234),
            ("0", Currency::EUR, 0),
        ] {
            let money = Money::new(decimal(amount), currency).expect(amount);
            assert_eq!(money.minor, minor);
            assert_eq!(money.amount(), decimal(amount));
        }
        assert_eq!(
            Money::new(decimal("92233720368547758.07"), Currency::USD).map(|money| money.minor),
            Some(i64::MAX)
        );
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for (amount, currency) in [
            ("0.001", Currency::USD),
            ("0.5", Currency::JPY),
            ("-1", Currency::USD),
            ("92233720368547758.08", Currency::USD),
        ] {
            assert_eq!(Money::new(decimal(amount), currency), None, "{amount}");
        }
    }
}
