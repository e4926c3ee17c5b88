//! What salespeople write: notes, and what was said in calls, e-mails, meetings, visits and chats.

use super::dice::Dice;
use super::places::Language;

/// A note of one to three sentences.
pub fn note(dice: &mut Dice, language: Language) -> String {
    match language {
        Language::Spanish => sentences(dice, &SPANISH_NOTES, &SPANISH_DETAILS, &SPANISH_NEXT),
        Language::English => sentences(dice, &ENGLISH_NOTES, &ENGLISH_DETAILS, &ENGLISH_NEXT),
    }
}

/// What was said when they met.
pub fn talk(dice: &mut Dice, language: Language) -> String {
    match language {
        Language::Spanish => sentences(dice, &SPANISH_TALKS, &SPANISH_DETAILS, &SPANISH_NEXT),
        Language::English => sentences(dice, &ENGLISH_TALKS, &ENGLISH_DETAILS, &ENGLISH_NEXT),
    }
}

/// Why a prospect left the process, where the reason alone does not say enough, or why it came back.
pub fn explanation(dice: &mut Dice, language: Language) -> &'static str {
    match language {
        Language::Spanish => dice.word(&[
            "Ya resolvió con un conocido",
            "Pidió que no lo llamemos más este año",
            "La sede cerró; volver a intentar si reabre",
            "Cambió de administración y congelaron las compras",
            "Volvió a escribir por su cuenta",
        ]),
        Language::English => dice.word(&[
            "Solved it with a friend",
            "Asked not to be called again this year",
            "The branch closed; try again if it reopens",
            "New management has frozen all purchases",
            "Wrote to us again on their own",
        ]),
    }
}

pub fn handover(dice: &mut Dice, language: Language) -> &'static str {
    match language {
        Language::Spanish => dice.word(&[
            "Cambio de zona",
            "Vacaciones del vendedor",
            "Pidió ser atendido por otra persona",
            "Reparto de cartera",
        ]),
        Language::English => dice.word(&["Change of area", "On holiday", "Asked for somebody else", "Rebalancing"]),
    }
}

fn sentences(dice: &mut Dice, first: &[&'static str], second: &[&'static str], third: &[&'static str]) -> String {
    let mut text = dice.word(first).to_owned();
    if dice.percent(65) {
        text.push(' ');
        text.push_str(dice.word(second));
    }
    if dice.percent(40) {
        text.push(' ');
        text.push_str(dice.word(third));
    }
    text
}

const SPANISH_NOTES: [&str; 14] = [
    "Le interesa, pero decide con su socio.",
    "Pidió la propuesta en dólares y en bolívares.",
    "Quiere comparar con lo que paga ahora.",
    "Viene recomendado por un cliente.",
    "Está mudando la oficina; no hay apuro.",
    "Presupuesto aprobado para el próximo trimestre.",
    "Prefiere que le escriban por WhatsApp después de las 4 p. m.",
    "No atiende los lunes por la mañana.",
    "Ya trabajó con nosotros hace unos años.",
    "Solicitó referencias de otros clientes de la zona.",
    "La persona que decide es la jefa de compras.",
    "Le preocupa el tiempo de instalación.",
    "Envió los planos y las medidas.",
    "Quedó muy contento con la demostración.",
];

const SPANISH_TALKS: [&str; 12] = [
    "Conversamos sobre el alcance.",
    "Se le explicó el plan de pagos.",
    "Revisamos juntos la cotización.",
    "Preguntó por la garantía.",
    "Se aclararon las dudas sobre el contrato.",
    "Saludó y pidió que lo llamen más tarde.",
    "Mostró interés en el plan más completo.",
    "Confirmó los datos para la factura.",
    "Envió fotos del local.",
    "Pidió un descuento por volumen.",
    "Avisó que la reunión se pospone.",
    "Agradeció la información enviada.",
];

const SPANISH_DETAILS: [&str; 10] = [
    "Son unas 12 personas en la sede principal.",
    "Tienen otra oferta sobre la mesa.",
    "Hoy lo hacen todo en hojas de cálculo.",
    "El contrato actual vence a fin de mes.",
    "Necesita la entrega antes de Navidad.",
    "También atienden en el interior del país.",
    "Paga de contado si hay descuento.",
    "Le gustó la rapidez con que respondimos.",
    "Hay que hablar además con contabilidad.",
    "Desconfía porque tuvo una mala experiencia.",
];

const SPANISH_NEXT: [&str; 8] = [
    "Llamar el jueves.",
    "Enviar la propuesta mañana.",
    "Agendar una visita.",
    "Hacer seguimiento en dos semanas.",
    "Esperar su confirmación.",
    "Mandar el catálogo actualizado.",
    "Coordinar con el área técnica.",
    "Quedó en avisar él mismo.",
];

const ENGLISH_NOTES: [&str; 10] = [
    "Interested, but decides together with a partner.",
    "Wants to compare with what they pay today.",
    "Came through a client of ours.",
    "Moving offices; there is no hurry.",
    "Budget approved for next quarter.",
    "Prefers e-mail to calls.",
    "Bought from us some years ago.",
    "Asked for references in the area.",
    "Sent drawings and measurements.",
    "Very happy with the demonstration.",
];

const ENGLISH_TALKS: [&str; 10] = [
    "We went through the scope.",
    "Explained how payment works.",
    "Reviewed the quote together.",
    "Asked about the warranty.",
    "Cleared up questions about the contract.",
    "Asked to be called later.",
    "Likes the complete plan best.",
    "Confirmed the invoice details.",
    "Asked for a volume discount.",
    "The meeting is postponed.",
];

const ENGLISH_DETAILS: [&str; 8] = [
    "About a dozen people at head office.",
    "There is another offer on the table.",
    "They do everything in spreadsheets today.",
    "The present contract ends this month.",
    "Needs delivery before Christmas.",
    "Pays at once if there is a discount.",
    "Liked how fast we answered.",
    "We need to talk to accounting as well.",
];

const ENGLISH_NEXT: [&str; 6] = [
    "Call on Thursday.",
    "Send the proposal tomorrow.",
    "Arrange a visit.",
    "Follow up in two weeks.",
    "Wait for their word.",
    "Send the new catalogue.",
];
