//! Names of people and companies, Spanish and English, and the e-mail addresses made of them.

use super::dice::Dice;
use super::places::Country;
use crate::setup::{Language, Words};
use crate::text;

/// A person's name in its parts.
#[derive(Clone, Debug)]
pub struct Person {
    pub first: String,
    pub last: String,
}

impl Person {
    pub fn full(&self) -> String {
        format!("{} {}", self.first, self.last)
    }
}

/// A company under the name it is known by and the one it is registered under.
#[derive(Clone, Debug)]
pub struct Company {
    pub name: String,
    pub legal_name: String,
}

pub fn person(dice: &mut Dice, language: Language) -> Person {
    match language {
        Language::Spanish => {
            let given = if dice.percent(50) { &SPANISH_WOMEN } else { &SPANISH_MEN };
            let mut first = dice.word(given).to_owned();
            if dice.percent(25) {
                let second = dice.word(given);
                if second != first {
                    first = format!("{first} {second}");
                }
            }
            let mut last = dice.word(&SPANISH_LAST).to_owned();
            if dice.percent(60) {
                last = format!("{last} {}", dice.word(&SPANISH_LAST));
            }
            Person { first, last }
        }
        Language::English => {
            // Some people of every country have a name from another one.
            let last = if dice.percent(12) {
                dice.word(&SPANISH_LAST)
            } else {
                dice.word(&ENGLISH_LAST)
            };
            Person {
                first: dice.word(&ENGLISH_FIRST).to_owned(),
                last: last.to_owned(),
            }
        }
    }
}

/// A person of the team: nothing in the name is of another language.
pub fn colleague(dice: &mut Dice, language: Language) -> Person {
    match language {
        Language::Spanish => person(dice, language),
        Language::English => Person {
            first: dice.word(&ENGLISH_FIRST).to_owned(),
            last: dice.word(&ENGLISH_LAST).to_owned(),
        },
    }
}

pub fn company(dice: &mut Dice, country: &Country) -> Company {
    let name = match country.language {
        Language::Spanish => {
            let trade = dice.word(&SPANISH_TRADES);
            match dice.below(4) {
                0 => format!("{trade} {}", dice.word(&SPANISH_LAST)),
                1 => format!("{trade} {} & {}", dice.word(&SPANISH_LAST), dice.word(&SPANISH_LAST)),
                2 => format!("{trade} {} {}", dice.word(&SPANISH_WORDS), dice.between(2, 99)),
                _ => format!("{trade} {}", dice.word(&SPANISH_WORDS)),
            }
        }
        Language::English => {
            let trade = dice.word(&ENGLISH_TRADES);
            match dice.below(3) {
                0 => format!("{} {trade}", dice.word(&ENGLISH_LAST)),
                1 => format!("{} & {} {trade}", dice.word(&ENGLISH_LAST), dice.word(&ENGLISH_LAST)),
                _ => format!("{} {trade}", dice.word(&ENGLISH_WORDS)),
            }
        }
    };
    let legal_name = format!("{name}{}", dice.word(country.legal_forms));
    Company { name, legal_name }
}

/// An address at one of the domains that are kept free for examples; the number makes it one of a kind.
pub fn email(dice: &mut Dice, name: &str, number: u64) -> String {
    let normal = text::fold(name);
    let separator = if dice.percent(70) { "." } else { "_" };
    let mut local = String::with_capacity(normal.len() + 8);
    for word in normal
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(3)
    {
        if !local.is_empty() {
            local.push_str(separator);
        }
        local.push_str(word);
    }
    let domain = *dice.weighted(&[(6, "example.com"), (2, "example.org"), (2, "example.net")]);
    format!("{local}{separator}{number}@{domain}")
}

/// Position of a contact at a company.
pub fn position(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&POSITIONS))
}

#[rustfmt::skip]
const SPANISH_WOMEN: [&str; 36] = [
    "María", "Carmen", "Ana", "Rosa", "Sofía", "Lucía", "Valentina", "Camila", "Gabriela", "Daniela", "Teresa",
    "Mónica", "Verónica", "Beatriz", "Inés", "Begoña", "Rocío", "Belén", "Noemí", "Zoé", "Milagros", "Yolanda",
    "Ximena", "Julieta", "Paola", "Marisol", "Graciela", "Elena", "Patricia", "Lourdes", "Cecilia", "Natalia",
    "Mercedes", "Pilar", "Claudia", "Nuria",
];

#[rustfmt::skip]
const SPANISH_MEN: [&str; 36] = [
    "José", "Luis", "Juan", "Jesús", "Pedro", "Carlos", "Andrés", "Martín", "Sebastián", "Diego", "Alejandro",
    "Ramón", "Raúl", "Héctor", "Óscar", "Ángel", "Íñigo", "Joaquín", "Iván", "Adrián", "Víctor", "Hernán", "Nicolás",
    "Tomás", "Germán", "Simón", "Rubén", "Félix", "César", "Fabián", "Efraín", "Matías", "Agustín", "Rodrigo",
    "Emilio", "Fermín",
];

