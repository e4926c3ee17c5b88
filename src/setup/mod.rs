//! First start: the catalogues that a new database begins with, and the first administrator.

mod defaults;

pub use crate::text::language::{Language, Words};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use crate::app::App;
use crate::auth::Role;
use crate::auth::credentials::new_token;
use crate::entities::access::user;
use crate::entities::setup::revision::CachedTable;
use crate::entities::setup::{
    address_type, channel, customer_type, document_type, identifier_type, industry, potential_level, reason, segment, source, status,
    task_type,
};
use crate::error::{Error, Result};
use crate::ids;
use crate::resolvers::access::{revision, users};
use crate::resolvers::setup::catalogs::{Catalog, Origin, Own};
use crate::rules::setup::{Draft, create};
use crate::tx::locks::Locks;

/// The administrator who was just made.
pub struct FirstAdministrator {
    pub email: String,
    /// The password, if it was generated: it is not stored, so it must be shown once.
    pub password: Option<String>,
}

/// Fills what is still empty: each catalogue without entries gets its defaults, and a database without an active administrator gets one. Several
/// servers may do so at once: the transaction locks the revisions of all that it fills, and then looks again. None where there was an administrator.
pub async fn first_start(app: &App) -> Result<Option<FirstAdministrator>> {
    let is_governed = has_administrator(app.db.reader()).await?;
    if is_governed && !is_bare(app) {
        return Ok(None);
    }
    let administrator = if is_governed { None } else { Some(administrator(app).await?) };

    let tx = app.db.begin().await?;
    let tables = [&INSTALLED[..], &[CachedTable::User]].concat();
    Locks::default().with_tables(tables.clone()).take(&tx, None).await?;
    install_catalogs(&tx, app.clock.now(), language(app)).await?;
    let mut made = None;
    if let Some((model, password)) = administrator
        && !has_administrator(&tx).await?
    {
        let email = model.email.clone();
        let user = users::insert(&tx, model).await.map_err(|error| unable(&email, error))?;
        made = Some(FirstAdministrator {
            email: user.email,
            password,
        });
    }
    tx.commit().await?;
    revision::take_in(app, &tables).await;
    Ok(made)
}

async fn has_administrator(db: &impl ConnectionTrait) -> Result<bool> {
    let administrators = user::Entity::find()
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true));
    Ok(administrators.count(db).await? > 0)
}

/// The reason that prevents the first administrator, such as a salesperson with the same e-mail, and its remedy.
fn unable(email: &str, error: Error) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let reasons: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    Error::BadInput(format!(
        "there is no active administrator, and {email} cannot become one: {}. Set admin_email to another e-mail, or make a user \
         administrator with `cartera user update --email EMAIL --role admin`",
        reasons.join("; ")
    ))
}

/// The catalogues that a new database begins with.
const INSTALLED: [CachedTable; 12] = [
    CachedTable::Channel,
    CachedTable::Segment,
    CachedTable::PotentialLevel,
    CachedTable::Status,
    CachedTable::Reason,
    CachedTable::Source,
    CachedTable::IdentifierType,
    CachedTable::TaskType,
    CachedTable::AddressType,
    CachedTable::Industry,
    CachedTable::CustomerType,
    CachedTable::DocumentType,
];

/// Whether one of them has no entries at all.
fn is_bare(app: &App) -> bool {
    let catalogs = app.catalogs.snapshot();
    INSTALLED.iter().any(|table| catalogs.ids(*table).is_empty())
}

/// The first administrator, and the password if it was made up.
async fn administrator(app: &App) -> Result<(user::Model, Option<String>)> {
    let settings = &app.settings;
    let (password, is_made_up) = match &settings.admin_password {
        Some(password) => (password.expose().to_owned(), false),
        None => (new_token().0.expose().to_owned(), true),
    };
    let new = users::NewUser {
        email: settings
            .admin_email
            .clone()
            .unwrap_or_else(|| defaults::ADMINISTRATOR_EMAIL.to_owned()),
        name: settings
            .admin_name
            .clone()
            .unwrap_or_else(|| language(app).choose(defaults::ADMINISTRATOR_NAME).to_owned()),
        role: Role::Admin,
        password: password.clone(),
        locale: settings.default_locale.clone(),
        time_zone: settings.default_time_zone.clone(),
    };
    Ok((users::checked(app, new).await?, is_made_up.then_some(password)))
}

/// The language of what a new database begins with: that of the setting `default_locale`.
pub fn language(app: &App) -> Language {
    Language::of(&app.settings.default_locale)
}

async fn install_catalogs(tx: &impl ConnectionTrait, now: i64, language: Language) -> Result<()> {
    install::<channel::Entity>(tx, now, defaults::channels(language)).await?;
    install::<segment::Entity>(tx, now, defaults::segments(language)).await?;
    install::<potential_level::Entity>(tx, now, defaults::potential_levels(language)).await?;
    install::<task_type::Entity>(tx, now, defaults::task_types(language)).await?;
    let task_types = task_type::Entity::find().all(tx).await?;
    // They may have been installed before in another language.
    let named = |name: Words| task_types.iter().find(|row| name.contains(&row.name.as_str())).map(|row| row.id);
    install::<status::Entity>(tx, now, defaults::statuses(language, named)).await?;
    install::<reason::Entity>(tx, now, defaults::reasons(language)).await?;
    install::<source::Entity>(tx, now, defaults::sources(language)).await?;
    install::<address_type::Entity>(tx, now, defaults::address_types(language)).await?;
    install::<identifier_type::Entity>(tx, now, defaults::identifier_types(language)).await?;
    install::<industry::Entity>(tx, now, defaults::industries(language)).await?;
    install::<customer_type::Entity>(tx, now, defaults::customer_types(language)).await?;
    install::<document_type::Entity>(tx, now, defaults::document_types(language)).await
}

/// Adds the entries as an administrator would, so that they keep the same rules.
pub(crate) async fn install<E: Catalog>(tx: &impl ConnectionTrait, now: i64, entries: Vec<(Origin<E>, Draft<Own<E>>)>) -> Result<()> {
    if entries.is_empty() || E::find().count(tx).await? > 0 {
        return Ok(());
    }
    let mut rows: Vec<E::Model> = Vec::new();
    for (origin, draft) in entries {
        create(&mut rows, ids::new(), now, origin, draft)?;
    }
    E::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}
