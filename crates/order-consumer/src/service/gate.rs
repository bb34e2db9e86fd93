//! A door that parts wait at until something is known.

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Waits for the other half to say `true`.
#[derive(Clone)]
pub struct Gate(watch::Receiver<bool>);

/// A closed door, and who opens it.
pub fn closed() -> (watch::Sender<bool>, Gate) {
    let (opener, gate) = watch::channel(false);
    (opener, Gate(gate))
}

impl Gate {
    /// Waits until the door is open; `false` when the process ends first.
    pub async fn passed(&self, stop: &CancellationToken) -> bool {
        let mut gate = self.0.clone();
        tokio::select! {
            () = stop.cancelled() => false,
            opened = gate.wait_for(|open| *open) => opened.is_ok(),
        }
    }
}
