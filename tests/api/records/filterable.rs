//! The tables of columns and fields: what they say of the API is what the API says.

use std::collections::{BTreeMap, BTreeSet};

use cartera::resolvers::filter::{Column, ColumnType, ColumnValue};
use cartera::resolvers::records::filterable::{OF_CHILD_ROWS, OF_CLIENTS, OF_PROSPECTS};
use cartera::resolvers::records::prospects::columns::{Access, FIELDS};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::visibility::schema_text::{Argument, SchemaText};

/// Members of filters that are conditions on the column of another member.
const SHORTCUTS: &[(&str, &[&str])] = &[
    (
        "ProspectFilter",
        &[
            "statusCategory",
            "tag",
            "email",
            "phone",
            "identifier",
            "contactName",
            "country",
            "city",
            "addressType",
            "region",
            "zone",
            "sector",
            "cycles.some.amount",
            "currentCycle.kind",
            "currentCycle.status",
            "currentCycle.category",
            "currentCycle.reason",
            "currentCycle.amount",
            "currentCycle.openedAt",
            "currentCycle.closedAt",
            "statusIntervals.some.category",
            "nextTask.type",
            "nextTask.assignee",
            "nextTask.dueAt",
            "nextTask.isOverdue",
            "nextTask.isNull",
            "contacts.some.email",
            "contacts.some.phone",
            "phones.some.isVerified",
            "lastTouch.source",
            "lastTouch.at",
            "lastTouch.medium",
            "lastTouch.ipAddress",
            "lastTouch.utmSource",
            "lastTouch.utmMedium",
            "lastTouch.utmCampaign",
            "lastTouch.adCampaign",
            "lastTouch.adNetwork",
            "lastTouch.adDevice",
        ],
    ),
    ("ClientFilter", &["since"]),
    ("TaskFilter", &[]),
];

/// Possible values of the column, one of which some rows of the test do not have.
fn possible_values(schema: &SchemaText, filter: &str, column: &Column) -> Vec<ColumnValue> {
    match column.column_type {
        ColumnType::Id(_) => vec![ColumnValue::Id(Uuid::from_u128(7))],
        ColumnType::Text(..) => vec![ColumnValue::Text("zafiro".to_owned())],
        ColumnType::Integer => vec![ColumnValue::Integer(5)],
        ColumnType::Time => vec![ColumnValue::Period(0, 1)],
        ColumnType::Flag => vec![ColumnValue::Flag(true), ColumnValue::Flag(false)],
        ColumnType::Value => {
            let mut named = filter;
            for name in column.path.split('.').chain(["eq"]) {
                let member = schema.input_fields(named).iter().find(|member| member.name == name);
                named = &member.unwrap_or_else(|| panic!("{named} has no {name}")).named;
            }
            let values = schema.enum_values(named).unwrap_or_else(|| panic!("{named} is no enum"));
            values.iter().cloned().map(ColumnValue::Text).collect()
        }
    }
}

