//! Rows that are declared for the statement and for the reader at once: each field reads its own column.

use std::fmt::Debug;

use cartera::db::sql::Sql;
use cartera::entities::process::cycle::CycleKind;
use cartera::entities::process::task::TaskState;
use cartera::entities::records::contact_point::{PointKind, Verification};
use cartera::entities::records::interaction::{Direction, InteractionType, Outcome};
use cartera::entities::records::timeline_entry::EntryKind;
use cartera::entities::records::touch::{AdDevice, AdNetwork, TouchPosition};
use cartera::entities::setup::status::StatusCategory;
use cartera::resolvers::process::tasks::Task;
use cartera::resolvers::records::parts::{Address, Client, Contact, Cycle, Identifier, Point, Tag, Touch};
use cartera::resolvers::records::rows::Row;
use cartera::resolvers::records::timeline::notes::Version;
use cartera::resolvers::records::timeline::{Entry, InteractionBody, NoteBody};
use sea_orm::{ConnectionTrait, Value};
use uuid::Uuid;

use crate::support::TestApp;

/// Reads a row from a table with a column for each field, which holds what the field is expected to be. What stands behind `;` has no column.
macro_rules! assert_reads {
    ($app:ident, $row:ident { $($field:ident $(= $column:literal)?: $value:expr),+ $(; $absent:ident)* $(,)? }) => {{
        let expected = $row { $($field: $value,)+ $($absent: None,)* };
        let mut sql = Sql::new($app.core.db.backend());
        let columns = vec![$(format!("{} AS {}", sql.bind(value(&expected.$field)), column!($field $($column)?))),+];
        let absent: &[&str] = &[$(stringify!($absent)),*];
        assert_row(&$app, sql, columns, absent, &expected).await;
    }};
}

macro_rules! column {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $column:literal) => {
        $column
    };
}

async fn assert_row<R: Row + Debug>(app: &TestApp, mut sql: Sql, columns: Vec<String>, absent: &[&str], expected: &R) {
    let row = R::array(sql.dialect(), "t", |field| !absent.contains(&field));
    let rows = sql.dialect().collect(&row, "1");
    sql.push(&format!("SELECT {rows} FROM (SELECT {}) t", columns.join(", ")));
    let found = app.core.db.reader().query_one_raw(sql.build()).await.expect("the statement runs");
    let json: String = found.expect("one row").try_get_by_index(0).expect("a text");
    let read: Vec<R> = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}"));
    assert_eq!(format!("{read:?}"), format!("[{expected:?}]"), "{json}");
}

fn value<T: Clone + Into<Value>>(field: &T) -> Value {
    field.clone().into()
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

both! {
    async fn each_field_of_a_part_reads_its_own_column(app: TestApp) {
        assert_reads!(app, Identifier { id: id(1), type_id: id(2), country: "VE".to_owned(), number: "V-1".to_owned() });
        assert_reads!(app, Point {
            id: id(1), contact_id: Some(id(2)), kind: PointKind::Phone, value: "+58".to_owned(), label: text("work"),
            verification: Verification::Verified, verified_at: Some(3),
        });
        for is_main in [true, false] {
            assert_reads!(app, Contact {
                id: id(1), first_name: "Eva".to_owned(), last_name: text("Paz"), description: text("buys"), is_main: is_main,
            });
        }
        assert_reads!(app, Address {
            id: id(1), country: "VE".to_owned(), city: text("Coro"), municipality: text("Miranda"), parish: text("San Gabriel"),
            postal_code: text("4101"), line: text("Calle 1"), reference: text("beside the park"), latitude: Some(11.5), longitude: Some(-69.25),
            type_id: Some(id(2)), region_id: Some(id(3)), zone_id: Some(id(4)), sector_id: Some(id(5)),
        });
        assert_reads!(app, Touch {
            place: TouchPosition::Last, at: 1_i64, source_id: id(2), medium: text("cpc"), page_url: text("https://a.example"),
            page_section: text("footer"), referrer: text("https://b.example"), ip_address: text("203.0.113.7"), utm_source: text("google"),
            utm_medium: text("email"), utm_campaign: text("spring"), utm_term: text("shoes"), utm_content: text("ad-a"), ad_campaign: text("brand"),
            ad_group: text("homes"), ad_keyword: text("boots"), ad_network: Some(AdNetwork::Display), ad_device: Some(AdDevice::Tablet),
            ad_external_id: text("123"), ad_click_id: text("456"),
        });
        assert_reads!(app, Client {
            id: id(1), since: 2_i64, potential_level_id: Some(id(3)), converted_by: Some(id(4)), version: 5,
        });
        assert_reads!(app, Cycle {
            id: id(1), prospect_id: id(2), kind: CycleKind::Renewal, status_id: id(3), category: StatusCategory::Won, amount_minor: Some(4_i64),
            amount_currency: text("USD"), opened_at: 5_i64, closed_at: Some(6_i64), reason_id: Some(id(7)), reason_note: text("price"), version: 8,
        });
        assert_reads!(app, Tag { tag_id: id(1) });
    }

    async fn each_field_of_a_child_reads_its_own_column(app: TestApp) {
        assert_reads!(app, Task {
            id: id(1), prospect_id: id(2), type_id: id(3), assignee_id: Some(id(4)), due_at: 5_i64, note: text("bring the offer"),
            state: TaskState::Done, completed_at: Some(6_i64), completed_by: Some(id(7)), closing_note: text("signed"),
            repeat_rule: text("FREQ=DAILY"), repeat_zone: text("America/Caracas"), created_by: Some(id(8)), version: 9, created_at: 10_i64,
            updated_at: 11_i64,
        });
        assert_reads!(app, Version { id: id(1), version: 2, body: "before".to_owned(), written_by: Some(id(3)), written_at: 4_i64 });
        assert_reads!(app, Entry {
            id: id(1), prospect_id: id(2), kind: EntryKind::Restored, occurred_at: 3_i64, recorded_at: 4_i64, actor_id: Some(id(5)),
            pinned_at: Some(6_i64); note; interaction; change
        });
        assert_reads!(app, NoteBody { body: "a note".to_owned(), edited_at: Some(1_i64), edited_by: Some(id(2)), version: 3 });
        assert_reads!(app, InteractionBody {
            kind = "type": InteractionType::Visit, direction: Direction::Incoming, duration_seconds: Some(1), outcome: Some(Outcome::LeftMessage),
            body: text("a visit"),
        });
    }
}
