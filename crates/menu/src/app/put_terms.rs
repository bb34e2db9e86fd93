//! Commercial terms of branches: create, replace.

use chrono::{DateTime, Utc};
use contracts::menu::v1 as wire;
use domain::calendar::CutOff;
use domain::menu::{DefaultLost, MenuBranch};
use domain::permissions::Action;
use domain::{ErrorKind, Faults};
use edge::Caller;
use edge::identity::Denied;
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
    /// Who wants it.
    pub caller: Caller,
}

impl Change for PutTerms {
    type Answer = wire::BranchTerms;

    async fn apply(
        self,
        conn: &mut Connection,
        _at: DateTime<Utc>,
    ) -> Result<Changed<Self::Answer>, MenuError> {
        let Self { branch, cut_off, caller } = self;
        let before = terms::find(conn, branch.id).await?;
        let present = before.as_ref().map(|record| &record.branch);
        permit(&caller, &branch, present)?;
        check(conn, &branch, present).await?;

        let former = match terms::default_branch(conn).await? {
            Some(former) if branch.is_default && former.branch.id != branch.id => Some(former),
            _ => None,
        };
        let lost = former.as_ref().map(BranchRecord::without_default);
        if let Some(lost) = &lost {
            terms::put(conn, lost).await?;
        }
        let version = next_version(before.as_ref().map(|record| record.version), None)?;
        let record = BranchRecord { branch, cut_off, version };
        terms::put(conn, &record).await?;

        let (id, before) = (record.branch.id.as_uuid(), before.as_ref().map(encoded));
        let changed = Changed::put("branch_terms", id, before.as_ref(), encoded(&record))?;
        match former.zip(lost) {
            Some((former, lost)) => {
                changed.and_put("branch_terms", lost.branch.id.as_uuid(), &encoded(&former), &encoded(&lost))
            }
            None => Ok(changed),
        }
    }
}

/// Terms are a branch's own, but to open a branch and to say which one is the default concerns the whole chain.
fn permit(caller: &Caller, branch: &MenuBranch, present: Option<&MenuBranch>) -> Result<(), Denied> {
    if present.is_none() {
        caller.require_chain(Action::CreateBranches)?;
    }
    if branch.is_default != present.is_some_and(|present| present.is_default) {
        caller.require_chain(Action::EditBranches)?;
    }
    Ok(())
}

async fn check(
    conn: &mut Connection,
    branch: &MenuBranch,
    present: Option<&MenuBranch>,
) -> Result<(), MenuError> {
    let mut faults = Faults::new();
    if terms::code_is_taken(conn, &branch.code, branch.id).await? {
        faults.add(ErrorKind::AlreadyExists, "terms.code", "CODE_TAKEN", "is another branch's code");
    }
    if let Err(lost) = branch.keeps_default(present) {
        let field = match lost {
            DefaultLost::NoDefault => "terms.is_default",
            DefaultLost::Inactive => "terms.active",
        };
        faults.add(ErrorKind::FailedPrecondition, field, "BRANCH_IS_DEFAULT", lost.to_string());
    }
    Ok(faults.into_result()?)
}

fn encoded(record: &BranchRecord) -> wire::BranchTerms {
    encode::terms(record, record.version)
}
