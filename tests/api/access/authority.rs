//! The caller's permission is checked in the transaction of the write, not only when the request arrives.

use cartera::auth::{Credential, KeyScope, Role, Viewer};
use cartera::cx::{Cx, Origin};
use cartera::error::Error;
use cartera::ids::{self, Kind};
use cartera::resolvers::access::keys::{self, NewApiKey};
use cartera::resolvers::access::users::{self, ProfileEdit, UserEdit};
use cartera::resolvers::process::demotion;
use cartera::resolvers::records::timeline::notes::{self, NewNote};
use cartera::rules::patch::Patch;
use serde_json::json;
use uuid::Uuid;

use crate::support::{TestApp, operations};

fn key() -> NewApiKey {
    NewApiKey {
        name: "Report".to_owned(),
        scope: KeyScope::Full,
        expires_at: None,
    }
}

fn reactivated() -> UserEdit {
    UserEdit {
        is_active: Patch::Set(true),
        ..UserEdit::default()
    }
}

fn id_of(made: &str) -> Uuid {
    Kind::Prospect.decode(made).expect("an id of a prospect")
}

fn note() -> NewNote {
    NewNote {
        id: None,
        body: "hola".to_owned(),
        occurred_at: None,
    }
}

both! {
    /// With a request in flight they could otherwise reactivate themselves.
    async fn a_deactivated_user_writes_nothing_more(app: TestApp) {
        let in_flight = app.cx(&app.other_admin);
        let made = app.prospect().owner(&app.luis).create().await;
        app.deactivate(&app.other_admin).await;
        let before = app.snapshot().await;
        let refused = [
            demotion::update(&in_flight, app.other_admin.uuid, reactivated(), None).await.err(),
            keys::create(&in_flight, &key()).await.err(),
            users::update_profile(&in_flight, ProfileEdit { name: Patch::Set("Otra".to_owned()), ..Default::default() }, None).await.err(),
            notes::create(&in_flight, id_of(&made.id), note()).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(Error::Unauthenticated)), "{error:?}");
        }
        before.assert_equal(&app.snapshot().await, "a deactivated administrator wrote");
    }

    async fn a_session_that_was_revoked_makes_no_key(app: TestApp) {
        let in_flight = app.cx(&app.ana);
        let session = Kind::Session.encode(app.ana.session_id.expect("a session"));
        app.admin.run_operation(operations::ACCESS, "SessionRevoke", json!({ "id": session })).await.payload("sessionRevoke");
        let before = app.snapshot().await;
        let error = keys::create(&in_flight, &key()).await.err();
        assert!(matches!(error, Some(Error::Unauthenticated)), "{error:?}");
        before.assert_equal(&app.snapshot().await, "a revoked session wrote");
    }

    async fn a_key_that_was_revoked_writes_nothing(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let key = keys::create(&app.cx(&app.ana), &key()).await.expect("a key").row;
        let with_key = |id| {
            let credential = Credential::Key { id, scope: KeyScope::Full };
            let viewer = Viewer { user_id: app.ana.uuid, role: Role::Sales, credential };
            Cx::new(app.core.clone(), Some(viewer), Origin::default())
        };
        notes::create(&with_key(key.id), id_of(&made.id), note()).await.expect("the key may write");
        keys::revoke(&app.cx(&app.ana), key.id).await.expect("it is revoked");
        for id in [key.id, ids::new()] {
            let error = notes::create(&with_key(id), id_of(&made.id), note()).await.err();
            assert!(matches!(error, Some(Error::Unauthenticated)), "{error:?}");
        }
        assert_eq!(app.sql("SELECT body FROM notes").await.len(), 1);
    }

    async fn a_role_that_was_taken_away_gives_no_rights(app: TestApp) {
        let in_flight = app.cx(&app.other_admin);
        let made = app.prospect().owner(&app.luis).create().await;
        let edit = UserEdit { role: Patch::Set(Role::Sales), ..UserEdit::default() };
        demotion::update(&app.cx(&app.admin), app.other_admin.uuid, edit, None).await.expect("an administrator steps down");
        let before = app.snapshot().await;
        let refused = [
            notes::create(&in_flight, id_of(&made.id), note()).await.err(),
            demotion::update(&in_flight, app.other_admin.uuid, UserEdit { role: Patch::Set(Role::Admin), ..UserEdit::default() }, None).await.err(),
        ];
        for error in refused {
            assert!(matches!(error, Some(Error::Forbidden(_))), "{error:?}");
        }
        before.assert_equal(&app.snapshot().await, "a former administrator wrote");
    }
}
