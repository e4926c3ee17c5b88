//! The statement of a report: its rows, its totals and the rows that it is compared with, one below the other.

use std::fmt::Write;

use sea_orm::{DbBackend, Statement};

use super::Compilation;
use super::expressions::{Expressions, KeyType};
use super::period::Period;
use super::records::Records;
use crate::auth::{Scope, visibility};
use crate::db::sql::Sql;
use crate::resolvers::filter::Fragment;
use crate::resolvers::lists::access_path;
use crate::rules::reports::catalogue::MeasureKind;
use crate::rules::reports::numbers::SUM_UNIT;
use crate::rules::reports::{MOST_GROUPS, Measure, PERCENTILE_PARTS};

/// A part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Rows,
    Totals,
    Earlier,
    EarlierTotals,
    /// The groups of so many of the first dimensions.
    Subtotals(usize),
}

impl Part {
    /// Its number in the first column.
    fn number(self) -> usize {
        match self {
            Part::Rows => 0,
            Part::Totals => 1,
            Part::Earlier => 2,
            Part::EarlierTotals => 3,
            Part::Subtotals(level) => 3 + level,
        }
    }

    pub fn of_number(number: i32) -> Part {
        match usize::try_from(number).unwrap_or_default() {
            0 => Part::Rows,
            1 => Part::Totals,
            2 => Part::Earlier,
            3 => Part::EarlierTotals,
            number => Part::Subtotals(number - 3),
        }
    }

    /// By how many of the dimensions it is grouped.
    pub fn level(self, dimensions: usize) -> usize {
        match self {
            Part::Rows | Part::Earlier => dimensions,
            Part::Totals | Part::EarlierTotals => 0,
            Part::Subtotals(level) => level,
        }
    }
}

/// Compiles a report to one statement. Columns: the part, the keys of the dimensions, their texts, and three numbers for each measure.
pub fn build(compilation: &Compilation<'_>) -> Statement {
    let (backend, scope) = (compilation.cx.db().backend(), compilation.viewer.scope());
    let records = Records::of(compilation.plan.dataset);
    let mut builder = Builder {
        compilation,
        backend,
        scope,
        from: records.joined(backend, scope),
        existing: records.existing(compilation),
        fragment: (compilation.filter.outcome() != Some(true))
            .then(|| Fragment::indexable(access_path::indexable_compiler(backend), &compilation.filter)),
        sql: Sql::new(backend),
    };
    let plan = compilation.plan;
    let mut parts = vec![builder.part(Part::Rows, compilation.period)];
    // Sums of groups that add up are not read again.
    let reads_sums = !plan.adds_up();
    if reads_sums && (plan.has_totals || plan.has_shares()) {
        parts.push(builder.part(Part::Totals, compilation.period));
    }
    if reads_sums && plan.has_subtotals {
        let levels = 1..plan.dimensions.len();
        parts.extend(levels.map(|level| builder.part(Part::Subtotals(level), compilation.period)));
    }
    if let Some(earlier) = Period::earlier(compilation) {
        parts.push(builder.part(Part::Earlier, earlier));
        if reads_sums && (plan.has_totals || plan.has_shares()) {
            parts.push(builder.part(Part::EarlierTotals, earlier));
        }
    }
    // A limit belongs to a part only if it is a query of its own.
    let parts: Vec<String> = parts
        .into_iter()
        .map(|part| format!("SELECT * FROM ({part} LIMIT {}) part", MOST_GROUPS + 1))
        .collect();
    builder.sql.push(&parts.join(" UNION ALL "));
    builder.sql.build()
}

struct Builder<'a> {
    compilation: &'a Compilation<'a>,
    backend: DbBackend,
    scope: Scope,
    /// The tables of the records.
    from: String,
    /// Conditions on the records that exist for the caller.
    existing: String,
    /// Further conditions, if there are any.
    fragment: Option<Fragment>,
    sql: Sql,
}