#[rustfmt::skip]
const SPANISH_LAST: [&str; 84] = [
    "González", "Rodríguez", "Pérez", "Hernández", "García", "Martínez", "Sánchez", "López", "Díaz", "Rojas",
    "Ramírez", "Fernández", "Moreno", "Torres", "Gómez", "Álvarez", "Castillo", "Rivas", "Méndez", "Salazar",
    "Suárez", "Guerrero", "Vargas", "Núñez", "Peña", "Ibáñez", "Muñoz", "Ordóñez", "Quiñones", "Zambrano",
    "Contreras", "Márquez", "Figueroa", "Bermúdez", "Colmenares", "Urdaneta", "Villalobos", "Acosta", "Briceño",
    "Cárdenas", "Domínguez", "Echeverría", "Farías", "Güell", "Herrera", "Iglesias", "Jiménez", "Lugo", "Machado",
    "Navarro", "Ochoa", "Paredes", "Quintero", "Rincón", "Sandoval", "Tovar", "Uzcátegui", "Vélez", "Yáñez",
    "Zapata", "Aguirre", "Bolívar", "Cedeño", "Delgado", "Escalona", "Fuentes", "Galíndez", "Hidalgo", "Izaguirre",
    "Landaeta", "Montilla", "Natera", "Orozco", "Pacheco", "Querales", "Romero", "Silva", "Trujillo", "Useche",
    "Velásquez", "Zerpa", "Arteaga", "Bustamante", "Calderón",
];

#[rustfmt::skip]
const ENGLISH_FIRST: [&str; 48] = [
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William",
    "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Charles", "Karen", "Oliver", "Amelia",
    "George", "Isla", "Harry", "Ava", "Noah", "Emily", "Jack", "Sophie", "Leo", "Grace", "Oscar", "Freya", "Arthur",
    "Chloë", "Muhammad", "Zoë", "Renée", "Priya", "Wei", "Aisha", "Siobhán", "Ewan", "Rhys", "Megan", "Keira", "André",
];

#[rustfmt::skip]
const ENGLISH_LAST: [&str; 48] = [
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Thomas",
    "Moore", "Jackson", "Martin", "Lee", "Thompson", "White", "Harris", "Clark", "Lewis", "Robinson", "Walker",
    "Young", "Allen", "King", "Wright", "Scott", "Hill", "Green", "Adams", "Baker", "Hall", "O'Brien", "O'Connor",
    "MacDonald", "Campbell", "Murphy", "Evans", "Hughes", "Patel", "Khan", "Singh", "Nguyen", "Brontë", "Fitzgerald",
    "Ashworth", "Whitfield", "Dvořák",
];

#[rustfmt::skip]
const SPANISH_TRADES: [&str; 30] = [
    "Distribuidora", "Inversiones", "Comercial", "Constructora", "Panadería", "Farmacia", "Ferretería", "Clínica",
    "Laboratorio", "Transporte", "Agropecuaria", "Consultores", "Restaurante", "Hotel", "Librería", "Muebles",
    "Textiles", "Autopartes", "Óptica", "Imprenta", "Seguros", "Inmobiliaria", "Academia", "Tecnología",
    "Suministros", "Importadora", "Taller", "Cafetería", "Diseño", "Logística",
];

#[rustfmt::skip]
const SPANISH_WORDS: [&str; 30] = [
    "Los Andes", "El Ávila", "La Montaña", "Río Claro", "Costa Azul", "Nuevo Milenio", "El Progreso", "San José",
    "Santa Lucía", "La Candelaria", "Orinoco", "Caribe", "Mediterráneo", "La Esperanza", "Del Sur", "Occidente",
    "Bahía", "El Águila", "Cóndor", "Tepuy", "Araguaney", "Canaima", "Macarena", "Pirineos", "Atlántico",
    "La Española", "Guaraní", "Pampa", "Altiplano", "Cordillera",
];

#[rustfmt::skip]
const ENGLISH_TRADES: [&str; 20] = [
    "Logistics", "Consulting", "Foods", "Builders", "Textiles", "Pharmacy", "Motors", "Systems", "Partners",
    "Hardware", "Bakery", "Dental", "Insurance", "Printing", "Furniture", "Media", "Analytics", "Farms", "Imports",
    "Energy",
];

#[rustfmt::skip]
const ENGLISH_WORDS: [&str; 20] = [
    "Northwind", "Blue Ridge", "Riverside", "Summit", "Evergreen", "Harbour", "Red Oak", "Silver Lake", "Granite",
    "Lighthouse", "Sunrise", "Old Mill", "Bayview", "Thornfield", "Kingsway", "Westgate", "Cedar", "Meadowbrook",
    "Ironbridge", "Fairview",
];

const POSITIONS: [Words; 10] = [
    ["Managing director", "Gerente general"],
    ["Head of purchasing", "Jefatura de compras"],
    ["Office manager", "Administración"],
    ["Technical lead", "Dirección técnica"],
    ["Assistant to the management", "Asistente de gerencia"],
    ["Owner", "Titular del negocio"],
    ["Accountant", "Contabilidad"],
    ["Head of logistics", "Responsable de logística"],
    ["Front desk", "Recepción"],
    ["Partner in the company", "Socio de la empresa"],
];

/// Whether each word of a person's name is one of the language.
#[cfg(test)]
pub fn is_of(language: Language, name: &str) -> bool {
    let lists: &[&[&str]] = match language {
        Language::Spanish => &[&SPANISH_WOMEN, &SPANISH_MEN, &SPANISH_LAST],
        Language::English => &[&ENGLISH_FIRST, &ENGLISH_LAST],
    };
    name.split(' ').all(|word| lists.iter().any(|list| list.contains(&word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_plain_and_lead_nowhere() {
        let mut dice = Dice::new(1, 0, 0);
        for number in 0..2_000 {
            let language = if number % 2 == 0 { Language::Spanish } else { Language::English };
            let name = person(&mut dice, language).full();
            let address = email(&mut dice, &name, number);
            let (local, domain) = address.split_once('@').expect("has a domain");
            assert!(["example.com", "example.org", "example.net"].contains(&domain), "{address}");
            assert!(
                local
                    .bytes()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == b'.' || letter == b'_'),
                "{address}"
            );
            assert!(
                local.len() <= 64 && !local.contains("..") && local.starts_with(|letter: char| letter.is_ascii_alphanumeric()),
                "{address}"
            );
        }
    }
}
