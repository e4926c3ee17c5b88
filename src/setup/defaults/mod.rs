//! What a new database begins with. Administrators may change all of it.

mod identifier_types;

pub use identifier_types::identifier_types;

use uuid::Uuid;

use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::reason::ReasonCategory::{self, Both, Discarded, Lost};
use crate::entities::setup::status::StatusCategory;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::{ReasonOwn, SegmentOwn, StatusOwn};

/// Whose e-mail it is where the settings name none.
pub const ADMINISTRATOR_EMAIL: &str = "admin@localhost";

pub const ADMINISTRATOR_NAME: &str = "Administrator";

/// The default of each catalogue that has one: what is true of a record that nobody has looked at.
const NOT_EVALUATED: &str = "Not yet evaluated";

const FIRST_CONTACT: &str = "First contact";
const SECOND_CONTACT: &str = "Second contact";
const SEND_PROPOSAL: &str = "Send proposal";
const FOLLOW_UP: &str = "Follow up";

/// What is to be done in a status, and until how many hours after it was entered.
const TASKS: [(&str, &str, i32); 4] = [
    ("New", FIRST_CONTACT, 0),
    ("Second contact", SECOND_CONTACT, 24),
    ("Ready for proposal", SEND_PROPOSAL, 3 * 24),
    ("Negotiation", FOLLOW_UP, 7 * 24),
];

type Drafts<Origin, Own> = Vec<(Origin, Draft<Own>)>;

pub fn channels() -> Drafts<(), ()> {
    [
        (NOT_EVALUATED, "Nobody has said yet through which channel they came"),
        ("Web site", "Canal web: forms and chat on our own sites"),
        ("Shop", "Tienda: they came to a shop or an office"),
        ("Telephone", "Teléfono: they called, or we did"),
        ("Partner", "Aliado: a distributor, an agent or another company brought them"),
    ]
    .map(|(name, description)| ((), chosen(draft(name, description))))
    .into()
}

pub fn segments() -> Drafts<(), SegmentOwn> {
    [
        (NOT_EVALUATED, "#9E9E9E", "Nobody has said yet to which segment they belong"),
        ("Private individuals", "#1E88E5", "Particulares: people who buy for themselves"),
        ("Small and medium companies", "#43A047", "Pequeñas y medianas empresas"),
        ("Large companies", "#8E24AA", "Grandes empresas"),
        ("Public sector", "#FB8C00", "Sector público"),
    ]
    .map(|(name, color, description)| {
        let own = SegmentOwn { color: text(color) };
        (
            (),
            Draft {
                own,
                ..chosen(draft(name, description))
            },
        )
    })
    .into()
}

pub fn potential_levels() -> Drafts<LevelKind, ()> {
    let levels = [
        (NOT_EVALUATED, "Nobody has rated them yet"),
        ("High", "Alto: likely to buy much, or soon"),
        ("Medium", "Medio: worth the usual effort"),
        ("Low", "Bajo: unlikely to buy much, or soon"),
    ];
    let kinds = [LevelKind::Prospect, LevelKind::Client];
    kinds
        .into_iter()
        .flat_map(|kind| levels.map(|(name, description)| (kind, chosen(draft(name, description)))))
        .collect()
}

pub fn task_types() -> Drafts<(), ()> {
    [
        (FIRST_CONTACT, "Primer contacto: reach somebody for the first time"),
        (SECOND_CONTACT, "Segundo contacto: try again after nobody was reached"),
        (SEND_PROPOSAL, "Enviar propuesta"),
        (FOLLOW_UP, "Seguimiento: ask what has become of the proposal"),
        ("Call", "Llamada"),
        ("E-mail", "Correo electrónico"),
        ("Meeting", "Reunión"),
        ("Visit", "Visita"),
        ("Other", "Otra: the note says what"),
    ]
    .map(|(name, description)| ((), draft(name, description)))
    .into()
}

