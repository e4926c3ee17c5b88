//! The people of the demo: an administrator and salespeople, all with the same password.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::dice::Dice;
use super::timeframe::{DAY, Timeframe};
use super::{Options, names};
use crate::app::App;
use crate::entities::access::user::{self, Role};
use crate::entities::setup::revision::CachedTable;
use crate::error::Result;
use crate::resolvers::access::revision;
use crate::settings::Settings;
use crate::setup::Language;
use crate::text;
use crate::tx::locks::Locks;

pub const PASSWORD: &str = "cartera-demo";
pub const ADMINISTRATOR: &str = "admin@demo.example";

pub struct Staff {
    pub administrator: Uuid,
    pub salespeople: Vec<Uuid>,
}

/// The e-mail of one of the salespeople, counted from 1.
pub fn salesperson_email(number: u32) -> String {
    format!("sales{number}@demo.example")
}

/// Creates missing users; those who have one of the addresses already stay unchanged.
pub async fn create(app: &App, options: &Options, timeframe: &Timeframe) -> Result<Staff> {
    let created_at = timeframe.beginning - 30 * DAY;
    let mut emails = vec![ADMINISTRATOR.to_owned()];
    emails.extend((1..=options.users).map(salesperson_email));
    let present = user::Entity::find()
        .filter(user::Column::EmailNorm.is_in(emails.clone()))
        .all(app.db.reader())
        .await?;
    // One hash for all: a thousand of them would take a minute.
    let password_hash = app.hasher.hash(PASSWORD).await?;
    let mut missing = Vec::new();
    let mut ids = Vec::with_capacity(emails.len());
    for (number, email) in emails.into_iter().enumerate() {
        match present.iter().find(|user| user.email_norm == email) {
            Some(user) => ids.push(user.id),
            None => {
                let dice = Dice::new(options.seed, PEOPLE, number as u64);
                let user = invent(
                    number as u64,
                    email,
                    &password_hash,
                    created_at + number as i64,
                    dice,
                    &app.settings,
                );
                ids.push(user.id);
                missing.push(user::ActiveModel::from(user));
            }
        }
    }
    let tx = app.db.begin().await?;
    Locks::default().with_tables([CachedTable::User]).take(&tx, None).await?;
    for some in missing.chunks(500) {
        user::Entity::insert_many(some.iter().cloned()).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    revision::take_in(app, &[CachedTable::User]).await;
    Ok(Staff {
        administrator: ids[0],
        salespeople: ids.split_off(1),
    })
}

/// The purpose of chance.
const PEOPLE: u64 = 3;

/// Most have the language and the time zone of the settings.
fn invent(number: u64, email: String, password_hash: &str, created_at: i64, mut dice: Dice, settings: &Settings) -> user::Model {
    let role = if number == 0 { Role::Admin } else { Role::Sales };
    let (locale, time_zone) = match dice.below(10) {
        0..6 => (settings.default_locale.as_str(), settings.default_time_zone.as_str()),
        6 => ("es-ES", "Europe/Madrid"),
        7 => ("es-CO", "America/Bogota"),
        8 => ("en-US", "America/New_York"),
        _ => ("en-GB", "Europe/London"),
    };
    // Also of those with another locale: they work in one team.
    let name = names::colleague(&mut dice, Language::of(&settings.default_locale)).full();
    user::Model {
        id: dice.id(created_at),
        email_norm: email.clone(),
        email,
        name_norm: text::fold(&name),
        name,
        role,
        password_hash: password_hash.to_owned(),
        locale: locale.to_owned(),
        time_zone: time_zone.to_owned(),
        is_active: true,
        version: 1,
        created_at,
        updated_at: created_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_the_language_of_the_settings() {
        for (default_locale, language) in [
            ("en", Language::English),
            ("en-GB", Language::English),
            ("fr-FR", Language::English),
            ("es-VE", Language::Spanish),
        ] {
            let settings = Settings {
                default_locale: default_locale.to_owned(),
                ..Settings::default()
            };
            let mut locales = std::collections::BTreeSet::new();
            for number in 0..300 {
                let dice = Dice::new(1, PEOPLE, number);
                let user = invent(number, salesperson_email(1), "", 0, dice, &settings);
                assert!(names::is_of(language, &user.name), "{default_locale}: {}", user.name);
                locales.insert(user.locale);
            }
            // Those whose own language is another one are among them.
            let languages: Vec<Language> = locales.iter().map(|locale| Language::of(locale)).collect();
            assert!(
                languages.contains(&Language::English) && languages.contains(&Language::Spanish),
                "{locales:?}"
            );
        }
    }
}
