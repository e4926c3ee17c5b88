//! The scalars beyond GraphQL's own.

use std::str::FromStr;

use async_graphql::{InputObject, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value};
use bytes::Bytes;
use chrono::{NaiveDate, SecondsFormat, TimeZone, Utc};

use crate::rules::limits::WRITABLE_TIMES;
use crate::rules::money;

/// An instant in UTC with milliseconds, as RFC 3339: `2026-01-15T10:00:00.000Z`. Input may have another offset and fewer digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DateTime(pub i64);

/// An instant in UTC with milliseconds, as RFC 3339: `2026-01-15T10:00:00.000Z`. Input may have another offset and fewer digits.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        match chrono::DateTime::parse_from_rfc3339(text) {
            // With its offset it may lie in a year that could not be written.
            Ok(time) if WRITABLE_TIMES.contains(&time.timestamp_millis()) => Ok(DateTime(time.timestamp_millis())),
            _ => Err(InputValueError::custom(
                "expected an RFC 3339 instant such as 2026-01-15T10:00:00.000Z",
            )),
        }
    }

    fn to_value(&self) -> Value {
        let time = Utc.timestamp_millis_opt(self.0).single().unwrap_or_default();
        Value::String(time.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A calendar day, as RFC 3339: `2026-01-15`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub NaiveDate);

/// A calendar day, as RFC 3339: `2026-01-15`.
#[Scalar(name = "Date", specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        // The library would take fewer digits, and longer years and those with a sign as well.
        let has_form = text.len() == 10 && text.starts_with(|first: char| first.is_ascii_digit());
        match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            Ok(date) if has_form => Ok(Date(date)),
            _ => Err(InputValueError::custom("expected a day such as 2026-01-15")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An exact decimal number as a string, such as `"1234.50"`. Input may be a string or an integer, never a float.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(pub rust_decimal::Decimal);

/// An exact decimal number as a string, such as `"1234.50"`. Input may be a string or an integer, never a float.
#[Scalar(name = "Decimal", specified_by_url = "https://scalars.graphql.org/chillicream/decimal.html")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_i64() => number.to_string(),
            _ => return Err(InputValueError::expected_type(value)),
        };
        match rust_decimal::Decimal::from_str_exact(&text) {
            Ok(number) => Ok(Decimal(number)),
            Err(_) => Err(InputValueError::custom("expected a decimal number such as \"1234.50\"")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An ISO 4217 currency code, such as `USD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyCode(pub String);

/// An ISO 4217 currency code, such as `USD`.
#[Scalar(name = "CurrencyCode", specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if money::Currency::from_str(text).is_ok() => Ok(CurrencyCode(text.clone())),
            _ => Err(InputValueError::custom("expected an ISO 4217 code such as USD")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://scalars.graphql.org/andimarek/json.html")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Json(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// A file that comes with the request, which is then `multipart/form-data` by the GraphQL multipart request specification: null stands in
/// the variables where the form puts a file. At most 10 files, each of 25 MiB unless the server is set otherwise. Input only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    token: String,
}

/// A file that comes with the request, which is then `multipart/form-data` by the GraphQL multipart request specification: null stands in
/// the variables where the form puts a file. At most 10 files, each of 25 MiB unless the server is set otherwise. Input only.
#[Scalar(name = "Upload")]
impl ScalarType for Upload {
    fn parse(value: Value) -> InputValueResult<Self> {
        match Upload::token_in(&value) {
            Some(token) => Ok(Upload { token: token.to_owned() }),
            None => Err(InputValueError::custom(
                "expected a file of a request that is sent as multipart/form-data",
            )),
        }
    }

    fn is_valid(value: &Value) -> bool {
        Upload::token_in(value).is_some()
    }

    fn to_value(&self) -> Value {
        Upload::value(&self.token)
    }
}

impl Upload {
    /// What stands in the variables for the file of a token: bytes, which neither documents nor JSON can have.
    pub fn value(token: &str) -> Value {
        Value::Binary(Bytes::copy_from_slice(token.as_bytes()))
    }

    /// The token for which a value stands. None for anything that is no file.
    pub fn token_in(value: &Value) -> Option<&str> {
        match value {
            Value::Binary(token) => str::from_utf8(token).ok(),
            _ => None,
        }
    }

    /// The token of the file; it is one of this request.
    pub fn into_token(self) -> String {
        self.token
    }
}

/// An amount of money.
#[derive(Clone, Debug, SimpleObject)]
pub struct Money {
    /// Amount in units of the currency, with the decimals of the currency.
    pub amount: Decimal,
    /// The currency of the amount.
    pub currency: CurrencyCode,
}

/// An amount of money to save.
#[derive(Clone, Debug, InputObject)]
pub struct MoneyInput {
    /// Amount in units of the currency. At least 0, with at most the decimals of the currency.
    pub amount: Decimal,
    /// Currency of the amount. Default: the currency of the server.
    pub currency: Option<CurrencyCode>,
}

impl From<money::Money> for Money {
    fn from(money: money::Money) -> Self {
        Money {
            amount: Decimal(money.amount()),
            currency: CurrencyCode(money.currency.code().to_owned()),
        }
    }
}
