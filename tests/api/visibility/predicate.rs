//! The one predicate is written in four forms; each means the same.

use cartera::auth::{Scope, visibility};
use cartera::db::sql::Sql;
use cartera::entities::records::prospect;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use std::collections::BTreeSet;
use uuid::Uuid;

use crate::support::TestApp;

both! {
    async fn all_forms_of_the_predicate_mean_the_same(app: TestApp) {
        let hers = app.prospect().by(&app.ana).create().await;
        app.prospect().by(&app.luis).create().await;
        app.prospect().by(&app.admin).unowned().create().await;
        let gone = app.prospect().by(&app.ana).create().await;
        let db = &app.core.db;
        prospect::Entity::update_many()
            .col_expr(prospect::Column::DeletedAt, Expr::value(app.now()))
            .filter(prospect::Column::Id.eq(gone.uuid))
            .exec(db.writer())
            .await
            .expect("a prospect can be marked as deleted");

        let rows = prospect::Entity::find().all(db.reader()).await.expect("prospects can be read");
        assert_eq!(rows.len(), 4);
        for (scope, expected) in [
            (Scope::All, 3),
            (Scope::Owner(app.ana.uuid), 1),
            (Scope::Owner(app.luis.uuid), 1),
            (Scope::Owner(app.stranger.uuid), 0),
        ] {
            let allowed: BTreeSet<Uuid> = rows.iter().filter(|row| visibility::allows(scope, row)).map(|row| row.id).collect();
            assert_eq!(allowed.len(), expected, "{scope:?}");
            assert_eq!(allowed.contains(&hers.uuid), scope == Scope::All || scope == Scope::Owner(app.ana.uuid));
            assert_eq!(found(&app, visibility::condition(scope)).await, allowed, "{scope:?}");
            assert_eq!(found(&app, visibility::condition_by_id(scope)).await, allowed, "{scope:?}");
            let mut sql = Sql::new(db.backend());
            let visible = visibility::sql(scope, "p", &mut sql);
            sql.push("SELECT p.id FROM prospects p WHERE ").push(&visible);
            let rows = db.reader().query_all_raw(sql.build()).await.expect("the hand-written form is SQL");
            let by_text: BTreeSet<Uuid> = rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect();
            assert_eq!(by_text, allowed, "{scope:?}");
        }
    }
}

async fn found(app: &TestApp, visible: Condition) -> BTreeSet<Uuid> {
    let query = prospect::Entity::find().filter(visible);
    let rows = query.all(app.core.db.reader()).await.expect("the condition is SQL");
    rows.into_iter().map(|row| row.id).collect()
}
