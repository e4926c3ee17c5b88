//! Entries of a new database, in each language. Administrators may change all of them.

mod identifier_types;
mod process;

pub use identifier_types::identifier_types;
pub use process::{reasons, statuses, task_types};

use super::language::{Language, Words};
use crate::entities::setup::potential_level::LevelKind;
use crate::rules::patch::Patch;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::SegmentOwn;

/// Default e-mail of the first administrator.
pub const ADMINISTRATOR_EMAIL: &str = "admin@localhost";

pub const ADMINISTRATOR_NAME: Words = ["Administrator", "Administrador"];

/// The default of each catalogue that has one: the value of a record that has not been evaluated.
const NOT_EVALUATED: Words = ["Not yet evaluated", "Sin evaluar"];

type Drafts<Origin, Own> = Vec<(Origin, Draft<Own>)>;

/// The name of an entry and its description.
type Entry = (Words, Words);

const CHANNELS: [Entry; 5] = [
    (
        NOT_EVALUATED,
        ["The channel is not known yet", "Aún no se conoce el canal de llegada"],
    ),
    (
        ["Web site", "Sitio web"],
        ["Forms and chat on our own sites", "Formularios y chat de nuestros propios sitios"],
    ),
    (
        ["Shop", "Tienda"],
        ["They came to a shop or an office", "Visitó una tienda o una oficina"],
    ),
    (
        ["Telephone", "Teléfono"],
        ["They called us, or we called them", "Nos llamó o lo llamamos"],
    ),
    (
        ["Partner", "Aliado"],
        [
            "A distributor, an agent or another company introduced them",
            "Lo presentó un distribuidor, un agente u otra empresa",
        ],
    ),
];

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

const SOURCES: [Entry; 9] = [
    (NOT_EVALUATED, ["The source is not known yet", "Aún no se conoce la fuente"]),
    (
        ["Google Ads", "Google Ads"],
        ["A paid advertisement on Google", "Un anuncio pagado en Google"],
    ),
    (
        ["Organic search", "Búsqueda orgánica"],
        ["An unpaid result of a search engine", "Un resultado no pagado de un buscador"],
    ),
    (
        ["Social network", "Red social"],
        [
            "A post, a message or an advertisement there",
            "Una publicación, un mensaje o un anuncio",
        ],
    ),
    (
        ["E-mail", "Correo electrónico"],
        [
            "A newsletter, or a message that they wrote to us",
            "Un boletín o un mensaje que nos escribió",
        ],
    ),
    (
        ["Referral", "Referido"],
        [
            "Recommended by a client or another acquaintance",
            "Lo recomendó un cliente u otro conocido",
        ],
    ),
    (
        ["Phone", "Llamada telefónica"],
        ["They called us by themselves", "Nos llamó por iniciativa propia"],
    ),
    (
        ["Event", "Evento"],
        ["A fair, a talk or another event", "Una feria, una charla u otro evento"],
    ),
    (["Other", "Otra"], ["None of these", "Ninguna de las anteriores"]),
];

