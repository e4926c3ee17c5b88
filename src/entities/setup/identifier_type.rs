//! A type of document number, such as a national id or a tax number of a country.
use normalization::document_number::Form;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

/// Rules by which the check digits of a number follow from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "SCREAMING_SNAKE_CASE")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CheckDigit {
    /// Argentina: CUIT and CUIL.
    ArCuit,
    /// Brazil: companies.
    BrCnpj,
    /// Brazil: people.
    BrCpf,
    /// Chile: RUT and RUN.
    ClRut,
    /// Colombia: NIT.
    CoNit,
    /// Ecuador: people.
    EcCedula,
    /// Ecuador: taxpayers.
    EcRuc,
    /// Spain: citizens.
    EsDni,
    /// Spain: foreigners.
    EsNie,
    /// Spain: all taxpayers.
    EsNif,
    /// Mexico: people.
    MxCurp,
    /// Mexico: taxpayers.
    MxRfc,
    /// Peru: taxpayers.
    PeRuc,
    /// Paraguay: taxpayers.
    PyRuc,
    /// Uruguay: people.
    UyCi,
    /// Uruguay: taxpayers.
    UyRut,
    /// Venezuela: RIF.
    VeRif,
}

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identifier_types")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub name: String,
    /// Unique among the entries of the country in use.
    pub name_norm: String,
    pub description: Option<String>,
    /// Order in selectors, from 0.
    pub position: i32,
    /// At most one entry in use.
    pub is_default: bool,
    /// Set: no longer offered, still shown where used.
    pub retired_at: Option<i64>,
    /// Grows by one with every change; checked against `expectedVersion`.
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
    /// ISO 3166-1 alpha-2, or a code of its own where every country may issue it.
    pub country: String,
    /// A regular expression that the whole normal form of a number has to match.
    pub pattern: Option<String>,
    pub check_digit: Option<CheckDigit>,
    /// The letters that each number begins with, supplied where they are left out. Empty: none.
    pub number_prefix: String,
    /// Zeros before the first other digit do not count.
    pub ignores_leading_zeros: bool,
    /// Numbers in their canonical form that any number of records may have; an array of texts.
    pub repeatable_numbers: Json,
}

impl Model {
    /// Form of the numbers of the type.
    pub fn form(&self) -> Form<'_> {
        Form {
            prefix: &self.number_prefix,
            ignores_leading_zeros: self.ignores_leading_zeros,
        }
    }

    /// The numbers that any number of records may have.
    pub fn repeatable(&self) -> impl Iterator<Item = &str> {
        self.repeatable_numbers
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|number| number.as_str())
    }
}

impl ActiveModelBehavior for ActiveModel {}