/// Adds the paths of the conditions in a filter. `some` stands for all quantifiers.
fn add_conditions(schema: &SchemaText, filter: &str, prefix: &str, found: &mut BTreeSet<String>) {
    for member in schema.input_fields(filter) {
        let is_list_filter = SHORTCUTS.iter().any(|(other, _)| *other == member.named);
        // The columns of attributes are made of their definitions.
        if is_list_filter || ["none", "every", "attributes"].contains(&member.name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{}", member.name);
        let is_test = |part: &Argument| ["eq", "gte"].contains(&part.name.as_str());
        if schema.is_leaf(&member.named) || schema.input_fields(&member.named).iter().any(is_test) {
            found.insert(path);
        } else {
            add_conditions(schema, &member.named, &format!("{path}."), found);
        }
    }
}

#[test]
fn every_member_of_the_filters_has_a_column_and_every_column_a_member() {
    let schema = SchemaText::read();
    for (filter, shortcuts) in SHORTCUTS {
        let (prefix, columns): (&str, Vec<&Column>) = match *filter {
            "ProspectFilter" => ("", [OF_PROSPECTS, OF_CHILD_ROWS].concat()),
            "ClientFilter" => ("", OF_CLIENTS.to_vec()),
            _ => ("tasks.some.", OF_CHILD_ROWS.to_vec()),
        };
        let mut members = BTreeSet::new();
        add_conditions(&schema, filter, prefix, &mut members);
        let columns = columns
            .iter()
            .filter(|column| column.is_filtered && column.path.starts_with(prefix))
            .map(|column| column.path.to_string());
        let expected: BTreeSet<String> = columns.chain(shortcuts.iter().map(|path| (*path).to_owned())).collect();
        let differences: Vec<&String> = members.symmetric_difference(&expected).collect();
        assert!(
            differences.is_empty(),
            "{filter}: a member without a column, or a column without a member: {differences:?}"
        );
    }
}

#[test]
fn the_fields_are_the_scalar_members_of_both_inputs() {
    let schema = SchemaText::read();
    let fields: BTreeMap<&str, String> = FIELDS
        .iter()
        .map(|field| {
            let named = match field.access {
                Access::Text { .. } => "String",
                Access::Integer { .. } => "Int",
                Access::Flag { .. } => "Boolean",
                Access::Choice { .. } => "enum",
                Access::Entry { .. } => "ID",
                Access::Websites => "[String]",
            };
            (field.input, named.to_owned())
        })
        .collect();
    // The members that are no values of the record.
    let others: [(&str, &[&str]); 2] = [
        ("ProspectCreateInput", &["id", "capturedAt", "ownerId"]),
        ("ProspectUpdateInput", &[]),
    ];
    for (input, others) in others {
        // Lists of IDs are tags, and child rows to remove.
        let is_value = |member: &&Argument| {
            let is_ids = member.is_list && member.named == "ID";
            schema.is_leaf(&member.named) && !is_ids && !others.contains(&member.name.as_str())
        };
        let members: BTreeMap<&str, String> = schema
            .input_fields(input)
            .iter()
            .filter(is_value)
            .map(|member| {
                let named = match schema.enum_values(&member.named) {
                    Some(_) => "enum".to_owned(),
                    None if member.is_list => format!("[{}]", member.named),
                    None => member.named.clone(),
                };
                (member.name.as_str(), named)
            })
            .collect();
        assert_eq!(members, fields, "{input}");
    }
    for field in FIELDS {
        let is_read = schema.fields("Prospect").iter().any(|read| read.name == field.label);
        assert!(
            is_read,
            "the timeline describes changes of {}, which Prospect does not have",
            field.label
        );
    }
}

both! {
    /// Rows match a condition on the column, or the opposite. A condition excludes rows: a conversion that forgets it would not.
    async fn every_column_has_an_input_that_the_api_takes(app: TestApp) {
        let schema = SchemaText::read();
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.task(&app.ana, &made, json!({})).await;
        app.convert(&app.ana, &made).await;
        app.prospect().owner(&app.ana).create().await;
        for (list, columns) in [("prospects", OF_PROSPECTS), ("prospects", OF_CHILD_ROWS), ("clients", OF_CLIENTS)] {
            let kind = if list == "clients" { "ClientFilter" } else { "ProspectFilter" };
            let document = format!("query ($filter: {kind}) {{ {list}(filter: $filter) {{ totalCount }} }}");
            let count = async |filter: &Value| -> u64 {
                let data = app.ana.query(&document, json!({ "filter": filter })).await;
                data[list]["totalCount"].as_u64().expect("a number")
            };
            let all = count(&json!({})).await;
            for column in columns.iter().filter(|column| column.is_filtered) {
                let null = column.is_nullable.then_some(ColumnValue::Null);
                let mut excludes = false;
                for value in null.into_iter().chain(possible_values(&schema, kind, column)) {
                    let input = column.input(&value).unwrap_or_else(|| panic!("{} cannot have {value:?}", column.path));
                    let passing = count(&input).await;
                    assert_eq!(passing + count(&json!({ "not": input })).await, all, "{input}");
                    if value != ColumnValue::Null && passing < all {
                        excludes = true;
                        break;
                    }
                }
                assert!(excludes, "no condition on {} excludes a row", column.path);
            }
        }
    }
}
