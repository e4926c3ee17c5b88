//! Definitions of saved reports: JSON that fits the input of a report, checked with all problems at once.

use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Context, InputType, Name, Pos, Value};
use serde_json::Value as Json;

use super::parameters::ReportParametersInput;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::resolvers::insight::reports::{self, ReportQuery};
use crate::resolvers::insight::saved_reports::{self, GivenDefinition};
use crate::rules::reports::saved::check_size;
use crate::schema::cx;
use crate::schema::filters::FilterContext;
use crate::schema::insight::reports::enums::ReportDataset;
use crate::schema::insight::reports::inputs::ReportInput;

/// The argument that holds a definition.
const ARGUMENT: [&str; 2] = ["input", "definition"];
/// Maximum number of problems of one definition.
const MOST_PROBLEMS: usize = 20;

/// A definition to save, with all of its problems. It has to run with and without parameters, by the rights of the caller.
pub fn given(ctx: &Context<'_>, json: Json) -> Result<GivenDefinition> {
    let mut problems = Vec::new();
    check_size(&json, &ARGUMENT, &mut problems);
    if problems.is_empty() {
        let checked = [ReportParametersInput::default(), ReportParametersInput::all()]
            .iter()
            .try_for_each(|parameters| reports::validate(cx(ctx), query(ctx, &json, parameters)?));
        problems = problems_of(checked.map_err(|error| at(error, &ARGUMENT)))?;
    }
    Ok(GivenDefinition { json, problems })
}

/// The request of a definition with its parameters. Problems of the definition have paths from `input` down, as if it were that argument.
pub fn query(ctx: &Context<'_>, json: &Json, parameters: &ReportParametersInput) -> Result<ReportQuery> {
    let value = Value::from_json(json.clone()).map_err(Error::internal)?;
    let mut check = Check {
        registry: &ctx.schema_env.registry,
        path: vec!["input".to_owned()],
        problems: Vec::new(),
    };
    check.named(&value, &ReportInput::type_name());
    if !check.problems.is_empty() {
        return Err(Error::Invalid(check.problems));
    }
    let input = ReportInput::parse(Some(value)).map_err(|error| Error::BadInput(error.into_server_error(Pos::default()).message))?;
    parameters.apply(input).into_query(FilterContext::of(ctx))
}

/// Whether a definition names an attribute that is hidden from the caller.
pub fn names_hidden(ctx: &Context<'_>, json: &Json) -> Result<bool> {
    let dataset = Value::from_json(json["dataset"].clone()).map_err(Error::internal)?;
    let dataset = ReportDataset::parse(Some(dataset)).ok().map(Into::into);
    saved_reports::names_hidden(cx(ctx), json, dataset)
}

/// The same error with the paths of its problems at another place than `input`.
pub fn at(error: Error, place: &[&str]) -> Error {
    let moved = |path: Vec<String>| match path.split_first() {
        Some((first, rest)) if first == "input" => place.iter().map(|part| (*part).to_owned()).chain(rest.iter().cloned()).collect(),
        _ => path,
    };
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems
                .into_iter()
                .map(|problem| Problem {
                    path: moved(problem.path),
                    ..problem
                })
                .collect(),
        ),
        Error::BadInput(message) => Error::problem(ProblemCode::Invalid, place, message),
        Error::Forbidden(message) => Error::problem(ProblemCode::Forbidden, place, message),
        other => other,
    }
}

fn problems_of(checked: Result<()>) -> Result<Vec<Problem>> {
    match checked {
        Ok(()) => Ok(Vec::new()),
        Err(Error::Invalid(problems)) => Ok(problems),
        Err(error) => Err(error),
    }
}

/// The check of a value against the types of the schema. The library ignores members that an input does not have.
struct Check<'a> {
    registry: &'a Registry,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn value(&mut self, value: &Value, kind: &str) {
        match (MetaTypeName::create(kind), value) {
            (MetaTypeName::NonNull(_), Value::Null) => self.refuse(ProblemCode::Required, "must not be null"),
            (MetaTypeName::NonNull(kind), value) => self.value(value, kind),
            (_, Value::Null) => {}
            (MetaTypeName::List(kind), Value::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.below(&place.to_string(), item, kind);
                }
            }
            // A single value is coerced to a list of one.
            (MetaTypeName::List(kind), value) => self.value(value, kind),
            (MetaTypeName::Named(name), value) => self.named(value, name),
        }
    }

    fn named(&mut self, value: &Value, name: &str) {
        let fits = match (self.registry.types.get(name), value) {
            (Some(MetaType::InputObject { input_fields, oneof, .. }), Value::Object(members)) => {
                if *oneof && members.len() != 1 {
                    return self.refuse(ProblemCode::Invalid, format!("`{name}` takes exactly one field"));
                }
                for (member, value) in members {
                    match input_fields.get(member.as_str()) {
                        Some(declared) => self.below(member, value, &declared.ty),
                        None => self.unknown(member, name),
                    }
                }
                let is_required = |field: &&MetaInputValue| field.ty.ends_with('!') && field.default_value.is_none();
                for field in input_fields.values().filter(is_required) {
                    if !members.contains_key(field.name.as_str()) {
                        self.below(&field.name, &Value::Null, &field.ty);
                    }
                }
                true
            }
            (Some(MetaType::Enum { enum_values, .. }), Value::String(value)) => enum_values.contains_key(value),
            (Some(MetaType::Scalar { is_valid, .. }), value) => is_valid.as_ref().is_none_or(|is_valid| is_valid(value)),
            _ => false,
        };
        if !fits {
            self.refuse(ProblemCode::Invalid, format!("is not a valid `{name}`"));
        }
    }

    fn unknown(&mut self, member: &Name, of: &str) {
        // The name is the caller's, and may be long.
        self.path.push(member.chars().take(64).collect());
        self.refuse(ProblemCode::Invalid, format!("is not a field of `{of}`"));
        self.path.pop();
    }

    fn below(&mut self, part: &str, value: &Value, kind: &str) {
        self.path.push(part.to_owned());
        self.value(value, kind);
        self.path.pop();
    }

    fn refuse(&mut self, code: ProblemCode, message: impl Into<String>) {
        if self.problems.len() < MOST_PROBLEMS {
            let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
            self.problems.push(Problem::new(code, &path, message));
        }
    }
}
