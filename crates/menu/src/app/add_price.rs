//! Prices: rows are added, never edited.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::menu::v1 as wire;
use domain::ids::BranchId;
use domain::menu::{Price, PriceSubject};
use domain::{Faults, Money};
use store::Connection;

use super::change::{Change, Changed};
use super::{MenuError, presence, wire as encode};
use crate::storage::{prices, terms};
use crate::subject::{Columns as _, stoppable};

/// How long ago a price may have begun: a request takes its time.
const GRACE: TimeDelta = TimeDelta::seconds(60);

/// Adds a price that is valid from a time on.
pub struct AddPrice {
    /// Of what.
    pub subject: PriceSubject,
    /// Where; absent: in the whole chain.
    pub branch: Option<BranchId>,
    /// How much.
    pub amount: Money,
    /// From when on; absent: from now on.
    pub valid_from: Option<DateTime<Utc>>,
}

impl Change for AddPrice {
    type Answer = wire::Price;

    async fn apply(
        self,
        conn: &mut Connection,
        at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let Self { subject, branch, amount, valid_from } = self;
        let valid_from = valid_from.unwrap_or(at);
        let mut faults = Faults::new();
        if valid_from < at - GRACE {
            faults.invalid("valid_from", "VALID_FROM_PAST", "is more than 60 s ago");
        }
        presence::check(conn, &mut faults, stoppable(subject)).await?;
        if let Some(branch) = branch
            && terms::find(conn, branch).await?.is_none()
        {
            faults.invalid("branch_id", "BRANCH_UNKNOWN", "is no branch");
        }
        faults.into_result()?;

        let price = Price { subject, branch, amount, valid_from };
        prices::add(conn, &price).await?;
        let (_, id) = subject.columns();
        Changed::put("price", id, None, encode::price(&price))
    }
}
