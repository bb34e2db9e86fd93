//! menu, for the newest snapshot.

use std::time::Duration;

use contracts::menu::v1::menu_service_client::MenuServiceClient;
use contracts::menu::v1::{GetSnapshotRequest, MenuSnapshot};
use edge::client::{CallFailed, Neighbour};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::app::ports::Snapshots;

const SNAPSHOT: Duration = Duration::from_secs(5);
/// A chain's whole menu, with room to grow.
const LARGEST: usize = 32 * 1024 * 1024;

/// Asks menu.
pub struct MenuBook(pub Neighbour);

impl Snapshots for MenuBook {
    fn newer_than(&self, revision: u64) -> BoxFuture<'_, Result<Option<MenuSnapshot>, CallFailed>> {
        let request = GetSnapshotRequest { newer_than: i64::try_from(revision).unwrap_or(i64::MAX) };
        let request = self.0.request(request, SNAPSHOT);
        async move {
            let mut client = MenuServiceClient::new(self.0.channel()).max_decoding_message_size(LARGEST);
            let snapshot = client.get_snapshot(request).await?.into_inner();
            Ok((snapshot.revision > 0).then_some(snapshot))
        }
        .boxed()
    }
}
