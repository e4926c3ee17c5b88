//! The sales process: which status may follow which, and what the change does to the cycle.

use crate::entities::process::cycle::CycleKind;
use crate::entities::setup::reason::ReasonCategory;
use crate::entities::setup::status::StatusCategory;

/// Ways in which a closed status is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReopenKind {
    /// Correction of a mistake: the same cycle goes on, and a win is undone.
    Correction,
    /// Another attempt after losing or discarding: the same cycle goes on.
    Reconsidered,
    /// A client came back: a new cycle.
    Returning,
    /// A client may buy something else: a new cycle.
    CrossSell,
    /// A client may buy more: a new cycle.
    Upsell,
    /// A client may buy again: a new cycle.
    Renewal,
}

impl ReopenKind {
    /// The kind of the cycle that it opens; None if the same one goes on.
    pub fn new_cycle(self) -> Option<CycleKind> {
        match self {
            ReopenKind::Correction | ReopenKind::Reconsidered => None,
            ReopenKind::Returning => Some(CycleKind::Returning),
            ReopenKind::CrossSell => Some(CycleKind::CrossSell),
            ReopenKind::Upsell => Some(CycleKind::Upsell),
            ReopenKind::Renewal => Some(CycleKind::Renewal),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            ReopenKind::Correction => "CORRECTION",
            ReopenKind::Reconsidered => "RECONSIDERED",
            ReopenKind::Returning => "RETURNING",
            ReopenKind::CrossSell => "CROSS_SELL",
            ReopenKind::Upsell => "UPSELL",
            ReopenKind::Renewal => "RENEWAL",
        }
    }

    pub fn from_name(name: &str) -> Option<ReopenKind> {
        [
            ReopenKind::Correction,
            ReopenKind::Reconsidered,
            ReopenKind::Returning,
            ReopenKind::CrossSell,
            ReopenKind::Upsell,
            ReopenKind::Renewal,
        ]
        .into_iter()
        .find(|kind| kind.name() == name)
    }
}

/// Reason why a change of status is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A closed status is left only by saying how.
    ReopenMissing,
    /// An open status is left without saying how.
    ReopenSuperfluous,
    /// A win is only undone by a correction.
    WonNotReconsidered,
    /// Only a client can come back, buy more or renew.
    NotAClient,
    /// A new cycle begins in an open status or is won at once.
    NewCycleClosed,
}

impl Refusal {
    pub fn message(self) -> &'static str {
        match self {
            Refusal::ReopenMissing => "the present status is closed: say how it is reopened",
            Refusal::ReopenSuperfluous => "the present status is open: there is nothing to reopen",
            Refusal::WonNotReconsidered => "a win is taken back by CORRECTION; a client who returns begins a new cycle",
            Refusal::NotAClient => "only a client can return, be sold more or renew",
            Refusal::NewCycleClosed => "a new cycle begins in an open status, or is won at once",
        }
    }
}

/// Whether a cycle in category `from` may go to a status of category `to`.
pub fn change(from: StatusCategory, to: StatusCategory, reopen_as: Option<ReopenKind>, is_client: bool) -> Result<(), Refusal> {
    use StatusCategory::{Discarded, Lost, Open, Won};
    match (from, reopen_as) {
        (Open, None) => Ok(()),
        (Open, Some(_)) => Err(Refusal::ReopenSuperfluous),
        (Won | Lost | Discarded, None) => Err(Refusal::ReopenMissing),
        (Won | Lost | Discarded, Some(ReopenKind::Correction)) => Ok(()),
        (Won, Some(ReopenKind::Reconsidered)) => Err(Refusal::WonNotReconsidered),
        (Lost | Discarded, Some(ReopenKind::Reconsidered)) => Ok(()),
        (Won | Lost | Discarded, Some(ReopenKind::Returning | ReopenKind::CrossSell | ReopenKind::Upsell | ReopenKind::Renewal)) => {
            match to {
                _ if !is_client => Err(Refusal::NotAClient),
                Open | Won => Ok(()),
                Lost | Discarded => Err(Refusal::NewCycleClosed),
            }
        }
    }
}

/// Whether a reason of this category explains a status of that one; None where the status takes no reason.
pub fn reason_fits(reason: ReasonCategory, status: StatusCategory) -> Option<bool> {
    match status {
        StatusCategory::Open | StatusCategory::Won => None,
        StatusCategory::Lost => Some(matches!(reason, ReasonCategory::Lost | ReasonCategory::Both)),
        StatusCategory::Discarded => Some(matches!(reason, ReasonCategory::Discarded | ReasonCategory::Both)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_status_goes_anywhere_without_ado() {
        for to in [
            StatusCategory::Open,
            StatusCategory::Won,
            StatusCategory::Lost,
            StatusCategory::Discarded,
        ] {
            assert_eq!(change(StatusCategory::Open, to, None, false), Ok(()));
            assert_eq!(
                change(StatusCategory::Open, to, Some(ReopenKind::Correction), false),
                Err(Refusal::ReopenSuperfluous)
            );
        }
    }

    #[test]
    fn a_closed_status_is_left_by_saying_how() {
        use StatusCategory::{Discarded, Lost, Open, Won};
        assert_eq!(change(Lost, Open, None, false), Err(Refusal::ReopenMissing));
        assert_eq!(change(Lost, Won, Some(ReopenKind::Reconsidered), false), Ok(()));
        assert_eq!(change(Discarded, Open, Some(ReopenKind::Correction), false), Ok(()));
        assert_eq!(
            change(Won, Open, Some(ReopenKind::Reconsidered), true),
            Err(Refusal::WonNotReconsidered)
        );
        assert_eq!(change(Won, Lost, Some(ReopenKind::Correction), true), Ok(()));
        assert_eq!(change(Won, Open, Some(ReopenKind::Renewal), true), Ok(()));
        assert_eq!(change(Won, Lost, Some(ReopenKind::Upsell), true), Err(Refusal::NewCycleClosed));
        assert_eq!(change(Lost, Open, Some(ReopenKind::Returning), false), Err(Refusal::NotAClient));
        assert_eq!(change(Lost, Open, Some(ReopenKind::Returning), true), Ok(()));
    }
}
