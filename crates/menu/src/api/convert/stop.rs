//! Stop-lists.

use std::collections::BTreeSet;

use contracts::menu::v1::SetStopRequest;
use domain::channel::Channel;
use domain::ids::{BranchId, StopId};
use domain::{Faults, Refused};
use edge::Caller;

use super::fields;
use crate::app::set_stop::SetStop;
use crate::subject::stopped;

const REASON: &str = "STOP_INVALID";

/// An entry to be made by `caller`, with `id` if it is a new one.
pub fn set_stop(request: &SetStopRequest, id: StopId, caller: Caller) -> Result<SetStop, Refused> {
    let mut faults = Faults::new();
    let branch = fields::uuid(&mut faults, "branch_id", &request.branch_id);
    let subject_id = fields::uuid(&mut faults, "subject_id", &request.subject_id);
    let kind = &request.subject_kind;
    let subject = fields::named(&mut faults, "subject_kind", "SUBJECT_KIND_UNKNOWN", kind, |kind| {
        stopped(kind, subject_id)
    });
    // sorted and without repeats, so that the same channels are the same entry
    let mut channels = BTreeSet::new();
    for (at, name) in request.channels.iter().enumerate() {
        channels.extend(fields::named(&mut faults, format!("channels[{at}]"), REASON, name, Channel::parse));
    }
    let until = fields::instant(&mut faults, "until", REASON, request.until);
    let reason = fields::text(&mut faults, "reason", &request.reason, 1..=200);
    let subject = fields::faultless(subject, faults)?;
    let (branch, channels) = (BranchId::from_uuid(branch), channels.into_iter().collect());
    Ok(SetStop { id, branch, subject, channels, until, reason, caller })
}

/// The branch whose list is wanted; left out: `default`.
pub fn list_stops(raw: &str, default: BranchId) -> Result<BranchId, Refused> {
    if raw.is_empty() { Ok(default) } else { fields::id("branch_id", raw) }
}
