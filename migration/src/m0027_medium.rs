//! The form for comparison of the medium of a touch, as those of its UTM parameters: `CPC` and `cpc` are one medium.

use normalization::text::fold;
use sea_orm_migration::prelude::{DbErr, SchemaManager};
use sea_orm_migration::{MigrationName, MigrationTrait};

use crate::ddl;
use crate::forms::slices::{self, Changes};

pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m0027_medium"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::take_time(manager).await?;
        ddl::run(manager, &["ALTER TABLE touches ADD COLUMN medium_norm {norm}"]).await?;
        fill(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        ddl::run(manager, &["ALTER TABLE touches DROP COLUMN medium_norm"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Writes the form of all touches, in slices: neither database can compute it.
async fn fill(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let tx = manager.get_connection();
    let mut after = None;
    loop {
        let rows = slices::read(tx, "touches", &["medium"], after).await?;
        let mut changes = Changes::of("touches", &["medium_norm"]);
        for row in &rows {
            let medium: Option<String> = row.try_get_by_index(1)?;
            let form = medium.as_deref().map(fold);
            changes.add(row.try_get_by_index(0)?, &[None], vec![form]);
        }
        changes.write(tx).await?;
        after = slices::last(&rows)?;
        if after.is_none() {
            return Ok(());
        }
    }
}
