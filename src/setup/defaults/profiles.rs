//! Entries by which prospects are classified: segments, potential levels, industries and types of customers.

use super::{Drafts, Entry, NOT_EVALUATED, draft, plain, text};
use crate::entities::setup::potential_level::LevelKind;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::SegmentOwn;
use crate::text::language::Language;

const SEGMENTS: [(Entry, &str); 5] = [
    (
        (NOT_EVALUATED, ["The segment is not known yet", "Aún no se conoce el segmento"]),
        "#9E9E9E",
    ),
    (
        (
            ["Private individuals", "Particulares"],
            ["People who buy for themselves", "Personas que compran para sí mismas"],
        ),
        "#1E88E5",
    ),
    (
        (
            ["Small and medium companies", "Pequeñas y medianas empresas"],
            ["Up to about 250 employees", "Hasta unos 250 empleados"],
        ),
        "#43A047",
    ),
    (
        (
            ["Large companies", "Grandes empresas"],
            ["More than about 250 employees", "Más de unos 250 empleados"],
        ),
        "#8E24AA",
    ),
    (
        (
            ["Public sector", "Sector público"],
            ["Authorities and state-owned companies", "Organismos y empresas del Estado"],
        ),
        "#FB8C00",
    ),
];

const POTENTIAL_LEVELS: [Entry; 4] = [
    (
        NOT_EVALUATED,
        ["The potential has not been rated yet", "Aún no se ha calificado el potencial"],
    ),
    (
        ["High", "Alto"],
        ["Likely to buy much, or soon", "Es probable que compre mucho o pronto"],
    ),
    (["Medium", "Medio"], ["Worth the usual effort", "Merece el esfuerzo habitual"]),
    (
        ["Low", "Bajo"],
        ["Unlikely to buy much, or soon", "Es poco probable que compre mucho o pronto"],
    ),
];

const INDUSTRIES: [Entry; 15] = [
    (
        ["Agriculture", "Agricultura"],
        ["Crops, livestock and fishing", "Cultivos, ganadería y pesca"],
    ),
    (
        ["Construction and real estate", "Construcción e inmobiliaria"],
        [
            "Builders, developers and estate agents",
            "Constructoras, promotoras y corredores inmobiliarios",
        ],
    ),
    (
        ["Education", "Educación"],
        ["Schools, universities and training", "Colegios, universidades y capacitación"],
    ),
    (
        ["Energy and mining", "Energía y minería"],
        ["Electricity, oil, gas and minerals", "Electricidad, petróleo, gas y minerales"],
    ),
    (
        ["Finance and insurance", "Finanzas y seguros"],
        ["Banks, insurers and investment", "Bancos, aseguradoras e inversión"],
    ),
    (
        ["Food and hospitality", "Alimentación y hotelería"],
        ["Food, restaurants and hotels", "Alimentos, restaurantes y hoteles"],
    ),
    (
        ["Health", "Salud"],
        ["Clinics, pharmacies and laboratories", "Clínicas, farmacias y laboratorios"],
    ),
    (
        ["Manufacturing", "Industria manufacturera"],
        ["Factories and workshops", "Fábricas y talleres"],
    ),
    (
        ["Media and advertising", "Medios y publicidad"],
        ["Press, broadcasting and agencies", "Prensa, radio, televisión y agencias"],
    ),
    (
        ["Professional services", "Servicios profesionales"],
        [
            "Lawyers, accountants, consultants and others",
            "Abogados, contadores, consultores y otros",
        ],
    ),
    (
        ["Public administration", "Administración pública"],
        [
            "National, regional and local authorities",
            "Organismos nacionales, regionales y locales",
        ],
    ),
    (
        ["Retail and wholesale", "Comercio minorista y mayorista"],
        ["Shops, online shops and wholesalers", "Tiendas, comercio electrónico y mayoristas"],
    ),
    (
        ["Technology and telecommunications", "Tecnología y telecomunicaciones"],
        ["Software, hardware and networks", "Software, equipos y redes"],
    ),
    (
        ["Transport and logistics", "Transporte y logística"],
        ["Carriers, warehouses and couriers", "Transportistas, almacenes y mensajería"],
    ),
    (["Other", "Otra"], ["None of these", "Ninguna de las anteriores"]),
];

const CUSTOMER_TYPES: [Entry; 6] = [
    (
        ["End customer", "Cliente final"],
        ["Buys for their own use", "Compra para su propio uso"],
    ),
    (
        ["Retailer", "Minorista"],
        ["Sells on to end customers", "Revende a clientes finales"],
    ),
    (["Wholesaler", "Mayorista"], ["Sells on to retailers", "Revende a minoristas"]),
    (
        ["Distributor", "Distribuidor"],
        ["Sells our products in a territory", "Vende nuestros productos en un territorio"],
    ),
    (
        ["Public institution", "Institución pública"],
        [
            "Buys by the rules of public procurement",
            "Compra según las normas de contratación pública",
        ],
    ),
    (["Other", "Otro"], ["None of these", "Ninguno de los anteriores"]),
];

pub fn segments(language: Language) -> Drafts<(), SegmentOwn> {
    SEGMENTS
        .map(|(entry, color)| {
            let own = SegmentOwn { color: text(color) };
            (
                (),
                Draft {
                    own,
                    ..draft(language, entry)
                },
            )
        })
        .into()
}

pub fn potential_levels(language: Language) -> Drafts<LevelKind, ()> {
    let kinds = [LevelKind::Prospect, LevelKind::Client];
    kinds
        .into_iter()
        .flat_map(|kind| POTENTIAL_LEVELS.map(|entry| (kind, draft(language, entry))))
        .collect()
}

pub fn industries(language: Language) -> Drafts<(), ()> {
    plain(language, &INDUSTRIES)
}

pub fn customer_types(language: Language) -> Drafts<(), ()> {
    plain(language, &CUSTOMER_TYPES)
}
