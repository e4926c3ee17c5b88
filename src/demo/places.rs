//! Countries of the demo data: cities, streets, phone numbers, currencies and forms of companies.

use super::dice::Dice;
use crate::setup::{Language, Words};

#[derive(Debug)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: &'static str,
    pub language: Language,
    /// ISO 4217.
    pub currency: &'static str,
    /// Number of minor units of the currency for one US dollar, approximately.
    pub minor_units_per_dollar: i64,
    /// Suffixes of registered names.
    pub legal_forms: &'static [&'static str],
    pub calling_code: &'static str,
    /// The beginnings of national numbers, and how many digits follow.
    pub phones: &'static [(&'static str, usize)],
    pub cities: &'static [City],
}

#[derive(Debug)]
pub struct City {
    pub name: &'static str,
    pub municipality: &'static str,
    pub parish: Option<&'static str>,
    /// Prefix of its postal codes; `#` is a digit.
    pub postal_code: &'static str,
    pub latitude: f64,
    pub longitude: f64,
}

/// A phone number as entered, and in E.164.
#[derive(Debug)]
pub struct Phone {
    pub typed: String,
    pub e164: String,
}

/// One of the countries, mostly one of the language.
pub fn country(dice: &mut Dice, language: Language) -> &'static Country {
    let weights = match language {
        Language::Spanish => &SPANISH_WEIGHTS,
        Language::English => &ENGLISH_WEIGHTS,
    };
    &COUNTRIES[*dice.weighted(weights)]
}

pub fn phone(dice: &mut Dice, country: &Country) -> Phone {
    let (beginning, count) = *dice.pick(country.phones);
    let rest = dice.digits(count);
    let e164 = format!("+{}{beginning}{rest}", country.calling_code);
    let (middle, end) = rest.split_at(count / 2);
    let typed = match dice.below(4) {
        0 => format!("+{} {beginning} {middle} {end}", country.calling_code),
        1 => format!("+{} ({beginning}) {middle}-{end}", country.calling_code),
        _ => e164.clone(),
    };
    Phone { typed, e164 }
}

pub fn postal_code(dice: &mut Dice, city: &City) -> String {
    city.postal_code
        .chars()
        .map(|letter| {
            if letter == '#' {
                char::from(b'0' + dice.below(10) as u8)
            } else {
                letter
            }
        })
        .collect()
}

/// The full address within the city.
pub fn street(dice: &mut Dice, language: Language) -> String {
    let number = dice.between(1, 480);
    match language {
        Language::Spanish => {
            let kind = dice.word(&["Av.", "Calle", "Carrera", "Paseo", "Av. Principal de", "Callejón"]);
            let name = dice.word(&SPANISH_STREETS);
            match dice.below(3) {
                0 => format!(
                    "{kind} {name}, Edif. {}, piso {}, oficina {number}",
                    dice.word(&SPANISH_STREETS),
                    dice.between(1, 20)
                ),
                1 => format!("{kind} {name}, N.º {number}"),
                _ => format!("{kind} {name} con calle {}, local {number}", dice.between(1, 80)),
            }
        }
        Language::English => {
            let name = dice.word(&ENGLISH_STREETS);
            if dice.percent(30) {
                format!("{number} {name}, Suite {}", dice.between(100, 980))
            } else {
                format!("{number} {name}")
            }
        }
    }
}

/// Directions to the address.
pub fn landmark(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&LANDMARKS))
}

const LANDMARKS: [Words; 6] = [
    ["Opposite the square", "Frente a la plaza"],
    ["Next to the pharmacy", "Al lado de la farmacia"],
    ["Behind the shopping centre", "Detrás del centro comercial"],
    ["Blue gate, ring the bell", "Portón azul, tocar el timbre"],
    ["Half a block from the station", "A media cuadra de la estación"],
    ["Entrance through the car park", "Entrada por el estacionamiento"],
];

#[rustfmt::skip]
const SPANISH_STREETS: [&str; 24] = [
    "Bolívar", "Sucre", "Miranda", "Urdaneta", "Libertador", "Francisco de Miranda", "Las Acacias", "Los Próceres",
    "Independencia", "Constitución", "Páez", "Andrés Bello", "Rómulo Gallegos", "San Martín", "Belgrano", "Reforma",
    "Juárez", "Providencia", "O'Higgins", "Gran Vía", "Alcalá", "Diagonal", "El Dorado", "Los Cedros",
];

