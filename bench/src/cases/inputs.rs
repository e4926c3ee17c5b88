//! The filters of the schema, read from the server, so that a new one cannot be forgotten.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use super::values::Values;
use crate::{Result, samples};

/// The input types and enums of the schema, by their names.
pub struct Inputs(HashMap<String, Input>);

/// One input of a filter.
pub struct Test {
    pub name: String,
    pub value: Value,
}

/// Coverage of a filter.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Every operator of every field, with values that many and few pass.
    Whole,
    /// One value for each field.
    Brief,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    name: String,
    kind: String,
    input_fields: Option<Vec<InputField>>,
    enum_values: Option<Vec<Named>>,
}

#[derive(Deserialize)]
struct InputField {
    name: String,
    r#type: TypeRef,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TypeRef {
    name: Option<String>,
    of_type: Option<Box<TypeRef>>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

const TYPES: &str = "{ __schema { types { name kind enumValues { name } \
    inputFields { name type { name ofType { name ofType { name ofType { name } } } } } } } }";
/// They combine filters and test nothing themselves.
const COMBINING: [&str; 3] = ["and", "or", "not"];
/// Their tests depend on the definitions of attributes: `super::ATTRIBUTES` has some of the demo's.
const BY_DEFINITION: [&str; 2] = ["attributes", "custom"];
/// They test child rows.
const QUANTIFIERS: [&str; 3] = ["some", "none", "every"];
/// Filters whose fields are operators, and whose values depend on the column.
const SCALAR_FILTERS: [&str; 7] = [
    "AmountFilter",
    "IdFilter",
    "StringFilter",
    "ExactStringFilter",
    "DateTimeFilter",
    "IntFilter",
    "FloatFilter",
];

impl Inputs {
    pub async fn read(server: SocketAddr, token: &str) -> Result<Inputs> {
        let mut data = samples::ask(server, Some(token), TYPES, json!({})).await?;
        let types: Vec<Input> = serde_json::from_value(data["__schema"]["types"].take())?;
        Ok(Inputs(types.into_iter().map(|input| (input.name.clone(), input)).collect()))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The values of an enum.
    pub fn values_of(&self, name: &str) -> Result<Vec<&str>> {
        let values = self.get(name)?.enum_values.as_ref().ok_or_else(|| format!("{name} is no enum"))?;
        Ok(values.iter().map(|value| value.name.as_str()).collect())
    }

    /// Every test of a filter alone; fails where a field has no sample value.
    pub fn tests(&self, filter: &str, values: &Values) -> Result<Vec<Test>> {
        self.fields(filter, filter, &mut vec![filter.to_owned()], Extent::Whole, values)
    }

    fn fields(&self, filter: &str, path: &str, inside: &mut Vec<String>, extent: Extent, values: &Values) -> Result<Vec<Test>> {
        let mut tests = Vec::new();
        for field in self.get(filter)?.input_fields.iter().flatten() {
            if COMBINING.contains(&field.name.as_str()) || BY_DEFINITION.contains(&field.name.as_str()) {
                continue;
            }
            let path = format!("{path}.{}", field.name);
            let mut found = self.field(field.r#type.innermost(), &path, inside, extent, values)?;
            if extent == Extent::Brief {
                found.truncate(1);
            }
            tests.extend(found.into_iter().map(|test| test.within(&field.name)));
        }
        Ok(tests)
    }

    fn field(&self, name: &str, path: &str, inside: &mut Vec<String>, extent: Extent, values: &Values) -> Result<Vec<Test>> {
        let input = self.get(name)?;
        let fields = || input.input_fields.iter().flatten();
        let has = |wanted: &str| fields().any(|field| field.name == wanted);
        if input.kind != "INPUT_OBJECT" {
            return self.plain(input, path, values);
        }
        let is_enum_filter = fields()
            .find(|field| field.name == "eq")
            .is_some_and(|field| self.get(field.r#type.innermost()).is_ok_and(|input| input.kind == "ENUM"));
        if is_enum_filter || SCALAR_FILTERS.contains(&name) {
            return self.operators(input, path, values);
        }
        // One inside the other, they would have no end.
        if inside.iter().any(|outer| outer == name) {
            return Ok(Vec::new());
        }
        inside.push(name.to_owned());
        let tests = if QUANTIFIERS.iter().all(|quantifier| has(quantifier)) {
            self.quantified(input, path, inside, extent, values)
        } else {
            let is_prospect = name == "ProspectFilter";
            self.fields(name, path, inside, if is_prospect { Extent::Brief } else { extent }, values)
        };
        inside.pop();
        tests
    }

    fn quantified(&self, input: &Input, path: &str, inside: &mut Vec<String>, extent: Extent, values: &Values) -> Result<Vec<Test>> {
        let mut tests = Vec::new();
        for field in input.input_fields.iter().flatten() {
            let extent = if field.name == "some" { extent } else { Extent::Brief };
            let inner = self.field(field.r#type.innermost(), path, inside, extent, values)?;
            let kept = if extent == Extent::Whole { inner.len() } else { 2 };
            tests.extend(inner.into_iter().take(kept).map(|test| test.within(&field.name)));
        }
        Ok(tests)
    }

    /// A field with a plain value.
    fn plain(&self, input: &Input, path: &str, values: &Values) -> Result<Vec<Test>> {
        let found = match input.kind.as_str() {
            "ENUM" => self.values_of(&input.name)?.into_iter().map(|value| json!(value)).collect(),
            _ => values.plain(&input.name, path)?,
        };
        Ok(found
            .into_iter()
            .map(|value| Test {
                name: String::new(),
                value,
            })
            .collect())
    }

    fn operators(&self, input: &Input, path: &str, values: &Values) -> Result<Vec<Test>> {
        let mut tests = Vec::new();
        for field in input.input_fields.iter().flatten() {
            let inner = self.get(field.r#type.innermost())?;
            let found = if inner.kind == "ENUM" {
                let all = self.values_of(&inner.name)?;
                match field.name.as_str() {
                    "eq" => all.iter().map(|value| ((*value).to_owned(), json!(value))).collect(),
                    _ => vec![("two".to_owned(), json!(all.iter().take(2).collect::<Vec<_>>()))],
                }
            } else {
                values.operator(&input.name, path, &field.name)?
            };
            tests.extend(
                found
                    .into_iter()
                    .map(|(kind, value)| Test { name: kind, value }.within(&field.name)),
            );
        }
        if input.name == "DateTimeFilter" {
            tests.push(Test {
                name: "a day in the middle".to_owned(),
                value: values.day(),
            });
        }
        Ok(tests)
    }

    fn get(&self, name: &str) -> Result<&Input> {
        Ok(self.0.get(name).ok_or_else(|| format!("the schema has no type {name}"))?)
    }
}

impl Test {
    fn within(self, field: &str) -> Test {
        Test {
            name: format!("{field} {}", self.name).trim_end().to_owned(),
            value: json!({ field: self.value }),
        }
    }
}

impl TypeRef {
    /// The type without its lists and exclamation marks.
    fn innermost(&self) -> &str {
        match (&self.of_type, &self.name) {
            (Some(inner), _) => inner.innermost(),
            (None, name) => name.as_deref().unwrap_or_default(),
        }
    }
}
