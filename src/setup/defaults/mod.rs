//! Entries of a new database, in each language. Administrators may change all of them.

mod identifier_types;
mod process;
mod profiles;

pub use identifier_types::identifier_types;
pub use process::{reasons, statuses, task_types};
pub use profiles::{customer_types, industries, potential_levels, segments};

use crate::rules::patch::Patch;
use crate::rules::setup::Draft;
use crate::text::language::{Language, Words};

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

pub fn sources(language: Language) -> Drafts<(), ()> {
    plain(language, &SOURCES)
}

pub fn address_types(language: Language) -> Drafts<(), ()> {
    plain(language, &ADDRESS_TYPES)
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
mod tests;
