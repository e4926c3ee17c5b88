//! The job that makes again what is stored beside the values of attributes, and with it what open search finds: queued once by an upgrade.

use std::slice;

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::context::{JobContext, NewRowError, Stop};
use super::handlers::{Finished, Handler};
use crate::error::{Error, ProblemCode};
use crate::resolvers::records::attributes::record_kind;
use crate::resolvers::records::definitions::forms::{self, Outdated, Page};
use crate::rules::attributes::{Definition, index};

/// Kind of the job.
pub const KIND: &str = "attribute_forms";

/// Makes the forms beside values again where they are outdated.
pub struct AttributeForms;

/// The last record that was looked at.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    definition_id: Uuid,
    record_id: Uuid,
}

/// How far the job is.
struct Walk<'a> {
    job: &'a JobContext,
    place: Option<Place>,
    records: i64,
    refused: i64,
}

#[async_trait::async_trait]
impl Handler for AttributeForms {
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop> {
        let reader = job.app().db.reader();
        let mut walk = Walk {
            job,
            place: job.checkpoint()?,
            records: job.job().progress_done,
            refused: job.job().row_errors,
        };
        let begun = walk.place.map(|place| place.definition_id);
        for definition in forms::definitions(reader).await? {
            if begun.is_some_and(|begun| definition.id() < begun) {
                continue;
            }
            let is_same = |place: &Place| place.definition_id == definition.id();
            let mut after = walk.place.filter(is_same).map(|place| place.record_id);
            while let Some(page) = forms::page(reader, &definition, after).await? {
                after = Some(page.last);
                walk.renew(&definition, &page).await?;
            }
        }
        Ok(Finished::default())
    }
}

impl Walk<'_> {
    /// Makes the forms of a page again in one transaction; where a unique value is in the way, each record in its own.
    async fn renew(&mut self, definition: &Definition, page: &Page) -> Result<(), Stop> {
        let slice = self.job.begin_slice().await?;
        let renewed = forms::renew(slice.tx(), definition.id(), &page.outdated).await;
        let place = Place {
            definition_id: definition.id(),
            record_id: page.last,
        };
        let records = self.records + page.records as i64;
        match renewed {
            Ok(()) => slice.commit(records, None, Some(json!(place))).await?,
            Err(Error::Conflict(_)) if index::is_enforced(&definition.row) => {
                drop(slice);
                for record in &page.outdated {
                    self.renew_one(definition, record).await?;
                }
                let slice = self.job.begin_slice().await?;
                slice.commit(records, None, Some(json!(place))).await?;
            }
            Err(error) => return Err(error.into()),
        }
        (self.place, self.records) = (Some(place), records);
        Ok(())
    }

    /// The same for one record. It is named in the row errors where another one has its value: it stays as it is until one of them is saved.
    async fn renew_one(&mut self, definition: &Definition, record: &Outdated) -> Result<(), Stop> {
        let mut slice = self.job.begin_slice().await?;
        match forms::renew(slice.tx(), definition.id(), slice::from_ref(record)).await {
            Ok(()) => {}
            Err(Error::Conflict(_)) => {
                drop(slice);
                self.refused += 1;
                slice = self.job.begin_slice().await?;
                slice
                    .report(NewRowError {
                        row: self.refused,
                        column: Some(definition.key().to_owned()),
                        code: ProblemCode::Taken,
                        message: format!(
                            "another record has the value of {}, which is found by its former form until it is saved",
                            record_kind(definition.row.entity).encode(record.id)
                        ),
                    })
                    .await?;
            }
            Err(error) => return Err(error.into()),
        }
        slice.commit(self.records, None, self.place.map(|place| json!(place))).await
    }
}
