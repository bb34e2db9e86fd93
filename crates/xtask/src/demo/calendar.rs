//! Branches with their opening hours, at slot-scheduler.

use anyhow::Context as _;
use contracts::slots::v1::slot_service_client::SlotServiceClient;
use contracts::slots::v1::{Branch, ListBranchesRequest, PutBranchRequest};
use tonic::transport::Channel;

use super::office::{Office, PAGE};
use crate::settings::Settings;

/// The branches of slot-scheduler.
pub struct Calendars<'a> {
    office: &'a Office,
    client: SlotServiceClient<Channel>,
}

impl<'a> Calendars<'a> {
    /// Connects.
    pub async fn new(office: &'a Office, settings: &Settings) -> anyhow::Result<Self> {
        let client = SlotServiceClient::new(Office::connect(settings, "SLOT_SCHEDULER_URL").await?);
        Ok(Self { office, client })
    }

    /// Puts the branches that are not as they should be; answers how many.
    pub async fn put(&mut self, wanted: Vec<Branch>) -> anyhow::Result<usize> {
        let present = self.present().await.context("listing the branches")?;
        let mut changes = 0;
        for branch in wanted {
            if present.contains(&branch) {
                continue;
            }
            let name = branch.name.clone();
            let request = PutBranchRequest { branch_id: branch.branch_id.clone(), branch: Some(branch) };
            self.client.put_branch(self.office.request(request)).await.with_context(|| name)?;
            changes += 1;
        }
        Ok(changes)
    }

    async fn present(&mut self) -> anyhow::Result<Vec<Branch>> {
        let mut branches = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = self.office.request(ListBranchesRequest { page_size: PAGE, page_token });
            let page = self.client.list_branches(request).await?.into_inner();
            branches.extend(page.branches.into_iter().map(|branch| Branch { version: 0, ..branch }));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(branches);
            }
        }
    }
}
