//! Filter values, read from the database, so that all sides read the same rows.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use uuid::Uuid;

use super::Subset;
use crate::baseline::question::Filter;
use crate::cases::Ranking;
use crate::{Result, samples};

/// One for each subset.
pub struct Filters {
    all: Filter,
    several: Filter,
    one: Filter,
    open: Filter,
    tag: Filter,
    word: Filter,
}

const DAYS_90: i64 = 90 * 24 * 60 * 60 * 1000;
/// A word is searched for that about one of so many prospects has.
const ONE_IN: usize = 100;

impl Filters {
    pub async fn read(database: &str) -> Result<Filters> {
        let db = Database::connect(database).await?;
        let newest: i64 = samples::one(&db, "SELECT max(created_at) FROM prospects WHERE deleted_at IS NULL").await?;
        let (statuses, channels) = (by_frequency(&db, "status_id").await?, by_frequency(&db, "channel_id").await?);
        let rarest = "SELECT tag_id FROM prospect_tags GROUP BY tag_id ORDER BY count(*), tag_id LIMIT 1";
        let since = Some(newest - DAYS_90);
        let filters = Filters {
            all: Filter::default(),
            several: Filter {
                statuses: statuses.iter().copied().take(4).collect(),
                channels: channels.iter().copied().take(3).collect(),
                since,
                ..Filter::default()
            },
            one: Filter {
                statuses: second(&statuses),
                channels: second(&channels),
                since,
                ..Filter::default()
            },
            open: Filter {
                category: Some("OPEN".to_owned()),
                since,
                ..Filter::default()
            },
            tag: Filter {
                tag: Some(samples::one(&db, rarest).await?),
                ..Filter::default()
            },
            word: Filter {
                word: Some(Ranking::read(&db).await?.one_in(ONE_IN)?),
                ..Filter::default()
            },
        };
        db.close().await?;
        Ok(filters)
    }

    pub fn of(&self, subset: Subset) -> &Filter {
        match subset {
            Subset::All => &self.all,
            Subset::Several => &self.several,
            Subset::One => &self.one,
            Subset::Open => &self.open,
            Subset::Tag => &self.tag,
            Subset::Word => &self.word,
        }
    }
}

/// Neither the most frequent nor a rare one.
fn second(ids: &[Uuid]) -> Vec<Uuid> {
    ids.iter().copied().skip(1).take(1).collect()
}

async fn by_frequency(db: &DatabaseConnection, column: &str) -> Result<Vec<Uuid>> {
    let text = format!("SELECT {column} FROM prospects WHERE deleted_at IS NULL GROUP BY {column} ORDER BY count(*) DESC, {column}");
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
