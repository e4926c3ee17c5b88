//! Texts of salespeople: notes, interactions, and texts of tasks and labels.

use super::dice::Dice;
use crate::entities::records::contact_point::PointKind;
use crate::setup::{Language, Words};

/// A note of one to three sentences.
pub fn note(dice: &mut Dice, language: Language) -> String {
    sentences(dice, language, &NOTES)
}

/// Text of an interaction.
pub fn talk(dice: &mut Dice, language: Language) -> String {
    sentences(dice, language, &TALKS)
}

/// Comment on leaving the process, if the reason alone is not sufficient, or on coming back.
pub fn explanation(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&EXPLANATIONS))
}

/// Reason for a change of owner.
pub fn handover(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&HANDOVERS))
}

/// Comment on a completed task.
pub fn task_note(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&TASK_NOTES))
}

/// The results of tasks.
pub fn result(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&RESULTS))
}

/// Label of an e-mail or a phone.
pub fn label(dice: &mut Dice, kind: PointKind, language: Language) -> &'static str {
    let labels: &[Words] = match kind {
        PointKind::Email => &EMAIL_LABELS,
        PointKind::Phone => &PHONE_LABELS,
    };
    language.choose(*dice.pick(labels))
}

/// The page of the web site on which a form was sent.
pub fn page(dice: &mut Dice, language: Language) -> &'static str {
    language.choose(*dice.pick(&PAGES))
}

fn sentences(dice: &mut Dice, language: Language, first: &[Words]) -> String {
    let mut text = language.choose(*dice.pick(first)).to_owned();
    for (percent, more) in [(65, &DETAILS[..]), (40, &NEXT[..])] {
        if dice.percent(percent) {
            text.push(' ');
            text.push_str(language.choose(*dice.pick(more)));
        }
    }
    text
}

const EXPLANATIONS: [Words; 5] = [
    ["Solved it with an acquaintance", "Ya resolvió con un conocido"],
    ["Asked not to be called again this year", "Pidió que no lo llamemos más este año"],
    [
        "The branch closed; try again if it reopens",
        "La sede cerró; volver a intentar si reabre",
    ],
    [
        "New management has frozen all purchases",
        "Cambió la administración y congelaron las compras",
    ],
    ["Wrote to us again on their own", "Volvió a escribir por su cuenta"],
];

const HANDOVERS: [Words; 4] = [
    ["Change of area", "Cambio de zona"],
    ["The salesperson is on holiday", "Vacaciones del vendedor"],
    ["Asked for another contact person", "Pidió ser atendido por otra persona"],
    ["Portfolios were rebalanced", "Reparto de cartera"],
];

const TASK_NOTES: [Words; 12] = [
    ["Better after 4 p.m.", "Mejor después de las 4 p. m."],
    ["Ask for the person who decides", "Preguntar por quien decide"],
    ["Have the last quote at hand", "Tener a mano la última cotización"],
    ["Confirm the delivery date", "Confirmar la fecha de entrega"],
    ["Offer the annual plan", "Ofrecer el plan anual"],
    ["Bring samples", "Llevar muestras"],
    ["Send the price list first", "Enviar antes la lista de precios"],
    ["Ask for the billing details", "Pedir los datos de facturación"],
    ["Solve the question about the warranty", "Resolver la duda sobre la garantía"],
    ["Agree on the next meeting", "Acordar la próxima reunión"],
    [
        "Mention the discount for cash payment",
        "Mencionar el descuento por pago de contado",
    ],
    ["Ask for references of other branches", "Pedir referencias de otras sedes"],
];

const RESULTS: [Words; 8] = [
    ["Done as agreed", "Hecho según lo acordado"],
    ["Asked for more time to decide", "Pidió más tiempo para decidir"],
    ["Will confirm by e-mail", "Confirmará por correo"],
    ["Left a message", "Se dejó un mensaje"],
    ["Very interested", "Muy interesado"],
    ["Wants a new quote", "Quiere una nueva cotización"],
    ["Meeting arranged", "Reunión agendada"],
    ["Documents received", "Documentos recibidos"],
];

const EMAIL_LABELS: [Words; 3] = [["work", "trabajo"], ["personal", "personal"], ["billing", "facturación"]];

const PHONE_LABELS: [Words; 4] = [
    ["mobile", "móvil"],
    ["office", "oficina"],
    ["home", "casa"],
    ["WhatsApp", "WhatsApp"],
];

const PAGES: [Words; 8] = [
    ["/", "/"],
    ["/contact", "/contacto"],
    ["/prices", "/precios"],
    ["/products", "/productos"],
    ["/demo", "/demo"],
    ["/blog/how-to-choose", "/blog/como-elegir"],
    ["/about-us", "/nosotros"],
    ["/offers", "/promociones"],
];

