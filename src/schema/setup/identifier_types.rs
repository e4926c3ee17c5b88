//! Types of document numbers in the API.

use async_graphql::{Enum, MaybeUndefined};

use super::catalog::catalog;
use crate::entities::setup::identifier_type as entity;
use crate::resolvers::setup::countries;
use crate::rules::setup::identifier_types::{IdentifierTypeOwn, NumberForm};
use crate::schema::text::Text;

/// The public rule of a country by which the check digits of a document number follow from its other characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::CheckDigit")]
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
    /// Spain: NIF, of all taxpayers, companies included.
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

catalog! {
    /// A type of document number, such as a national id, a tax number or a passport.
    IdentifierType identifier_type identifier_types "identifierType", "a type of document number";
    ordered: "types of document numbers", listed everywhere; unique: "types of its country";
    create identifier_type_create "", update identifier_type_update "Numbers that were saved before are not checked again until they change. ",
    retire identifier_type_retire "Prospects that have such a number keep it. ",
    restore identifier_type_restore, reorder identifier_type_reorder;
    new(input) {
        /// The only country that issues it, as an ISO 3166-1 alpha-2 code. Default: every country.
        pub country: Option<String>,
        /// The regular expression that the whole number has to match, in capital letters, digits and `&` alone and in the form of the type:
        /// `[VE][0-9]{5,9}`. At most 200 characters, without look-around and references. Default: any number matches.
        pub pattern: Option<String>,
        /// The rule of the check digits. Default: not checked.
        pub check_digit: Option<CheckDigit>,
        /// The letters that each number begins with, at most 4 from A to Z. They are supplied if missing, so that `17204618` is `V17204618`.
        /// Cannot be changed later. Default: none.
        pub number_prefix: Option<String>,
        /// True if zeros before the first other digit do not count, so that `09.020.943-4` is `9.020.943-4`. Cannot be changed later.
        /// Default: false.
        pub ignores_leading_zeros: Option<bool>,
        /// The numbers that any number of prospects may have, such as those that a country gives to all foreigners. At most 50. Default: none.
        pub repeatable_numbers: Option<Vec<String>>,
    } from NumberForm {
        prefix: input.number_prefix.unwrap_or_default().trim().to_uppercase(),
        ignores_leading_zeros: input.ignores_leading_zeros.unwrap_or_default(),
    }, {
        own: IdentifierTypeOwn {
            country: input.country.into(),
            pattern: input.pattern.into(),
            check_digit: input.check_digit.map(Into::into).into(),
            repeatable_numbers: input.repeatable_numbers.into(),
        },
    };
    changes(input) {
        /// The only country that issues it, as an ISO 3166-1 alpha-2 code. Null: every country.
        pub country: MaybeUndefined<String>,
        /// The regular expression that the whole number has to match, in capital letters, digits and `&` alone and in the form of the type:
        /// `[VE][0-9]{5,9}`. At most 200 characters, without look-around and references. Null: any number matches.
        pub pattern: MaybeUndefined<String>,
        /// The rule of the check digits. Null: they are not checked.
        pub check_digit: MaybeUndefined<CheckDigit>,
        /// The numbers that any number of prospects may have. At most 50. Null: none.
        pub repeatable_numbers: MaybeUndefined<Vec<String>>,
    } {
        own: IdentifierTypeOwn {
            country: input.country.into(),
            pattern: input.pattern.into(),
            check_digit: input.check_digit.map_value(Into::into).into(),
            repeatable_numbers: input.repeatable_numbers.into(),
        },
    };
    fields {
        /// The only country that issues it, as an ISO 3166-1 alpha-2 code. Null if every country may.
        async fn country(&self) -> Option<Text<'_>> {
            (self.0.country != countries::ANY).then_some(&self.0.country).map(Text::from)
        }

        /// The regular expression that the whole number has to match, in capital letters, digits and `&` alone and in the form of the type. Null if
        /// any number matches.
        async fn pattern(&self) -> Option<Text<'_>> {
            self.0.pattern.as_deref().map(Text::from)
        }

        /// The rule of the check digits. Null if they are not checked.
        async fn check_digit(&self) -> Option<CheckDigit> {
            self.0.check_digit.map(Into::into)
        }

        /// The letters that each number begins with; they are supplied if missing. Null if not set.
        async fn number_prefix(&self) -> Option<Text<'_>> {
            let prefix = &self.0.number_prefix;
            (!prefix.is_empty()).then(|| Text::from(prefix))
        }

        /// True if zeros before the first other digit do not count in comparisons of numbers.
        async fn ignores_leading_zeros(&self) -> bool {
            self.0.ignores_leading_zeros
        }

        /// The numbers that any number of prospects may have, in capital letters, digits and `&` alone. At most 50.
        async fn repeatable_numbers(&self) -> Vec<Text<'_>> {
            self.0.repeatable().map(Text::from).collect()
        }
    }
}
