//! Commercial terms of branches: create, replace.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::calendar::CutOff;
use domain::menu::MenuBranch;
use domain::{ErrorKind, Refused};
use store::Connection;

use super::change::{Change, Changed, next_version};
use super::{MenuError, wire as encode};
use crate::storage::terms::{self, BranchRecord};

/// Creates the terms of a branch, or replaces them; a new default branch takes the place of the former.
pub struct PutTerms {
    /// The branch as it is to be.
    pub branch: MenuBranch,
    /// When its business date changes.
    pub cut_off: CutOff,
}

impl Change for PutTerms {
    type Answer = wire::BranchTerms;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let Self { branch, cut_off } = self;
        let before = terms::find(conn, branch.id).await?;
        let version = next_version(before.as_ref().map(|record| record.version), None)?;
        if terms::code_is_taken(conn, &branch.code, branch.id).await? {
            let why = "is another branch's code";
            return Err(Refused::one(ErrorKind::AlreadyExists, "terms.code", "CODE_TAKEN", why).into());
        }

        let record = BranchRecord { branch, cut_off, version };
        terms::put(conn, &record).await?;
        let before = before.map(|record| encode::terms(&record, record.version));
        let id = record.branch.id.as_uuid();
        Changed::put("branch_terms", id, before.as_ref(), encode::terms(&record, version))
    }
}
