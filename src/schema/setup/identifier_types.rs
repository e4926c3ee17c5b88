//! Types of document numbers in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::identifier_type;
use crate::ids::Kind;
use crate::resolvers::setup::{catalogs, countries};
use crate::rules::setup::Draft;
use crate::rules::setup::identifier_types::{IdentifierTypeOwn, NumberForm};
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// A type of document number.
#[derive(Clone)]
pub struct IdentifierType(Arc<identifier_type::Model>);

/// How the check digits of a document number follow from its other characters: a public rule of the country that issues it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "identifier_type::CheckDigit")]
pub enum CheckDigit {
    /// Argentina: CUIT and CUIL, of people and companies.
    ArCuit,
    /// Brazil: CNPJ, of companies, with letters or without.
    BrCnpj,
    /// Brazil: CPF, of people.
    BrCpf,
    /// Chile: RUT and RUN, of people and companies.
    ClRut,
    /// Colombia: NIT, of taxpayers, with its check digit.
    CoNit,
    /// Ecuador: cédula, of people.
    EcCedula,
    /// Ecuador: RUC, of taxpayers. Newer companies may have numbers that do not keep the rule.
    EcRuc,
    /// Spain: DNI, of citizens.
    EsDni,
    /// Spain: NIE, of foreigners.
    EsNie,
    /// Spain: NIF, of everybody who pays taxes, companies included.
    EsNif,
    /// Mexico: CURP, of people.
    MxCurp,
    /// Mexico: RFC, of taxpayers. Some in use do not keep the rule.
    MxRfc,
    /// Peru: RUC, of taxpayers.
    PeRuc,
    /// Paraguay: RUC, of taxpayers, with its check digit.
    PyRuc,
    /// Uruguay: cédula de identidad, of people.
    UyCi,
    /// Uruguay: RUT, of taxpayers.
    UyRut,
    /// Venezuela: RIF, of taxpayers.
    VeRif,
}

/// A type of document number that is to be offered from now on.
#[derive(InputObject)]
pub struct IdentifierTypeCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other type of its country in use, accents and case aside.
    pub name: String,
    /// What it is, in words: at most 1,000 characters.
    pub description: Option<String>,
    /// The only country that issues it, as two letters of ISO 3166-1. Left out: every country can.
    pub country: Option<String>,
    /// A regular expression of at most 200 characters that the whole number has to match, taken in capital letters, digits and `&` alone and in
    /// the form of the type: `[VE][0-9]{5,9}`. Look-around and references are not offered. Left out: any number will do.
    pub pattern: Option<String>,
    /// The rule that the check digits have to keep. Left out: they are not checked.
    pub check_digit: Option<CheckDigit>,
    /// The letters that each number begins with, at most 4 from A to Z: they are supplied where they are left out, so that `17204618` is
    /// `V17204618`. It cannot be changed later. Left out: none.
    pub number_prefix: Option<String>,
    /// Whether zeros before the first other digit do not count, so that `09.020.943-4` is `9.020.943-4`. It cannot be changed later. Left out:
    /// they count.
    pub ignores_leading_zeros: Option<bool>,
    /// Numbers that any number of prospects may have, such as those that a country gives to all foreigners. At most 50. Left out: none.
    pub repeatable_numbers: Option<Vec<String>>,
}

/// What is to change about a type of document number. Numbers that were saved before are not looked at again until they change.
#[derive(InputObject)]
pub struct IdentifierTypeUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other type of its country in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it is, in words: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// The only country that issues it, as two letters of ISO 3166-1. Null: every country can.
    pub country: MaybeUndefined<String>,
    /// A regular expression of at most 200 characters that the whole number has to match, taken in capital letters, digits and `&` alone and in
    /// the form of the type: `[VE][0-9]{5,9}`. Look-around and references are not offered. Null: any number will do.
    pub pattern: MaybeUndefined<String>,
    /// The rule that the check digits have to keep. Null: they are not checked.
    pub check_digit: MaybeUndefined<CheckDigit>,
    /// All numbers that any number of prospects may have. At most 50. Null: none.
    pub repeatable_numbers: MaybeUndefined<Vec<String>>,
}

#[derive(Default)]
pub struct IdentifierTypeQuery;

