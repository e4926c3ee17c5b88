//! The document numbers that a new database knows.

use super::{Drafts, draft};
use crate::entities::setup::identifier_type::CheckDigit;
use crate::rules::setup::Draft;
use crate::rules::setup::identifier_types::{IdentifierTypeOwn, NumberForm};

/// Check digits are looked at where every number in use keeps the rule; those of companies in Ecuador and of taxpayers in Mexico may not.
pub fn identifier_types() -> Drafts<NumberForm, IdentifierTypeOwn> {
    vec![
        without_zeros(
            "V",
            identifier_type(
                Some("VE"),
                "Cédula V",
                "Cédula de identidad venezolana: the national id of citizens of Venezuela",
                Some("V?[0-9]{1,9}"),
                None,
            ),
        ),
        without_zeros(
            "E",
            identifier_type(
                Some("VE"),
                "Cédula E",
                "Cédula de identidad de extranjero: the national id of foreigners in Venezuela",
                Some("E?[0-9]{1,9}"),
                None,
            ),
        ),
        identifier_type(
            Some("VE"),
            "RIF",
            "Registro Único de Información Fiscal: the tax number of Venezuela",
            Some("[VEJPGC][0-9]{9}"),
            Some(CheckDigit::VeRif),
        ),
        identifier_type(Some("VE"), "Passport", "Pasaporte venezolano", Some("[A-Z0-9]{5,15}"), None),
        without_zeros(
            "",
            identifier_type(
                Some("AR"),
                "DNI",
                "Documento Nacional de Identidad: the national id of Argentina",
                Some("[0-9]{6,9}"),
                None,
            ),
        ),
        identifier_type(
            Some("AR"),
            "CUIT",
            "Clave Única de Identificación Tributaria: the tax number of Argentina",
            Some("[0-9]{11}"),
            Some(CheckDigit::ArCuit),
        ),
        identifier_type(
            Some("BR"),
            "CNPJ",
            "Cadastro Nacional da Pessoa Jurídica: the tax number of companies in Brazil",
            Some("[0-9A-Z]{12}[0-9]{2}"),
            Some(CheckDigit::BrCnpj),
        ),
        identifier_type(
            Some("BR"),
            "CPF",
            "Cadastro de Pessoas Físicas: the tax number of people in Brazil",
            Some("[0-9]{11}"),
            Some(CheckDigit::BrCpf),
        ),
        repeatable(
            &["55.555.555-5", "66.666.666-6"],
            without_zeros(
                "",
                identifier_type(
                    Some("CL"),
                    "RUT",
                    "Rol Único Tributario: the national id and tax number of Chile",
                    Some("[0-9]{6,8}[0-9K]"),
                    Some(CheckDigit::ClRut),
                ),
            ),
        ),
        without_zeros(
            "",
            identifier_type(
                Some("CO"),
                "CC",
                "Cédula de Ciudadanía: the national id of citizens of Colombia",
                Some("[0-9]{3,10}"),
                None,
            ),
        ),
        without_zeros(
            "",
            identifier_type(
                Some("CO"),
                "CE",
                "Cédula de Extranjería: the national id of foreigners in Colombia",
                Some("[A-Z0-9]{3,12}"),
                None,
            ),
        ),
        repeatable(
            &["222.222.222.222-7"],
            without_zeros(
                "",
                identifier_type(
                    Some("CO"),
                    "NIT",
                    "Número de Identificación Tributaria: the tax number of Colombia, with its check digit",
                    Some("[0-9]{8,16}"),
                    Some(CheckDigit::CoNit),
                ),
            ),
        ),
        identifier_type(
            Some("EC"),
            "Cédula",
            "Cédula de identidad: the national id of Ecuador",
            Some("[0-9]{10}"),
            Some(CheckDigit::EcCedula),
        ),
        repeatable(
            &["9999999999999"],
            identifier_type(
                Some("EC"),
                "RUC",
                "Registro Único de Contribuyentes: the tax number of Ecuador",
                Some("[0-9]{13}"),
                None,
            ),
        ),
        identifier_type(
            Some("ES"),
            "DNI",
            "Documento Nacional de Identidad: the national id of citizens of Spain",
            Some("[0-9]{8}[A-Z]"),
            Some(CheckDigit::EsDni),
        ),
        identifier_type(
            Some("ES"),
            "NIE",
            "Número de Identidad de Extranjero: the national id of foreigners in Spain",
            Some("[XYZ][0-9]{7}[A-Z]"),
            Some(CheckDigit::EsNie),
        ),
        identifier_type(
            Some("ES"),
            "NIF",
            "Número de Identificación Fiscal: the tax number of companies in Spain, formerly CIF",
            Some("[A-Z0-9][0-9]{7}[A-Z0-9]"),
            Some(CheckDigit::EsNif),
        ),
        identifier_type(
            Some("MX"),
            "CURP",
            "Clave Única de Registro de Población: the national id of Mexico",
            Some("[A-ZÑ]{4}[0-9]{6}[A-ZÑ]{6}[A-Z0-9][0-9]"),
            Some(CheckDigit::MxCurp),
        ),
        repeatable(
            &["XAXX010101000", "XEXX010101000"],
            identifier_type(
                Some("MX"),
                "RFC",
                "Registro Federal de Contribuyentes: the tax number of Mexico",
                Some("[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}"),
                None,
            ),
        ),
        identifier_type(
            Some("PE"),
            "DNI",
            "Documento Nacional de Identidad: the national id of Peru",
            Some("[0-9]{8}"),
            None,
        ),
        identifier_type(
            Some("PE"),
            "RUC",
            "Registro Único de Contribuyentes: the tax number of Peru",
            Some("[0-9]{11}"),
            Some(CheckDigit::PeRuc),
        ),
        repeatable(
            &["44444401-7"],
            without_zeros(
                "",
                identifier_type(
                    Some("PY"),
                    "RUC",
                    "Registro Único de Contribuyentes: the tax number of Paraguay, with its check digit",
                    Some("[0-9]{5,9}"),
                    Some(CheckDigit::PyRuc),
                ),
            ),
        ),
        identifier_type(
            Some("US"),
            "EIN",
            "Employer Identification Number: the tax number of companies in the United States",
            Some("[0-9]{9}"),
            None,
        ),
        without_zeros(
            "",
            identifier_type(
                Some("UY"),
                "CI",
                "Cédula de identidad: the national id of Uruguay",
                Some("[0-9]{7,8}"),
                Some(CheckDigit::UyCi),
            ),
        ),
        identifier_type(
            Some("UY"),
            "RUT",
            "Registro Único Tributario: the tax number of Uruguay",
            Some("[0-9]{12}"),
            Some(CheckDigit::UyRut),
        ),
        identifier_type(None, "Passport", "Pasaporte, of any country", None, None),
        identifier_type(None, "Other document", "Otro documento, of any country", None, None),
    ]
}

fn identifier_type(
    country: Option<&str>,
    name: &str,
    description: &str,
    pattern: Option<&str>,
    check_digit: Option<CheckDigit>,
) -> (NumberForm, Draft<IdentifierTypeOwn>) {
    let own = IdentifierTypeOwn {
        country: Some(country.map(str::to_owned)),
        pattern: Some(pattern.map(str::to_owned)),
        check_digit: Some(check_digit),
        repeatable_numbers: None,
    };
    let draft = Draft {
        own,
        ..draft(name, description)
    };
    (NumberForm::default(), draft)
}

type Made = (NumberForm, Draft<IdentifierTypeOwn>);

/// Numbers that begin with the letters, if there are any, and count without leading zeros.
fn without_zeros(prefix: &str, (_, draft): Made) -> Made {
    let form = NumberForm {
        prefix: prefix.to_owned(),
        ignores_leading_zeros: true,
    };
    (form, draft)
}

/// With numbers that stand for many people or companies, by rules of the tax authorities.
fn repeatable(numbers: &[&str], (form, mut draft): Made) -> Made {
    draft.own.repeatable_numbers = Some(Some(numbers.iter().map(|number| (*number).to_owned()).collect()));
    (form, draft)
}