impl Builder<'_> {
    fn part(&mut self, part: Part, period: Period) -> String {
        let plan = self.compilation.plan;
        let level = part.level(plan.dimensions.len());
        let facts = self.facts(level, period);
        let mut columns = vec![format!("{} AS part", part.number())];
        let mut texts = Vec::new();
        let mut keys = Vec::new();
        for (place, dimension) in plan.dimensions.iter().enumerate() {
            let key_type = KeyType::of(dimension);
            let has_group = place < level;
            let null = |name: &str| self.null(name);
            columns.push(match has_group {
                true => format!("f.d{place} AS d{place}"),
                false => format!("{} AS d{place}", null(key_type.sql())),
            });
            texts.push(match (has_group, key_type.has_text(dimension), self.backend) {
                (true, true, DbBackend::Postgres) => format!("min(f.l{place} COLLATE \"C\") AS l{place}"),
                (true, true, _) => format!("min(f.l{place}) AS l{place}"),
                _ => format!("{} AS l{place}", null("text")),
            });
            if has_group {
                keys.push(format!("f.d{place}"));
            }
        }
        columns.extend(texts);
        for (place, measure) in plan.measures.iter().enumerate() {
            let numbers = aggregates(measure, place);
            columns.extend(numbers.into_iter().zip(["a", "b", "n"]).map(|(number, name)| {
                let number = number.unwrap_or_else(|| "NULL".to_owned());
                format!("CAST({number} AS bigint) AS m{place}{name}")
            }));
        }
        let facts = self.ranked(facts, &keys);
        let group = match keys.is_empty() {
            true => String::new(),
            false => format!(" GROUP BY {}", keys.join(", ")),
        };
        format!("SELECT {} FROM ({facts}) f{group}", columns.join(", "))
    }

    /// A row for each record and group: the keys of the first dimensions, their texts, and the value of each measure.
    fn facts(&mut self, level: usize, period: Period) -> String {
        let plan = self.compilation.plan;
        let mut expressions = Expressions::new(self.backend, self.compilation, period);
        let mut columns = vec!["1 AS one".to_owned()];
        for (place, dimension) in plan.dimensions.iter().enumerate().take(level) {
            columns.push(format!("{} AS d{place}", expressions.key(place, dimension)));
            if let Some(text) = expressions.text(dimension) {
                columns.push(format!("{text} AS l{place}"));
            }
        }
        for (place, measure) in plan.measures.iter().enumerate() {
            if let Some(value) = expressions.value(measure) {
                columns.push(format!("{value} AS v{place}"));
            }
        }
        let time = expressions.time();
        let visible = visibility::sql_of_all(self.scope, "prospects", &mut self.sql);
        let mut text = format!(
            "SELECT {} FROM {}{} WHERE {visible}{}",
            columns.join(", "),
            self.from,
            expressions.joins(),
            self.existing
        );
        for (sign, bound) in [(">=", period.from), ("<", period.to)] {
            if let Some(bound) = bound {
                let _ = write!(text, " AND {time} {sign} {}", self.sql.bind(bound));
            }
        }
        if let Some(fragment) = &self.fragment {
            text.push_str(" AND (");
            fragment.write(&mut self.sql, &mut text);
            text.push(')');
        }
        text
    }

    /// The same with the rank of each value in its group, where a percentile is requested.
    fn ranked(&self, facts: String, keys: &[String]) -> String {
        let measures = self.compilation.plan.measures.iter().enumerate();
        let ranked: Vec<usize> = measures
            .filter(|(_, measure)| measure.kind == MeasureKind::Percentile)
            .map(|(place, _)| place)
            .collect();
        if ranked.is_empty() {
            return facts;
        }
        let partition = match keys.is_empty() {
            true => String::new(),
            false => format!("PARTITION BY {} ", keys.join(", ")),
        };
        let ranks = ranked.iter().map(|place| {
            format!(
                ", row_number() OVER ({partition}ORDER BY (f.v{place} IS NULL), f.v{place}) AS r{place}, \
                 count(f.v{place}) OVER ({}) AS n{place}",
                partition.trim_end()
            )
        });
        format!("SELECT f.*{} FROM ({facts}) f", ranks.collect::<String>())
    }

    /// Null, of a type where the database needs one.
    fn null(&self, sql_type: &str) -> String {
        match self.backend {
            DbBackend::Postgres => format!("CAST(NULL AS {sql_type})"),
            _ => "NULL".to_owned(),
        }
    }
}

/// The three numbers of a measure: its value or the larger part of a sum; the smaller part; and the number of values.
fn aggregates(measure: &Measure, place: usize) -> [Option<String>; 3] {
    let value = format!("f.v{place}");
    let counted = Some(format!("count({value})"));
    match measure.kind {
        MeasureKind::Count => [Some("count(*)".to_owned()), None, None],
        MeasureKind::DistinctCount => [Some(format!("count(DISTINCT {value})")), None, None],
        MeasureKind::Sum | MeasureKind::Average => [
            Some(format!("sum({value} / {SUM_UNIT})")),
            Some(format!("sum({value} % {SUM_UNIT})")),
            counted,
        ],
        MeasureKind::Minimum => [Some(format!("min({value})")), None, counted],
        MeasureKind::Maximum => [Some(format!("max({value})")), None, counted],
        MeasureKind::Percentile => {
            let rank = format!(
                "(f.n{place} * {} + {}) / {PERCENTILE_PARTS}",
                measure.percentile,
                PERCENTILE_PARTS - 1
            );
            let rank = format!("CASE WHEN {rank} < 1 THEN 1 ELSE {rank} END");
            [Some(format!("max(CASE WHEN f.r{place} = {rank} THEN {value} END)")), None, counted]
        }
        MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate => [None, Some(format!("sum({value})")), counted],
        MeasureKind::Ratio | MeasureKind::Share | MeasureKind::RunningTotal => [None, None, None],
    }
}
