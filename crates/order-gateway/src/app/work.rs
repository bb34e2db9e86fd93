//! Work that is finished whatever its caller does: a client that hangs up cannot leave it half done.

use std::future::Future;

use chassis::trace;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

/// Runs on the service's own runtime, not on that of a connection.
#[derive(Clone)]
pub(super) struct Work {
    runtime: Handle,
    tasks: TaskTracker,
}

impl Work {
    /// Work on the runtime that this is called in.
    pub(super) fn here() -> Self {
        Self { runtime: Handle::current(), tasks: TaskTracker::new() }
    }

    /// Finishes `work` in the caller's trace and time, then frees its place; `None` if it panicked.
    pub(super) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        place: OwnedSemaphorePermit,
    ) -> Option<T> {
        let (trace, deadline) = (trace::current_or_fresh(), edge::deadline::current());
        let work = async move {
            let _place = place;
            match deadline {
                Some(deadline) => edge::deadline::scope(deadline, work).await,
                None => work.await,
            }
        };
        let task = self.tasks.spawn_on(trace::scope(trace, work).in_current_span(), &self.runtime);
        task.await.ok()
    }

    /// Waits until nothing is in work any more.
    pub(super) async fn wait(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}