impl IdentifierTypeCreateInput {
    fn into_draft(self) -> (NumberForm, Draft<IdentifierTypeOwn>) {
        let form = NumberForm {
            prefix: self.number_prefix.unwrap_or_default().trim().to_uppercase(),
            ignores_leading_zeros: self.ignores_leading_zeros.unwrap_or_default(),
        };
        let own = IdentifierTypeOwn {
            country: Some(self.country),
            pattern: Some(self.pattern),
            check_digit: Some(self.check_digit.map(Into::into)),
            repeatable_numbers: Some(self.repeatable_numbers),
        };
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            own,
            ..Draft::default()
        };
        (form, draft)
    }
}

impl IdentifierTypeUpdateInput {
    fn into_draft(self) -> Draft<IdentifierTypeOwn> {
        let check_digit: Option<Option<CheckDigit>> = self.check_digit.into();
        let own = IdentifierTypeOwn {
            country: self.country.into(),
            pattern: self.pattern.into(),
            check_digit: check_digit.map(|rule| rule.map(Into::into)),
            repeatable_numbers: self.repeatable_numbers.into(),
        };
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            own,
            ..Draft::default()
        }
    }
}

impl From<Arc<identifier_type::Model>> for IdentifierType {
    fn from(row: Arc<identifier_type::Model>) -> Self {
        IdentifierType(row)
    }
}

/// A type of document number, such as a national id, a tax number or a passport.
#[Object]
impl IdentifierType {
    /// Identifies the type for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::IdentifierType, self.0.id)
    }

    /// What people call it, such as `RIF`; unique within its country.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it is, in words. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// The country that issues it, as its two letters of ISO 3166-1. Null where every country can.
    async fn country(&self) -> Option<Text<'_>> {
        (self.0.country != countries::ANY).then_some(&self.0.country).map(Text::from)
    }

    /// A regular expression that the whole number has to match, taken in capital letters, digits and `&` alone and in the form of the type.
    /// Null where any number will do.
    async fn pattern(&self) -> Option<Text<'_>> {
        self.0.pattern.as_deref().map(Text::from)
    }

    /// The rule that the check digits of a number have to keep. Null where they are not checked.
    async fn check_digit(&self) -> Option<CheckDigit> {
        self.0.check_digit.map(Into::into)
    }

    /// The letters that each number begins with, supplied where they are left out. Null where there are none.
    async fn number_prefix(&self) -> Option<Text<'_>> {
        let prefix = &self.0.number_prefix;
        (!prefix.is_empty()).then(|| Text::from(prefix))
    }

    /// Whether zeros before the first other digit do not count when numbers are compared.
    async fn ignores_leading_zeros(&self) -> bool {
        self.0.ignores_leading_zeros
    }

    /// The numbers that any number of prospects may have, in capital letters, digits and `&` alone. At most 50.
    async fn repeatable_numbers(&self) -> Vec<Text<'_>> {
        self.0.repeatable().map(Text::from).collect()
    }

    /// Where it stands among all types, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it is no longer offered. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[Object]
impl IdentifierTypeQuery {
    /// All types of document numbers in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn identifier_types(&self, ctx: &Context<'_>) -> Vec<IdentifierType> {
        catalogs::in_order(cx(ctx).catalogs().identifier_types.all())
            .into_iter()
            .map(IdentifierType::from)
            .collect()
    }
}

mutations! {
    IdentifierTypeMutation: IdentifierType, "identifier type", Kind::IdentifierType, identifier_type::Entity, identifier_type, identifier_types;
    /// Adds a type of document number at the end of the list. Administrators only.
    identifier_type_create(IdentifierTypeCreateInput) -> IdentifierTypeCreatePayload;
    /// Edits a type of document number, in use or retired. Numbers that were saved before stay as they are. Administrators only.
    identifier_type_update(IdentifierTypeUpdateInput) -> IdentifierTypeUpdatePayload;
    /// Stops offering a type of document number; prospects that have such a number keep it. Administrators only.
    identifier_type_retire -> IdentifierTypeRetirePayload;
    /// Offers a retired type again, unless another one of its country in use has its name by now. Administrators only.
    identifier_type_restore -> IdentifierTypeRestorePayload;
    /// Puts the types of document numbers into another order. Administrators only.
    identifier_type_reorder(IdentifierTypeReorderInput) -> IdentifierTypeReorderPayload;
}
