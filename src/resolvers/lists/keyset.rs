//! Comparisons with the position of a cursor, as conditions that an index can begin at.

use sea_orm::Condition;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};

/// Comparison with the position in one column of the order, in the direction of reading.
pub(super) struct Step {
    pub column: SimpleExpr,
    /// None: the position is among the rows without a value.
    pub value: Option<SimpleExpr>,
    pub is_ascending: bool,
    /// Whether the rows without a value come after the others. None: all rows have one.
    pub nulls_follow: Option<bool>,
}

impl Step {
    /// At the position, as far as the column says.
    fn same(&self) -> SimpleExpr {
        match &self.value {
            Some(value) => self.column.clone().eq(value.clone()),
            None => self.column.clone().is_null(),
        }
    }

    /// Past the position. None: no row is.
    fn past(&self) -> Option<Condition> {
        match &self.value {
            Some(value) => {
                let (column, value) = (self.column.clone(), value.clone());
                let past = if self.is_ascending { column.gt(value) } else { column.lt(value) };
                Some(Condition::any().add(past).add_option(self.nulls()))
            }
            None if self.nulls_follow == Some(false) => Some(Condition::all().add(self.column.clone().is_not_null())),
            None => None,
        }
    }

    /// At the position or past it. None: every row is.
    fn bound(&self) -> Option<Condition> {
        match &self.value {
            Some(value) => {
                let (column, value) = (self.column.clone(), value.clone());
                let bound = if self.is_ascending { column.gte(value) } else { column.lte(value) };
                Some(Condition::any().add(bound).add_option(self.nulls()))
            }
            None if self.nulls_follow == Some(true) => Some(Condition::all().add(self.column.clone().is_null())),
            None => None,
        }
    }

    /// The rows without a value, where they follow those with one.
    fn nulls(&self) -> Option<SimpleExpr> {
        (self.nulls_follow == Some(true)).then(|| self.column.clone().is_null())
    }
}

/// The rows past the position that the steps compare with, of which there is one at least.
pub(super) fn beyond(steps: Vec<Step>) -> Condition {
    let is_ascending = steps[0].is_ascending;
    if steps
        .iter()
        .all(|step| step.is_ascending == is_ascending && step.nulls_follow.is_none())
    {
        let (columns, values): (Vec<_>, Vec<_>) = steps.into_iter().filter_map(|step| Some((step.column, step.value?))).unzip();
        let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
        return Condition::all().add(if is_ascending { columns.gt(values) } else { columns.lt(values) });
    }
    // The first comparison repeats what follows from the others, so that an index can begin at it.
    let mut any = Condition::any();
    for last in 0..steps.len() {
        if let Some(past) = steps[last].past() {
            let same = steps[..last].iter().map(Step::same);
            any = any.add(same.fold(Condition::all(), Condition::add).add(past));
        }
    }
    Condition::all().add_option(steps[0].bound()).add(any)
}