const ADDRESS_TYPES: [Entry; 6] = [
    (
        ["Fiscal", "Fiscal"],
        [
            "The address registered with the tax authority",
            "La dirección registrada ante la autoridad tributaria",
        ],
    ),
    (
        ["Delivery", "Entrega"],
        ["Where goods are delivered", "Donde se entrega la mercancía"],
    ),
    (["Office", "Oficina"], ["Where they work", "Donde trabaja"]),
    (["Home", "Casa"], ["Where they live", "Donde vive"]),
    (
        ["Branch", "Sucursal"],
        ["Another place of the same company", "Otro local de la misma empresa"],
    ),
    (["Other", "Otra"], ["None of these", "Ninguna de las anteriores"]),
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

const DOCUMENT_TYPES: [Entry; 7] = [
    (
        ["Contract", "Contrato"],
        ["An agreement, signed or to be signed", "Un acuerdo firmado o por firmar"],
    ),
    (
        ["Identification", "Identificación"],
        [
            "An identity card, a tax certificate or another proof of who they are",
            "Una cédula, un certificado fiscal u otra prueba de identidad",
        ],
    ),
    (
        ["Proposal", "Propuesta"],
        ["An offer or a quotation that we made", "Una oferta o cotización que hicimos"],
    ),
    (
        ["Order", "Pedido"],
        ["A purchase order that they sent", "Una orden de compra que nos envió"],
    ),
    (
        ["Payment", "Pago"],
        [
            "An invoice, a receipt or a proof of payment",
            "Una factura, un recibo o un comprobante de pago",
        ],
    ),
    (
        ["Picture", "Fotografía"],
        [
            "A photograph of a place, a product or a person",
            "Una foto de un lugar, un producto o una persona",
        ],
    ),
    (["Other", "Otro"], ["Any other document", "Cualquier otro documento"]),
];

pub fn channels(language: Language) -> Drafts<(), ()> {
    plain(language, &CHANNELS)
}

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

pub fn sources(language: Language) -> Drafts<(), ()> {
    plain(language, &SOURCES)
}

pub fn address_types(language: Language) -> Drafts<(), ()> {
    plain(language, &ADDRESS_TYPES)
}

pub fn industries(language: Language) -> Drafts<(), ()> {
    plain(language, &INDUSTRIES)
}

pub fn customer_types(language: Language) -> Drafts<(), ()> {
    plain(language, &CUSTOMER_TYPES)
}

pub fn document_types(language: Language) -> Drafts<(), ()> {
    plain(language, &DOCUMENT_TYPES)
}

/// Entries with nothing of their own but name and description.
fn plain(language: Language, entries: &[Entry]) -> Drafts<(), ()> {
    entries.iter().map(|entry| ((), draft(language, *entry))).collect()
}

/// The entry in that language; it is the default of its catalogue if it means "not yet evaluated".
fn draft<O: Default>(language: Language, (name, description): Entry) -> Draft<O> {
    Draft {
        name: text(language.choose(name)),
        description: text(language.choose(description)),
        is_default: (name == NOT_EVALUATED).then_some(true).into(),
        ..Draft::default()
    }
}

fn text(text: &str) -> Patch<String> {
    Patch::Set(text.to_owned())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::entities::setup::{
        address_type, channel, customer_type, document_type, identifier_type, industry, potential_level, reason, segment, source, status,
        task_type,
    };
    use crate::ids;
    use crate::rules::setup::{Entry, create};

    fn installed<M: Entry>(drafts: Drafts<M::Origin, M::Own>) -> Vec<M> {
        let mut rows = Vec::new();
        for (origin, draft) in drafts {
            create(&mut rows, ids::new(), 0, origin, draft).expect("the defaults keep the rules");
        }
        rows
    }

    fn defaults<M: Entry>(rows: &[M]) -> usize {
        rows.iter().filter(|row| row.shared().is_default).count()
    }

    fn all_statuses(language: Language) -> Vec<status::Model> {
        installed(statuses(language, |_| Some(Uuid::nil())))
    }

    #[test]
    fn defaults_keep_the_rules_and_are_one_each() {
        for language in Language::ALL {
            assert_eq!(defaults(&installed::<channel::Model>(channels(language))), 1);
            assert_eq!(defaults(&installed::<segment::Model>(segments(language))), 1);
            assert_eq!(defaults(&installed::<source::Model>(sources(language))), 1);
            let levels = installed::<potential_level::Model>(potential_levels(language));
            for kind in [LevelKind::Prospect, LevelKind::Client] {
                assert_eq!(
                    levels.iter().filter(|level| level.applies_to == kind && level.is_default).count(),
                    1
                );
            }
            let statuses = all_statuses(language);
            assert_eq!(statuses.iter().filter(|status| status.task_type_id.is_some()).count(), 4);
            assert_eq!(defaults(&installed::<task_type::Model>(task_types(language))), 0);
            assert_eq!(defaults(&statuses), 1);
            assert_eq!(statuses.iter().filter(|status| status.is_reentry).count(), 1);
            let reasons = installed::<reason::Model>(reasons(language));
            assert_eq!(reasons.iter().filter(|reason| reason.requires_note).count(), 1);
        }
    }

    #[test]
    fn catalogues_without_a_default_have_none() {
        for language in Language::ALL {
            assert_eq!(defaults(&installed::<address_type::Model>(address_types(language))), 0);
            assert_eq!(defaults(&installed::<industry::Model>(industries(language))), 0);
            assert_eq!(defaults(&installed::<customer_type::Model>(customer_types(language))), 0);
            assert_eq!(defaults(&installed::<document_type::Model>(document_types(language))), 0);
            assert_eq!(defaults(&installed::<identifier_type::Model>(identifier_types(language))), 0);
        }
    }

    /// The name and the description of every entry.
    fn texts(language: Language) -> Vec<(String, String)> {
        fn of<Origin, Own>(drafts: Drafts<Origin, Own>) -> Vec<(String, String)> {
            let given = |text: Patch<String>| text.set().cloned().unwrap_or_default();
            let texts = drafts.into_iter().map(|(_, draft)| (given(draft.name), given(draft.description)));
            texts.collect()
        }
        [
            of(channels(language)),
            of(segments(language)),
            of(potential_levels(language)),
            of(task_types(language)),
            of(statuses(language, |_| None)),
            of(reasons(language)),
            of(sources(language)),
            of(address_types(language)),
            of(identifier_types(language)),
            of(industries(language)),
            of(customer_types(language)),
            of(document_types(language)),
        ]
        .concat()
    }

    #[test]
    fn every_text_is_there_in_both_languages_and_differs() {
        let (english, spanish) = (texts(Language::English), texts(Language::Spanish));
        assert_eq!(english.len(), spanish.len());
        // Terms and abbreviations that are the same in both.
        let same = ["Google Ads", "Fiscal"];
        for ((name, description), (nombre, descripcion)) in english.iter().zip(&spanish) {
            let is_abbreviation = |name: &str| name.starts_with("Cédula") || name.bytes().all(|letter| letter.is_ascii_uppercase());
            assert!(
                name != nombre || same.contains(&name.as_str()) || is_abbreviation(name),
                "{name} is not translated"
            );
            assert!(!description.is_empty() && !descripcion.is_empty(), "{name}");
            assert_ne!(description, descripcion, "{name}");
        }
    }
}
