//! Conditions on the values of sales.

use async_graphql::InputObject;

use crate::resolvers::filter::{ColumnTest, IntTest, Test, TextTest, scaled_bounds};
use crate::resolvers::records::filterable;
use crate::rules::money::{Currency, exponent};
use crate::schema::filters::Tests;
use crate::schema::scalars::{CurrencyCode, Decimal};

/// Condition on an amount of money. All conditions given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct AmountFilter {
    /// Currency of the amount; amounts in others do not match. Default: with bounds the currency of the server, otherwise any.
    pub currency: Option<CurrencyCode>,
    /// Greater than or equal to this amount.
    pub gte: Option<Decimal>,
    /// Less than or equal to this amount.
    pub lte: Option<Decimal>,
    /// True matches cycles without an amount, false those with one.
    pub is_null: Option<bool>,
}

impl AmountFilter {
    /// Adds the conditions on the amount of a cycle.
    pub fn add_to(self, tests: &mut Tests<'_>) {
        let is_bounded = self.gte.is_some() || self.lte.is_some();
        let code = self.currency.map(|currency| currency.0);
        let code = code.or_else(|| is_bounded.then(|| tests.context.cx().app.settings.default_currency.clone()));
        let decimals = code.as_deref().and_then(Currency::from_code).map_or(0, exponent);
        let amount = IntTest {
            gte: self.gte.map(|amount| scaled_bounds(amount.0, decimals).1),
            lte: self.lte.map(|amount| scaled_bounds(amount.0, decimals).0),
            is_null: self.is_null,
            ..IntTest::default()
        };
        tests
            .all
            .push(ColumnTest::new(&filterable::CYCLE_AMOUNT, Test::Integer(amount)).into());
        let currency = code.map(|code| TextTest {
            eq: Some(vec![code]),
            ..TextTest::default()
        });
        let currency = currency.map(|test| ColumnTest::new(&filterable::CYCLE_CURRENCY, Test::Text(test)));
        tests.all.extend(currency.map(Into::into));
    }
}