/// Each with what is to be done there and within how many hours, as far as `task_type` knows it by its name.
pub fn statuses(task_type: impl Fn(&str) -> Option<Uuid>) -> Drafts<StatusCategory, StatusOwn> {
    [
        (StatusCategory::Open, "New", "#1E88E5", "Nuevo: waits for the first contact"),
        (
            StatusCategory::Open,
            "Second contact",
            "#00ACC1",
            "Segundo contacto: nobody was reached at first",
        ),
        (
            StatusCategory::Open,
            "Ready for proposal",
            "#FDD835",
            "Listo para propuesta: qualified, waits for a proposal",
        ),
        (
            StatusCategory::Open,
            "Negotiation",
            "#FB8C00",
            "Negociación: has the proposal and talks about it",
        ),
        (StatusCategory::Won, "Won", "#43A047", "Ganado: has bought and is a client"),
        (
            StatusCategory::Lost,
            "Lost",
            "#E53935",
            "Perdido: has not bought in the end; a reason is required",
        ),
        (
            StatusCategory::Discarded,
            "Discarded",
            "#757575",
            "Descartado: not worth working on; a reason is required",
        ),
    ]
    .map(|(category, name, color, description)| {
        let task = TASKS.iter().find(|(status, ..)| *status == name);
        let task = task.and_then(|(_, task, hours)| Some((task_type(task)?, *hours)));
        let own = StatusOwn {
            color: text(color),
            task_type: task.map(|(id, _)| Some(id)),
            task_due_in_hours: task.map(|(_, hours)| Some(hours)),
        };
        let draft = Draft {
            own,
            ..draft(name, description)
        };
        let is_default = (name == "New").then_some(Some(true));
        let is_reentry = (name == "Ready for proposal").then_some(Some(true));
        (
            category,
            Draft {
                is_default,
                is_reentry,
                ..draft
            },
        )
    })
    .into()
}

pub fn reasons() -> Drafts<(), ReasonOwn> {
    [
        (Discarded, "Wrong or false data", "Datos erróneos o falsos"),
        (Both, "Impossible to contact", "Imposible de contactar"),
        (Discarded, "Not the target profile", "No es el perfil buscado"),
        (Both, "No budget", "Sin presupuesto"),
        (Both, "Not interested", "Sin interés"),
        (Lost, "Chose a competitor", "Eligió a la competencia"),
        (Discarded, "Duplicate", "Duplicado"),
        (Discarded, "Spam or test", "Spam o prueba"),
        (Discarded, "Supplier or job enquiry", "Proveedor o solicitud de empleo"),
        (Both, "Out of area", "Fuera de zona"),
    ]
    .map(|(category, name, description)| reason(category, name, description, false))
    .into_iter()
    .chain([reason(Both, "Other", "Otro: a note has to say what", true)])
    .collect()
}

pub fn sources() -> Drafts<(), ()> {
    [
        (NOT_EVALUATED, "Nobody has said yet where they came from"),
        ("Google Ads", "Anuncios de Google"),
        ("Organic search", "Búsqueda orgánica"),
        ("Social network", "Red social"),
        ("E-mail", "Correo electrónico"),
        ("Referral", "Referido"),
        ("Phone", "Teléfono"),
        ("Event", "Evento"),
        ("Other", "Otro"),
    ]
    .map(|(name, description)| ((), chosen(draft(name, description))))
    .into()
}

pub fn address_types() -> Drafts<(), ()> {
    [
        ("Fiscal", "Dirección fiscal: as the tax authority knows it"),
        ("Delivery", "Entrega: where goods are taken"),
        ("Office", "Oficina: where they work"),
        ("Home", "Casa: where they live"),
        ("Branch", "Sucursal: another place of theirs"),
        ("Other", "Otra"),
    ]
    .map(|(name, description)| ((), draft(name, description)))
    .into()
}