#[rustfmt::skip]
const ENGLISH_STREETS: [&str; 16] = [
    "Main St", "Oak Ave", "Maple Dr", "High Street", "Church Road", "Station Road", "Park Lane", "2nd Ave",
    "Elm St", "Victoria Road", "King Street", "Market Square", "Lakeview Blvd", "Mill Lane", "Sunset Blvd", "Broadway",
];

/// Percentage of prospects from each of the countries.
const SPANISH_WEIGHTS: [(u32, usize); 8] = [(46, 0), (12, 1), (12, 2), (8, 3), (5, 4), (5, 5), (8, 6), (4, 7)];
const ENGLISH_WEIGHTS: [(u32, usize); 8] = [(8, 0), (5, 1), (4, 2), (6, 3), (3, 4), (2, 5), (46, 6), (26, 7)];

const fn city(
    name: &'static str,
    municipality: &'static str,
    parish: Option<&'static str>,
    postal_code: &'static str,
    latitude: f64,
    longitude: f64,
) -> City {
    City {
        name,
        municipality,
        parish,
        postal_code,
        latitude,
        longitude,
    }
}

pub static COUNTRIES: [Country; 8] = [
    Country {
        code: "VE",
        language: Language::Spanish,
        currency: "USD",
        minor_units_per_dollar: 100,
        legal_forms: &[", C.A.", ", S.A.", ", S.R.L.", " y Asociados, C.A."],
        calling_code: "58",
        phones: &[("412", 7), ("414", 7), ("424", 7), ("416", 7), ("426", 7), ("212", 7)],
        cities: &[
            city("Caracas", "Libertador", Some("El Recreo"), "1050", 10.4961, -66.8815),
            city("Caracas", "Chacao", Some("Chacao"), "1060", 10.4953, -66.8535),
            city("Caracas", "Baruta", Some("Las Minas"), "1080", 10.4346, -66.8759),
            city("Maracaibo", "Maracaibo", Some("Olegario Villalobos"), "400#", 10.6666, -71.6124),
            city("Valencia", "Valencia", Some("San José"), "200#", 10.1806, -68.0039),
            city("Barquisimeto", "Iribarren", Some("Catedral"), "300#", 10.0678, -69.3474),
            city("Mérida", "Libertador", Some("El Llano"), "510#", 8.5983, -71.1450),
            city("Ciudad Guayana", "Caroní", Some("Cachamay"), "8050", 8.3533, -62.6528),
            city("San Cristóbal", "San Cristóbal", Some("La Concordia"), "500#", 7.7669, -72.2250),
        ],
    },
    Country {
        code: "ES",
        language: Language::Spanish,
        currency: "EUR",
        minor_units_per_dollar: 92,
        legal_forms: &[", S.L.", ", S.A.", ", S.L.U."],
        calling_code: "34",
        phones: &[
            ("612", 6),
            ("622", 6),
            ("633", 6),
            ("645", 6),
            ("655", 6),
            ("677", 6),
            ("686", 6),
            ("912", 6),
        ],
        cities: &[
            city("Madrid", "Madrid", None, "280##", 40.4168, -3.7038),
            city("Barcelona", "Barcelona", None, "080##", 41.3874, 2.1686),
            city("València", "València", None, "460##", 39.4699, -0.3763),
            city("Sevilla", "Sevilla", None, "410##", 37.3891, -5.9845),
            city("A Coruña", "A Coruña", None, "150##", 43.3623, -8.4115),
        ],
    },
    Country {
        code: "CO",
        language: Language::Spanish,
        currency: "COP",
        minor_units_per_dollar: 400_000,
        legal_forms: &[" S.A.S.", " S.A.", " Ltda."],
        calling_code: "57",
        phones: &[("300", 7), ("310", 7), ("311", 7), ("315", 7), ("320", 7)],
        cities: &[
            city("Bogotá", "Bogotá D.C.", None, "110###", 4.7110, -74.0721),
            city("Medellín", "Medellín", None, "050###", 6.2442, -75.5812),
            city("Cali", "Cali", None, "760###", 3.4516, -76.5320),
            city("Cúcuta", "Cúcuta", None, "540###", 7.8939, -72.5078),
        ],
    },
    Country {
        code: "MX",
        language: Language::Spanish,
        currency: "MXN",
        minor_units_per_dollar: 1_800,
        legal_forms: &[", S.A. de C.V.", ", S. de R.L. de C.V."],
        calling_code: "52",
        phones: &[("55", 8), ("33", 8), ("81", 8)],
        cities: &[
            city("Ciudad de México", "Cuauhtémoc", None, "06###", 19.4326, -99.1332),
            city("Guadalajara", "Guadalajara", None, "44###", 20.6597, -103.3496),
            city("Monterrey", "Monterrey", None, "64###", 25.6866, -100.3161),
        ],
    },
    Country {
        code: "AR",
        language: Language::Spanish,
        currency: "ARS",
        minor_units_per_dollar: 100_000,
        legal_forms: &[" S.R.L.", " S.A.", " S.A.S."],
        calling_code: "54",
        phones: &[("9112", 7), ("9113", 7), ("9114", 7), ("9115", 7)],
        cities: &[
            city("Buenos Aires", "Comuna 1", None, "C1###AAB", -34.6037, -58.3816),
            city("Córdoba", "Capital", None, "X5000", -31.4201, -64.1888),
            city("Rosario", "Rosario", None, "S2000", -32.9442, -60.6505),
        ],
    },
    Country {
        code: "CL",
        language: Language::Spanish,
        currency: "CLP",
        minor_units_per_dollar: 950,
        legal_forms: &[" SpA", " Ltda.", " S.A."],
        calling_code: "56",
        phones: &[("95", 7), ("96", 7), ("97", 7), ("98", 7)],
        cities: &[
            city("Santiago", "Providencia", None, "750####", -33.4489, -70.6693),
            city("Valparaíso", "Valparaíso", None, "234####", -33.0472, -71.6127),
            city("Concepción", "Concepción", None, "403####", -36.8270, -73.0498),
        ],
    },
    Country {
        code: "US",
        language: Language::English,
        currency: "USD",
        minor_units_per_dollar: 100,
        legal_forms: &[" LLC", " Inc.", " Corp."],
        calling_code: "1",
        phones: &[("212", 7), ("305", 7), ("415", 7), ("512", 7), ("713", 7), ("312", 7)],
        cities: &[
            city("Miami", "Miami-Dade", None, "331##", 25.7617, -80.1918),
            city("New York", "Manhattan", None, "100##", 40.7128, -74.0060),
            city("Houston", "Harris", None, "770##", 29.7604, -95.3698),
            city("Austin", "Travis", None, "787##", 30.2672, -97.7431),
            city("San José", "Santa Clara", None, "951##", 37.3382, -121.8863),
        ],
    },
    Country {
        code: "GB",
        language: Language::English,
        currency: "GBP",
        minor_units_per_dollar: 79,
        legal_forms: &[" Ltd", " PLC", " LLP"],
        calling_code: "44",
        phones: &[("7400", 6), ("7455", 6), ("7525", 6), ("7710", 6), ("7860", 6)],
        cities: &[
            city("London", "Camden", None, "NW1 #AA", 51.5072, -0.1276),
            city("Manchester", "Manchester", None, "M# 4BT", 53.4808, -2.2426),
            city("Edinburgh", "Edinburgh", None, "EH# 1AB", 55.9533, -3.1883),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use normalization::contact_point::Forms;
    use normalization::phone;

    #[test]
    fn phones_exist_in_their_country() {
        let mut dice = Dice::new(1, 0, 0);
        for country in &COUNTRIES {
            for _ in 0..500 {
                let made = phone(&mut dice, country);
                let read = phone::parse(&made.e164, "ZZ").expect("is a number");
                assert_eq!(read.region().as_deref(), Some(country.code), "{made:?}");
                let typed = Forms::of_phone(&phone::parse(&made.typed, "ZZ").expect("is a number"));
                assert_eq!((typed.canonical, typed.match_key), (made.e164.clone(), None));
            }
        }
    }

    #[test]
    fn countries_and_currencies_are_known() {
        for country in &COUNTRIES {
            assert!(rust_iso3166::from_alpha2(country.code).is_some());
            assert!(iso_currency::Currency::from_code(country.currency).is_some());
        }
    }
}
