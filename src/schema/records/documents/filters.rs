//! Filters and sort orders of documents.

use async_graphql::{Context, Enum, InputObject};

use super::DocumentCarrierKind;
use crate::entities::records::document::CarrierKind;
use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::{Filter, TextTest};
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::resolvers::records::documents::{CREATED_AT, OwnFilter, list};
use crate::schema::filters::{
    DateTimeFilter, FilterContext, IdFilter, IntFilter, StringFilter, Tests, combine, enum_filter, request_clock,
};
use crate::schema::records::lists::{OrderDirection, ProspectFilter};

enum_filter! {
    /// Condition on the kind of the record that carries the document.
    DocumentCarrierKindFilter over DocumentCarrierKind
}

/// Conditions on the documents of one record. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
#[graphql(name = "ProspectDocumentFilter")]
pub struct OwnDocumentFilter {
    /// Kind of the record that carries the document.
    pub carrier_kind: Option<DocumentCarrierKindFilter>,
    /// Type of document.
    pub r#type: Option<IdFilter>,
    /// Media type, such as `application/pdf`; `startsWith: "image/"` matches pictures.
    pub media_type: Option<StringFilter>,
    /// User who uploaded the file.
    pub created_by: Option<IdFilter>,
    /// Time of the upload.
    pub created_at: Option<DateTimeFilter>,
}

/// Conditions on documents. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DocumentFilter {
    /// Name of the document.
    pub name: Option<StringFilter>,
    /// Kind of the record that carries the document.
    pub carrier_kind: Option<DocumentCarrierKindFilter>,
    /// Type of document.
    pub r#type: Option<IdFilter>,
    /// Media type, such as `application/pdf`; `startsWith: "image/"` matches pictures.
    pub media_type: Option<StringFilter>,
    /// User who uploaded the file.
    pub created_by: Option<IdFilter>,
    /// Time of the upload.
    pub created_at: Option<DateTimeFilter>,
    /// Size of the file in bytes.
    pub size: Option<Box<IntFilter>>,
    /// Conditions on the prospect of the document.
    pub prospect: Option<Box<ProspectFilter>>,
    /// All of these conditions hold.
    pub and: Option<Vec<DocumentFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<DocumentFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<DocumentFilter>>,
}

/// Sort keys of a list of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum DocumentOrderField {
    /// Time of the upload.
    CreatedAt,
}

/// One step of the sort order of documents.
#[derive(Clone, Debug, InputObject)]
pub struct DocumentOrder {
    /// Sort key of this step.
    pub field: DocumentOrderField,
    /// Sort direction.
    pub direction: OrderDirection,
}

impl OwnDocumentFilter {
    /// The conditions at the time of the request.
    pub fn into_filter(self, ctx: &Context<'_>) -> Result<OwnFilter> {
        let media_type = self.media_type.map(|test| -> Result<TextTest> {
            let context = FilterContext::of(ctx);
            context.text(&list::MEDIA_TYPE, test)
        });
        let created_at = self.created_at.map(|test| test.into_test(&request_clock(ctx)));
        Ok(OwnFilter {
            carrier_kind: self.carrier_kind.map(DocumentCarrierKindFilter::into_test),
            document_type: self.r#type.map(|test| test.into_test(Kind::DocumentType)),
            media_type: media_type.transpose()?,
            created_by: self.created_by.map(|test| test.into_test(Kind::User)),
            created_at: created_at.transpose()?,
        })
    }
}

impl DocumentFilter {
    pub fn into_filter(self, context: &FilterContext) -> Result<Filter> {
        let each = |filters: Vec<DocumentFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let mut tests = Tests::new(context);
        tests.text(&list::NAME, self.name)?;
        tests.value(
            &list::CARRIER_KIND,
            self.carrier_kind.map(|test| test.into_test::<CarrierKind>().stored()),
        );
        tests.id(&list::TYPE, self.r#type);
        tests.text(&list::MEDIA_TYPE, self.media_type)?;
        tests.id(&list::CREATED_BY, self.created_by);
        tests.time(&list::CREATED, self.created_at)?;
        tests.integer(&list::SIZE, self.size.map(|test| *test));
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(context)?);
        }
        Ok(combine(
            tests.all,
            and,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}

impl DocumentOrder {
    pub fn into_step(self) -> (SortColumn, Direction) {
        let column = match self.field {
            DocumentOrderField::CreatedAt => CREATED_AT,
        };
        (column, self.direction.into())
    }
}
