//! The sales process that a new database begins with: statuses, what is to be done in them, and why a prospect may leave.

use uuid::Uuid;

use super::{Drafts, Entry, draft, text};
use crate::entities::setup::reason::ReasonCategory::{self, Both, Discarded, Lost};
use crate::entities::setup::status::StatusCategory;
use crate::rules::patch::Patch;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::{ReasonOwn, StatusOwn};
use crate::text::language::{Language, Words};

const FIRST_CONTACT: Words = ["First contact", "Primer contacto"];
const SECOND_CONTACT: Words = ["Second contact", "Segundo contacto"];
const SEND_PROPOSAL: Words = ["Send proposal", "Enviar propuesta"];
const FOLLOW_UP: Words = ["Follow up", "Seguimiento"];

const TASK_TYPES: [Entry; 9] = [
    (FIRST_CONTACT, ["Get in touch for the first time", "Comunicarse por primera vez"]),
    (
        SECOND_CONTACT,
        [
            "Try again after the first contact failed",
            "Intentar de nuevo tras un primer contacto fallido",
        ],
    ),
    (
        SEND_PROPOSAL,
        ["Prepare the proposal and send it", "Preparar la propuesta y enviarla"],
    ),
    (FOLLOW_UP, ["Ask for an answer to the proposal", "Pedir respuesta a la propuesta"]),
    (["Call", "Llamada"], ["Call by phone", "Llamar por teléfono"]),
    (
        ["E-mail", "Correo electrónico"],
        ["Write an e-mail", "Escribir un correo electrónico"],
    ),
    (
        ["Meeting", "Reunión"],
        ["Meet in person or by video", "Reunirse en persona o por video"],
    ),
    (
        ["Visit", "Visita"],
        ["Visit them at their place", "Visitarlo en su local o domicilio"],
    ),
    (
        ["Other", "Otra"],
        ["The note says what is to be done", "La nota indica qué hay que hacer"],
    ),
];

/// A status to begin with.
struct Step {
    category: StatusCategory,
    entry: Entry,
    color: &'static str,
    /// The suggested task, and within how many hours after the status was entered.
    task: Option<(Words, i32)>,
    part: Part,
}

/// The part that a status has in the process.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// New prospects begin here.
    Start,
    /// Clients who return begin here.
    Reentry,
    Other,
}

const STEPS: [Step; 7] = [
    Step {
        category: StatusCategory::Open,
        entry: (["New", "Nuevo"], ["Waits for the first contact", "Espera el primer contacto"]),
        color: "#1E88E5",
        task: Some((FIRST_CONTACT, 0)),
        part: Part::Start,
    },
    Step {
        category: StatusCategory::Open,
        entry: (
            ["Second contact", "Segundo contacto"],
            [
                "Was not reached at the first attempt",
                "No se logró el contacto en el primer intento",
            ],
        ),
        color: "#00ACC1",
        task: Some((SECOND_CONTACT, 24)),
        part: Part::Other,
    },
    Step {
        category: StatusCategory::Open,
        entry: (
            ["Ready for proposal", "Listo para propuesta"],
            ["Qualified, waits for a proposal", "Calificado, espera una propuesta"],
        ),
        color: "#FDD835",
        task: Some((SEND_PROPOSAL, 3 * 24)),
        part: Part::Reentry,
    },
    Step {
        category: StatusCategory::Open,
        entry: (
            ["Negotiation", "Negociación"],
            ["Has the proposal and discusses it", "Tiene la propuesta y la está evaluando"],
        ),
        color: "#FB8C00",
        task: Some((FOLLOW_UP, 7 * 24)),
        part: Part::Other,
    },
    Step {
        category: StatusCategory::Won,
        entry: (["Won", "Ganado"], ["Has bought and is a client", "Compró y ya es cliente"]),
        color: "#43A047",
        task: None,
        part: Part::Other,
    },
    Step {
        category: StatusCategory::Lost,
        entry: (
            ["Lost", "Perdido"],
            [
                "Has not bought in the end; a reason is required",
                "Al final no compró; se exige un motivo",
            ],
        ),
        color: "#E53935",
        task: None,
        part: Part::Other,
    },
    Step {
        category: StatusCategory::Discarded,
        entry: (
            ["Discarded", "Descartado"],
            [
                "Not worth pursuing; a reason is required",
                "No vale la pena continuar; se exige un motivo",
            ],
        ),
        color: "#757575",
        task: None,
        part: Part::Other,
    },
];

const REASONS: [(ReasonCategory, Entry); 11] = [
    (
        Discarded,
        (
            ["Wrong or false data", "Datos erróneos o falsos"],
            [
                "The data belongs to another person or does not exist",
                "Los datos son de otra persona o no existen",
            ],
        ),
    ),
    (
        Both,
        (
            ["Impossible to contact", "Imposible de contactar"],
            ["Did not answer any attempt", "No respondió a ningún intento"],
        ),
    ),
    (
        Discarded,
        (
            ["Not the target profile", "No es el perfil buscado"],
            ["Does not need what we sell", "No necesita lo que vendemos"],
        ),
    ),
    (
        Both,
        (
            ["No budget", "Sin presupuesto"],
            ["Cannot pay for it now", "No puede pagarlo por ahora"],
        ),
    ),
    (
        Both,
        (["Not interested", "Sin interés"], ["Does not want to go on", "No desea continuar"]),
    ),
    (
        Lost,
        (
            ["Chose a competitor", "Eligió a la competencia"],
            ["Bought from another company", "Le compró a otra empresa"],
        ),
    ),
    (
        Discarded,
        (["Duplicate", "Duplicado"], ["Is registered already", "Ya está registrado"]),
    ),
    (
        Discarded,
        (
            ["Spam or test", "Spam o prueba"],
            ["Not a real enquiry", "No es una solicitud real"],
        ),
    ),
    (
        Discarded,
        (
            ["Supplier or job enquiry", "Proveedor o solicitud de empleo"],
            ["Wants to sell something or looks for work", "Quiere vender algo o busca trabajo"],
        ),
    ),
    (
        Both,
        (
            ["Out of area", "Fuera de zona"],
            ["We do not serve this place", "No atendemos esa zona"],
        ),
    ),
    (Both, (OTHER_REASON, ["A note has to say what", "Una nota debe indicar cuál"])),
];

/// The reason that requires a note.
const OTHER_REASON: Words = ["Other", "Otro"];

pub fn task_types(language: Language) -> Drafts<(), ()> {
    super::plain(language, &TASK_TYPES)
}

/// Each with its suggested task and hours, if `task_type` knows it by name.
pub fn statuses(language: Language, task_type: impl Fn(Words) -> Option<Uuid>) -> Drafts<StatusCategory, StatusOwn> {
    STEPS
        .iter()
        .map(|step| {
            let task = step.task.and_then(|(name, hours)| Some((task_type(name)?, hours)));
            let own = StatusOwn {
                color: text(step.color),
                task_type: task.map(|(id, _)| id).into(),
                task_due_in_hours: task.map(|(_, hours)| hours).into(),
            };
            let draft = Draft {
                own,
                is_default: (step.part == Part::Start).then_some(true).into(),
                is_reentry: (step.part == Part::Reentry).then_some(true).into(),
                ..draft(language, step.entry)
            };
            (step.category, draft)
        })
        .collect()
}

pub fn reasons(language: Language) -> Drafts<(), ReasonOwn> {
    REASONS
        .map(|(category, entry)| {
            let own = ReasonOwn {
                category: Patch::Set(category),
                requires_note: Patch::Set(entry.0 == OTHER_REASON),
            };
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
