//! Entries of a new database, installed once.

use cartera::app::{App, Clock};
use cartera::db::Db;
use cartera::setup;
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, TestDatabase, operations, runtime, snapshot};

both! {
    async fn the_catalogues_are_there(app: TestApp) {
        let data = app.ana.run_operation(operations::CATALOGS, "CatalogsCore", json!({})).await.data().clone();
        let names = |list: &str| -> Vec<String> {
            let rows = data[list].as_array().unwrap_or_else(|| panic!("{list}"));
            rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
        };
        assert_eq!(names("statuses"), ["New", "Second contact", "Ready for proposal", "Negotiation", "Won", "Lost", "Discarded"]);
        assert_eq!(names("reasons").len(), 11);
        assert_eq!(names("sources").len(), 9);
        assert_eq!(names("potentialLevels").len(), 8);
        for (list, defaults) in [("channels", 1), ("segments", 1), ("sources", 1), ("potentialLevels", 2)] {
            let rows = data[list].as_array().expect("a list");
            let found: Vec<&Value> = rows.iter().filter(|row| row["isDefault"] == json!(true)).collect();
            assert_eq!(found.len(), defaults, "{list}");
            assert!(found.iter().all(|row| row["name"] == "Not yet evaluated"), "{list}");
        }
        assert!(names("identifierTypes").contains(&"Cédula V".to_owned()));
        assert_eq!(data["users"].as_array().expect("a list").len(), 5);
        let more = app.ana.run_operation(operations::RECORD_CATALOGS, "Catalogs", json!({})).await.data().clone();
        let task_types: Vec<&Value> = more["taskTypes"].as_array().expect("a list").iter().map(|row| &row["name"]).collect();
        assert_eq!(task_types[..4], ["First contact", "Second contact", "Send proposal", "Follow up"]);
        assert_eq!(more["statuses"][0]["taskType"]["name"], "First contact");
        let countries = app.ana.query("{ countries { code name } }", json!({})).await;
        let countries = countries["countries"].as_array().expect("a list").clone();
        assert!(countries.len() > 240 && countries.iter().any(|country| country["code"] == "VE"));
    }

    async fn a_second_start_changes_nothing(app: TestApp) {
        let before = app.snapshot().await;
        assert!(setup::first_start(&app.core).await.expect("a start").is_none());
        before.assert_equal(&app.snapshot().await, "a second start");
    }
}

/// The first entries of each catalogue that comes with a new database, in English and in Spanish, and how many there are.
const FIRST_NAMES: [(&str, &[&str], &[&str], usize); 12] = [
    (
        "channels",
        &["Not yet evaluated", "Web site", "Shop"],
        &["Sin evaluar", "Sitio web", "Tienda"],
        5,
    ),
    (
        "segments",
        &["Not yet evaluated", "Private individuals"],
        &["Sin evaluar", "Particulares"],
        5,
    ),
    (
        "statuses",
        &[
            "New",
            "Second contact",
            "Ready for proposal",
            "Negotiation",
            "Won",
            "Lost",
            "Discarded",
        ],
        &[
            "Nuevo",
            "Segundo contacto",
            "Listo para propuesta",
            "Negociación",
            "Ganado",
            "Perdido",
            "Descartado",
        ],
        7,
    ),
    (
        "reasons",
        &["Wrong or false data", "Impossible to contact"],
        &["Datos erróneos o falsos", "Imposible de contactar"],
        11,
    ),
    (
        "sources",
        &["Not yet evaluated", "Google Ads", "Organic search"],
        &["Sin evaluar", "Google Ads", "Búsqueda orgánica"],
        9,
    ),
    (
        "task_types",
        &["First contact", "Second contact", "Send proposal", "Follow up"],
        &["Primer contacto", "Segundo contacto", "Enviar propuesta", "Seguimiento"],
        9,
    ),
    ("address_types", &["Fiscal", "Delivery"], &["Fiscal", "Entrega"], 6),
    (
        "industries",
        &["Agriculture", "Construction and real estate"],
        &["Agricultura", "Construcción e inmobiliaria"],
        15,
    ),
    ("customer_types", &["End customer", "Retailer"], &["Cliente final", "Minorista"], 6),
    (
        "document_types",
        &["Contract", "Identification", "Proposal"],
        &["Contrato", "Identificación", "Propuesta"],
        7,
    ),
    ("potential_levels", &["Not yet evaluated"], &["Sin evaluar"], 8),
    (
        "identifier_types",
        &["Cédula V", "Cédula E", "RIF"],
        &["Cédula V", "Cédula E", "RIF"],
        27,
    ),
];

#[test]
fn a_new_database_speaks_the_default_language_on_sqlite() {
    runtime().block_on(speaks_the_default_language(Backend::Sqlite));
}

#[test]
fn a_new_database_speaks_the_default_language_on_postgres() {
    runtime().block_on(speaks_the_default_language(Backend::Postgres));
}

async fn speaks_the_default_language(backend: Backend) {
    for (locale, is_spanish) in [("es-VE", true), ("es-MX", true), ("en-GB", false), ("pt-BR", false)] {
        let database = TestDatabase::create(backend).await;
        let mut settings = database.settings.clone();
        settings.default_locale = locale.to_owned();
        let db = Db::open(&settings).await.expect("the database opens");
        let app = App::new(db.clone(), settings, Clock::default())
            .await
            .expect("the catalogues are read");
        setup::first_start(&app).await.expect("a first start");
        for (table, english, spanish, count) in FIRST_NAMES {
            let names = snapshot::texts(&db, &format!("SELECT name FROM {table} ORDER BY position, id")).await;
            let expected = if is_spanish { spanish } else { english };
            assert_eq!(names.len(), count, "{table} in {locale}");
            for name in expected {
                assert!(names.iter().any(|found| found == name), "{name} of {table} in {locale}: {names:?}");
            }
            let undescribed = format!("SELECT name FROM {table} WHERE description IS NULL OR description = ''");
            assert_eq!(snapshot::texts(&db, &undescribed).await, [""; 0], "{table} in {locale}");
        }
        let task = snapshot::texts(
            &db,
            "SELECT s.name || ': ' || t.name FROM statuses s JOIN task_types t ON t.id = s.task_type_id ORDER BY s.position",
        );
        let expected = if is_spanish {
            [
                "Nuevo: Primer contacto",
                "Segundo contacto: Segundo contacto",
                "Listo para propuesta: Enviar propuesta",
                "Negociación: Seguimiento",
            ]
        } else {
            [
                "New: First contact",
                "Second contact: Second contact",
                "Ready for proposal: Send proposal",
                "Negotiation: Follow up",
            ]
        };
        assert_eq!(task.await, expected);
        let administrator = if is_spanish { "Administrador" } else { "Administrator" };
        let users = snapshot::texts(&db, "SELECT name || ' ' || locale FROM users").await;
        assert_eq!(users, [format!("{administrator} {locale}")]);
        db.close().await.expect("the database closes");
        database.remove().await;
    }
}