pub fn industries() -> Drafts<(), ()> {
    [
        ("Agriculture", "Agricultura, ganadería y pesca"),
        ("Construction and real estate", "Construcción e inmobiliaria"),
        ("Education", "Educación"),
        ("Energy and mining", "Energía y minería"),
        ("Finance and insurance", "Finanzas y seguros"),
        ("Food and hospitality", "Alimentación, hotelería y restaurantes"),
        ("Health", "Salud"),
        ("Manufacturing", "Industria manufacturera"),
        ("Media and advertising", "Medios y publicidad"),
        ("Professional services", "Servicios profesionales"),
        ("Public administration", "Administración pública"),
        ("Retail and wholesale", "Comercio al detal y al mayor"),
        ("Technology and telecommunications", "Tecnología y telecomunicaciones"),
        ("Transport and logistics", "Transporte y logística"),
        ("Other", "Otra"),
    ]
    .map(|(name, description)| ((), draft(name, description)))
    .into()
}

pub fn customer_types() -> Drafts<(), ()> {
    [
        ("End customer", "Cliente final: buys for their own use"),
        ("Retailer", "Detallista: sells on to end customers"),
        ("Wholesaler", "Mayorista: sells on to retailers"),
        ("Distributor", "Distribuidor: sells our products in a territory"),
        ("Public institution", "Institución pública"),
        ("Other", "Otro"),
    ]
    .map(|(name, description)| ((), draft(name, description)))
    .into()
}

fn draft<O: Default>(name: &str, description: &str) -> Draft<O> {
    Draft {
        name: text(name),
        description: text(description),
        ..Draft::default()
    }
}

/// The draft as the default if it is what nobody has evaluated.
fn chosen<O>(draft: Draft<O>) -> Draft<O> {
    let is_default = (draft.name == text(NOT_EVALUATED)).then_some(Some(true));
    Draft { is_default, ..draft }
}

fn reason(category: ReasonCategory, name: &str, description: &str, requires_note: bool) -> ((), Draft<ReasonOwn>) {
    let own = ReasonOwn {
        category: Some(Some(category)),
        requires_note: Some(Some(requires_note)),
    };
    (
        (),
        Draft {
            own,
            ..draft(name, description)
        },
    )
}

fn text(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::setup::{
        address_type, channel, customer_type, identifier_type, industry, potential_level, reason, segment, source, status, task_type,
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

    #[test]
    fn defaults_keep_the_rules_and_are_one_each() {
        assert_eq!(defaults(&installed::<channel::Model>(channels())), 1);
        assert_eq!(defaults(&installed::<segment::Model>(segments())), 1);
        assert_eq!(defaults(&installed::<source::Model>(sources())), 1);
        let levels = installed::<potential_level::Model>(potential_levels());
        for kind in [LevelKind::Prospect, LevelKind::Client] {
            assert_eq!(
                levels.iter().filter(|level| level.applies_to == kind && level.is_default).count(),
                1
            );
        }
        let statuses = installed::<status::Model>(statuses(|_| Some(Uuid::nil())));
        assert_eq!(statuses.iter().filter(|status| status.task_type_id.is_some()).count(), TASKS.len());
        assert_eq!(defaults(&installed::<task_type::Model>(task_types())), 0);
        assert_eq!(defaults(&statuses), 1);
        assert_eq!(statuses.iter().filter(|status| status.is_reentry).count(), 1);
        let reasons = installed::<reason::Model>(reasons());
        assert_eq!(reasons.iter().filter(|reason| reason.requires_note).count(), 1);
    }

    #[test]
    fn catalogues_without_a_default_have_none() {
        assert_eq!(defaults(&installed::<address_type::Model>(address_types())), 0);
        assert_eq!(defaults(&installed::<industry::Model>(industries())), 0);
        assert_eq!(defaults(&installed::<customer_type::Model>(customer_types())), 0);
        assert_eq!(defaults(&installed::<identifier_type::Model>(identifier_types())), 0);
    }
}
