//! The document numbers that a new database knows.

use super::{Drafts, draft};
use crate::entities::setup::identifier_type::CheckDigit;
use crate::rules::patch::Patch;
use crate::rules::setup::Draft;
use crate::rules::setup::identifier_types::{IdentifierTypeOwn, NumberForm};
use crate::text::language::{Language, Words, same};

const PASSPORT: Words = ["Passport", "Pasaporte"];

/// Check digits are looked at where every number in use keeps the rule; those of companies in Ecuador and of taxpayers in Mexico may not.
pub fn identifier_types(language: Language) -> Drafts<NumberForm, IdentifierTypeOwn> {
    let identifier_type =
        |country, name, description, pattern, check_digit| identifier_type(language, country, name, description, pattern, check_digit);
    vec![
        without_zeros(
            "V",
            identifier_type(
                Some("VE"),
                same("Cédula V"),
                [
                    "Cédula de identidad venezolana: the national id of citizens of Venezuela",
                    "Cédula de identidad de los ciudadanos venezolanos",
                ],
                Some("V?[0-9]{1,9}"),
                None,
            ),
        ),
        without_zeros(
            "E",
            identifier_type(
                Some("VE"),
                same("Cédula E"),
                [
                    "Cédula de identidad de extranjero: the national id of foreigners in Venezuela",
                    "Cédula de identidad de los extranjeros en Venezuela",
                ],
                Some("E?[0-9]{1,9}"),
                None,
            ),
        ),
        identifier_type(
            Some("VE"),
            same("RIF"),
            [
                "Registro Único de Información Fiscal: the tax number of Venezuela",
                "Registro Único de Información Fiscal de Venezuela",
            ],
            Some("[VEJPGC][0-9]{9}"),
            Some(CheckDigit::VeRif),
        ),
        identifier_type(
            Some("VE"),
            PASSPORT,
            ["Passport of Venezuela", "Pasaporte venezolano"],
            Some("[A-Z0-9]{5,15}"),
            None,
        ),
        without_zeros(
            "",
            identifier_type(
                Some("AR"),
                same("DNI"),
                [
                    "Documento Nacional de Identidad: the national id of Argentina",
                    "Documento Nacional de Identidad de Argentina",
                ],
                Some("[0-9]{6,9}"),
                None,
            ),
        ),
        identifier_type(
            Some("AR"),
            same("CUIT"),
            [
                "Clave Única de Identificación Tributaria: the tax number of Argentina",
                "Clave Única de Identificación Tributaria de Argentina",
            ],
            Some("[0-9]{11}"),
            Some(CheckDigit::ArCuit),
        ),
        identifier_type(
            Some("BR"),
            same("CNPJ"),
            [
                "Cadastro Nacional da Pessoa Jurídica: the tax number of companies in Brazil",
                "Cadastro Nacional da Pessoa Jurídica: el número tributario de las empresas en Brasil",
            ],
            Some("[0-9A-Z]{12}[0-9]{2}"),
            Some(CheckDigit::BrCnpj),
        ),
        identifier_type(
            Some("BR"),
            same("CPF"),
            [
                "Cadastro de Pessoas Físicas: the tax number of people in Brazil",
                "Cadastro de Pessoas Físicas: el número tributario de las personas en Brasil",
            ],
            Some("[0-9]{11}"),
            Some(CheckDigit::BrCpf),
        ),
        repeatable(
            &["55.555.555-5", "66.666.666-6"],
            without_zeros(
                "",
                identifier_type(
                    Some("CL"),
                    same("RUT"),
                    [
                        "Rol Único Tributario: the national id and tax number of Chile",
                        "Rol Único Tributario: el número de identidad y tributario de Chile",
                    ],
                    Some("[0-9]{6,8}[0-9K]"),
                    Some(CheckDigit::ClRut),
                ),
            ),
        ),
        without_zeros(
            "",
            identifier_type(
                Some("CO"),
                same("CC"),
                [
                    "Cédula de Ciudadanía: the national id of citizens of Colombia",
                    "Cédula de Ciudadanía de los ciudadanos colombianos",
                ],
                Some("[0-9]{3,10}"),
                None,
            ),
        ),
        without_zeros(
            "",
            identifier_type(
                Some("CO"),
                same("CE"),
                [
                    "Cédula de Extranjería: the national id of foreigners in Colombia",
                    "Cédula de Extranjería de los extranjeros en Colombia",
                ],
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
                    same("NIT"),
                    [
                        "Número de Identificación Tributaria: the tax number of Colombia, with its check digit",
                        "Número de Identificación Tributaria de Colombia, con su dígito de verificación",
                    ],
                    Some("[0-9]{8,16}"),
                    Some(CheckDigit::CoNit),
                ),
            ),
        ),
        identifier_type(
            Some("EC"),
            same("Cédula"),
            ["Cédula de identidad: the national id of Ecuador", "Cédula de identidad de Ecuador"],
            Some("[0-9]{10}"),
            Some(CheckDigit::EcCedula),
        ),
        repeatable(
            &["9999999999999"],
            identifier_type(
                Some("EC"),
                same("RUC"),
                [
                    "Registro Único de Contribuyentes: the tax number of Ecuador",
                    "Registro Único de Contribuyentes de Ecuador",
                ],
                Some("[0-9]{13}"),
                None,
            ),
        ),
        identifier_type(
            Some("ES"),
            same("DNI"),
            [
                "Documento Nacional de Identidad: the national id of citizens of Spain",
                "Documento Nacional de Identidad de los ciudadanos españoles",
            ],
            Some("[0-9]{8}[A-Z]"),
            Some(CheckDigit::EsDni),
        ),
        identifier_type(
            Some("ES"),
            same("NIE"),
            [
                "Número de Identidad de Extranjero: the national id of foreigners in Spain",
                "Número de Identidad de Extranjero en España",
            ],
            Some("[XYZ][0-9]{7}[A-Z]"),
            Some(CheckDigit::EsNie),
        ),
        identifier_type(
            Some("ES"),
            same("NIF"),
            [
                "Número de Identificación Fiscal: the tax number of companies in Spain, formerly CIF",
                "Número de Identificación Fiscal de las empresas en España, antes CIF",
            ],
            Some("[A-Z0-9][0-9]{7}[A-Z0-9]"),
            Some(CheckDigit::EsNif),
        ),
        identifier_type(
            Some("MX"),
            same("CURP"),
            [
                "Clave Única de Registro de Población: the national id of Mexico",
                "Clave Única de Registro de Población de México",
            ],
            Some("[A-ZÑ]{4}[0-9]{6}[A-ZÑ]{6}[A-Z0-9][0-9]"),
            Some(CheckDigit::MxCurp),
        ),
        repeatable(
            &["XAXX010101000", "XEXX010101000"],
            identifier_type(
                Some("MX"),
                same("RFC"),
                [
                    "Registro Federal de Contribuyentes: the tax number of Mexico",
                    "Registro Federal de Contribuyentes de México",
                ],
                Some("[A-ZÑ&]{3,4}[0-9]{6}[A-Z0-9]{3}"),
                None,
            ),
        ),
        identifier_type(
            Some("PE"),
            same("DNI"),
            [
                "Documento Nacional de Identidad: the national id of Peru",
                "Documento Nacional de Identidad del Perú",
            ],
            Some("[0-9]{8}"),
            None,
        ),
        identifier_type(
            Some("PE"),
            same("RUC"),
            [
                "Registro Único de Contribuyentes: the tax number of Peru",
                "Registro Único de Contribuyentes del Perú",
            ],
            Some("[0-9]{11}"),
            Some(CheckDigit::PeRuc),
        ),
        repeatable(
            &["44444401-7"],
            without_zeros(
                "",
                identifier_type(
                    Some("PY"),
                    same("RUC"),
                    [
                        "Registro Único de Contribuyentes: the tax number of Paraguay, with its check digit",
                        "Registro Único de Contribuyentes de Paraguay, con su dígito verificador",
                    ],
                    Some("[0-9]{5,9}"),
                    Some(CheckDigit::PyRuc),
                ),
            ),
        ),
        identifier_type(
            Some("US"),
            same("EIN"),
            [
                "Employer Identification Number: the tax number of companies in the United States",
                "Employer Identification Number: el número tributario de las empresas en Estados Unidos",
            ],
            Some("[0-9]{9}"),
            None,
        ),
        without_zeros(
            "",
            identifier_type(
                Some("UY"),
                same("CI"),
                ["Cédula de identidad: the national id of Uruguay", "Cédula de identidad de Uruguay"],
                Some("[0-9]{7,8}"),
                Some(CheckDigit::UyCi),
            ),
        ),
        identifier_type(
            Some("UY"),
            same("RUT"),
            [
                "Registro Único Tributario: the tax number of Uruguay",
                "Registro Único Tributario de Uruguay",
            ],
            Some("[0-9]{12}"),
            Some(CheckDigit::UyRut),
        ),
        identifier_type(
            None,
            PASSPORT,
            ["Passport of any other country", "Pasaporte de cualquier otro país"],
            None,
            None,
        ),
        identifier_type(
            None,
            ["Other document", "Otro documento"],
            ["Another document, of any country", "Otro documento, de cualquier país"],
            None,
            None,
        ),
    ]
}

fn identifier_type(
    language: Language,
    country: Option<&str>,
    name: Words,
    description: Words,
    pattern: Option<&str>,
    check_digit: Option<CheckDigit>,
) -> (NumberForm, Draft<IdentifierTypeOwn>) {
    let own = IdentifierTypeOwn {
        country: country.map(str::to_owned).into(),
        pattern: pattern.map(str::to_owned).into(),
        check_digit: check_digit.into(),
        repeatable_numbers: Patch::Keep,
    };
    let draft = Draft {
        own,
        ..draft(language, (name, description))
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

/// With numbers that are shared by many people or companies, by rules of the tax authorities.
fn repeatable(numbers: &[&str], (form, mut draft): Made) -> Made {
    draft.own.repeatable_numbers = Patch::Set(numbers.iter().map(|number| (*number).to_owned()).collect());
    (form, draft)
}
