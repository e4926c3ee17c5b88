//! What a win replaces of a client that there is already, and how it comes back when the win is undone.

use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::client_attributes;
use super::conversion::{Win, WonClient, set_level};
use super::status::Move;
use crate::app::catalogs::Catalogs;
use crate::entities::records::client;
use crate::error::Result;
use crate::rules::attributes::replaced::ReplacedValues;
use crate::tx::Tx;

/// The level of a client that a win replaced; stored in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedLevel {
    pub level: Option<Uuid>,
    /// The level that the win gave. None in journals of earlier versions, which did not keep it.
    #[serde(default)]
    pub given: Option<Uuid>,
}

/// Gives a client back what a win replaced. What was changed after the win stays.
pub(super) async fn put_back(tx: &Tx, step: &Move<'_>, win: &Win) -> Result<()> {
    if win.replaced_level.is_none() && win.replaced_values.is_empty() {
        return Ok(());
    }
    let Some(client) = client::Entity::find_by_id(step.prospect.id).one(tx).await? else {
        return Ok(());
    };
    let is_as_given = |replaced: &&ReplacedLevel| replaced.given.is_none() || replaced.given == client.potential_level_id;
    let level = win.replaced_level.as_ref().filter(is_as_given).map(|replaced| replaced.level);
    let is_change = client_attributes::put_back(tx, step, &win.replaced_values).await?;
    if is_change || level.is_some() {
        set_level(tx, &client, level.unwrap_or(client.potential_level_id), step.journal.now).await?;
    }
    Ok(())
}

impl Win {
    /// Adds what the win changes of a client that there is already; a new client has nothing that would come back.
    pub(super) fn add_replaced(&mut self, catalogs: &Catalogs, present: Option<&client::Model>, won: &WonClient) {
        let Some(client) = present else {
            (self.replaced_level, self.replaced_values) = (None, ReplacedValues::default());
            return;
        };
        if let Some(given) = won.level {
            let earlier = self.replaced_level.take();
            // As of an earlier win of the cycle, unless the level was changed since.
            let kept = earlier.filter(|earlier| earlier.given.is_none() || earlier.given == client.potential_level_id);
            self.replaced_level = Some(ReplacedLevel {
                level: kept.map_or(client.potential_level_id, |earlier| earlier.level),
                given: Some(given),
            });
        }
        if let Some(attributes) = &won.attributes {
            self.replaced_values.continue_with(&attributes.replaced(catalogs));
        }
    }
}
