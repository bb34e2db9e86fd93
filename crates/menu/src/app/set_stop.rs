//! Stop-lists: take something off sale at a branch, and put it on again.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::Faults;
use domain::calendar::{business_date, parse_zone, start_of};
use domain::channel::Channel;
use domain::ids::{BranchId, StopId};
use domain::menu::{Stop, StopSubject};
use domain::permissions::{self, Action};
use edge::Caller;
use edge::identity::Denied;
use store::{Connection, StoreError};

use super::change::{Change, Changed};
use super::{MenuError, presence, wire as encode};
use crate::storage::stops::{self, StopEntry};
use crate::storage::terms::{self, BranchRecord};

/// Takes something off sale. Who may not lift a stop can only make the one that is there longer.
pub struct SetStop {
    /// Id of the entry, if it is a new one.
    pub id: StopId,
    /// Where.
    pub branch: BranchId,
    /// What.
    pub subject: StopSubject,
    /// For whom; empty: for all.
    pub channels: Vec<Channel>,
    /// Until when; absent: until the end of the business date.
    pub until: Option<DateTime<Utc>>,
    /// For people.
    pub reason: String,
    /// Who wants it.
    pub caller: Caller,
}

/// Puts something on sale again.
pub struct LiftStop {
    /// Which entry.
    pub id: StopId,
    /// Who wants it.
    pub caller: Caller,
}

impl Change for SetStop {
    type Answer = wire::Stop;

    async fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let branch = terms::find(conn, self.branch).await?;
        let mut faults = Faults::new();
        if branch.is_none() {
            faults.invalid("branch_id", "BRANCH_UNKNOWN", "is no branch");
        }
        if self.until.is_some_and(|until| until <= at) {
            faults.invalid("until", "STOP_INVALID", "is not in the future");
        }
        presence::check(conn, &mut faults, self.subject).await?;
        faults.into_result()?;

        let until = match (self.until, branch) {
            (None, Some(branch)) => Some(end_of_business_date(&branch, at)?),
            (until, _) => until,
        };
        let wanted = Stop {
            subject: self.subject,
            branch: self.branch,
            channels: self.channels,
            until,
            reason: self.reason,
        };
        let before = stops::same(conn, &wanted).await?;
        let may_shorten = self.caller.require(Action::LiftStop, self.branch).is_ok();
        let entry = match &before {
            // what holds for longer stays as it is: its reason and its author belong to its end
            Some(present) if !may_shorten && wanted.ends_before(&present.stop) => present.clone(),
            _ => StopEntry { id: self.id, stop: wanted, set_by: self.caller.actor(), set_at: at },
        };
        let kept = stops::set(conn, &entry).await?;
        let before = before.as_ref().map(encode::stop);
        Changed::put("stop", kept.id.as_uuid(), before.as_ref(), encode::stop(&kept))
    }
}

impl Change for LiftStop {
    type Answer = wire::DeleteItemResponse;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let entry = stops::find(conn, self.id).await?.ok_or(MenuError::NotFound("stop entry"))?;
        match self.caller.require(Action::LiftStop, entry.stop.branch) {
            // another branch's entries do not exist for the caller
            Err(Denied::NotGranted(permissions::Denied::Branch)) => {
                return Err(MenuError::NotFound("stop entry"));
            }
            other => other?,
        }
        stops::lift(conn, self.id).await?;
        Changed::gone("stop", self.id.as_uuid(), "lift", &encode::stop(&entry))
    }
}

fn end_of_business_date(record: &BranchRecord, at: DateTime<Utc>) -> Result<DateTime<Utc>, MenuError> {
    let BranchRecord { branch, cut_off, .. } = record;
    let unreadable = |fault| StoreError::corrupt("branch_terms", branch.id, fault);
    let zone = parse_zone(&branch.time_zone).map_err(unreadable)?;
    Ok(start_of(business_date(at, zone, *cut_off).next(), zone, *cut_off))
}