const NOTES: [Words; 14] = [
    [
        "Interested, but decides together with a partner.",
        "Le interesa, pero decide con su socio.",
    ],
    [
        "Asked for the proposal in dollars and in local currency.",
        "Pidió la propuesta en dólares y en moneda local.",
    ],
    [
        "Wants to compare it with what they pay today.",
        "Quiere comparar con lo que paga ahora.",
    ],
    ["Came through a client of ours.", "Viene recomendado por un cliente."],
    [
        "They are moving offices; there is no hurry.",
        "Están mudando la oficina; no hay prisa.",
    ],
    [
        "Budget approved for next quarter.",
        "Presupuesto aprobado para el próximo trimestre.",
    ],
    [
        "Prefers messages on WhatsApp after 4 p.m.",
        "Prefiere que le escriban por WhatsApp después de las 4 p. m.",
    ],
    ["Not available on Monday mornings.", "No atiende los lunes por la mañana."],
    ["Worked with us some years ago.", "Ya trabajó con nosotros hace unos años."],
    [
        "Asked for references of other clients in the area.",
        "Solicitó referencias de otros clientes de la zona.",
    ],
    [
        "The head of purchasing makes the decision.",
        "La decisión la toma la jefatura de compras.",
    ],
    [
        "Worried about how long the installation takes.",
        "Le preocupa el tiempo de instalación.",
    ],
    ["Sent drawings and measurements.", "Envió los planos y las medidas."],
    ["Very happy with the demonstration.", "Quedó muy a gusto con la demostración."],
];

const TALKS: [Words; 12] = [
    ["We went through the scope.", "Conversamos sobre el alcance."],
    ["Explained the payment plan.", "Se le explicó el plan de pagos."],
    ["Reviewed the quote together.", "Revisamos juntos la cotización."],
    ["Asked about the warranty.", "Preguntó por la garantía."],
    [
        "Cleared up questions about the contract.",
        "Se aclararon las dudas sobre el contrato.",
    ],
    [
        "Said hello and asked to be called later.",
        "Saludó y pidió que lo llamen más tarde.",
    ],
    ["Likes the complete plan best.", "Mostró interés en el plan más completo."],
    ["Confirmed the invoice details.", "Confirmó los datos para la factura."],
    ["Sent pictures of the premises.", "Envió fotos del local."],
    ["Asked for a volume discount.", "Pidió un descuento por volumen."],
    ["Told us that the meeting is postponed.", "Avisó que la reunión se pospone."],
    ["Thanked us for the information.", "Agradeció la información enviada."],
];

const DETAILS: [Words; 10] = [
    [
        "They are about a dozen people at head office.",
        "Son unas 12 personas en la sede principal.",
    ],
    ["There is another offer on the table.", "Tienen otra oferta sobre la mesa."],
    [
        "They do everything in spreadsheets today.",
        "Hoy lo hacen todo en hojas de cálculo.",
    ],
    ["The present contract ends this month.", "El contrato actual vence a fin de mes."],
    ["Needs delivery before Christmas.", "Necesita la entrega antes de Navidad."],
    ["They also serve the rest of the country.", "También atienden en el resto del país."],
    ["Pays cash if there is a discount.", "Paga de contado si hay descuento."],
    ["Liked how fast we answered.", "Le gustó la rapidez con que respondimos."],
    ["We need to talk to accounting as well.", "Hay que hablar además con contabilidad."],
    ["Sceptical after a bad experience.", "Desconfía porque tuvo una mala experiencia."],
];

const NEXT: [Words; 8] = [
    ["Call on Thursday.", "Llamar el jueves."],
    ["Send the proposal tomorrow.", "Enviar la propuesta mañana."],
    ["Arrange a visit.", "Agendar una visita."],
    ["Follow up in two weeks.", "Hacer seguimiento en dos semanas."],
    ["Wait for their confirmation.", "Esperar su confirmación."],
    ["Send the new catalogue.", "Mandar el catálogo actualizado."],
    ["Coordinate with the technical team.", "Coordinar con el área técnica."],
    ["They will get back to us.", "Quedó en avisarnos."],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_translated() {
        let all = [
            &EXPLANATIONS[..],
            &HANDOVERS,
            &TASK_NOTES,
            &RESULTS,
            &NOTES,
            &TALKS,
            &DETAILS,
            &NEXT,
        ];
        for [english, spanish] in all.concat() {
            assert!(!english.is_empty() && !spanish.is_empty() && english != spanish, "{english}");
        }
    }

    #[test]
    fn the_same_chance_says_the_same_in_both_languages() {
        let texts = |language| {
            let mut dice = Dice::new(1, 2, 3);
            (0..200).map(|_| note(&mut dice, language)).collect::<Vec<_>>()
        };
        let (english, spanish) = (texts(Language::English), texts(Language::Spanish));
        let of = |texts: &[String], words: &str| texts.iter().map(|text| text.contains(words)).collect::<Vec<_>>();
        assert_eq!(of(&english, "Call on Thursday."), of(&spanish, "Llamar el jueves."));
        assert!(of(&spanish, "Llamar el jueves.").contains(&true));
        assert!(!of(&spanish, "Call on Thursday.").contains(&true));
    }
}
