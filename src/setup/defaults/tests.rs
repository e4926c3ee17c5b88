//! The entries of a new database keep the rules, in each language.

use uuid::Uuid;

use super::*;
use crate::entities::setup::potential_level::LevelKind;
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
