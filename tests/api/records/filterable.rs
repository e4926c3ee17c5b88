//! The table of filterable columns: what it says of the API is what the API says.

use cartera::resolvers::filter::{Column, ColumnType, ColumnValue};
use cartera::resolvers::records::filterable::{OF_CHILD_ROWS, OF_CLIENTS, OF_PROSPECTS};
use serde_json::{Value, json};

use crate::support::TestApp;

/// A possible value of the column.
fn possible_value(app: &TestApp, column: &Column) -> ColumnValue {
    match column.column_type {
        ColumnType::Id(_) => ColumnValue::Id(app.ana.uuid),
        ColumnType::Text(..) => ColumnValue::Text("zafiro".to_owned()),
        ColumnType::Integer => ColumnValue::Integer(5),
        ColumnType::Time => ColumnValue::Period(0, 1),
        ColumnType::Flag => ColumnValue::Flag(true),
        ColumnType::Value => ColumnValue::Text(
            match &*column.path {
                "kind" => "PERSON",
                "interest" => "HIGH",
                "cycles.some.kind" => "RENEWAL",
                "cycles.some.category" => "OPEN",
                "timeline.some.kind" => "NOTE",
                "tasks.some.state" => "DONE",
                other => panic!("a value of {other} is missing here"),
            }
            .to_owned(),
        ),
    }
}

both! {
    /// A prospect passes what is asked of the column, or it passes the opposite.
    async fn every_column_has_an_input_that_the_api_takes(app: TestApp) {
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
            for column in columns {
                let null = column.is_nullable.then_some(ColumnValue::Null);
                for value in null.into_iter().chain([possible_value(&app, column)]) {
                    let input = column.input(&value).unwrap_or_else(|| panic!("{} cannot have {value:?}", column.path));
                    let passing = count(&input).await;
                    assert_eq!(passing + count(&json!({ "not": input })).await, all, "{input}");
                }
            }
        }
        assert_eq!(OF_PROSPECTS.len() + OF_CHILD_ROWS.len() + OF_CLIENTS.len(), 58);
    }
}
