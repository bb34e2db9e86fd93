//! What a scenario is given: its size, its seed, and the world that the one before it left.

use std::path::PathBuf;
use std::time::Duration;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::runner::Order;
use crate::scenario::Size;
use crate::world::World;

/// Below this nothing is seen: as long as with every change.
const A_WHILE: Duration = Duration::from_secs(10);

/// Where one scenario plays.
#[derive(Debug)]
pub struct Stage {
    /// How much of everything.
    pub size: Size,
    /// What makes the plans.
    pub seed: u64,
    id: &'static str,
    out: PathBuf,
    began: Instant,
    until: Option<Instant>,
    kept: Mutex<Option<World>>,
}

impl Stage {
    /// A stage for one scenario of this order, with the world that is left from before.
    pub fn new(id: &'static str, order: &Order, until: Option<Instant>, kept: Option<World>) -> Self {
        let Order { size, seed, ref out, .. } = *order;
        Self { size, seed, id, out: out.clone(), began: Instant::now(), until, kept: Mutex::new(kept) }
    }

    /// The scenario's number.
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The scenario's own stream of choices: the same for the same seed, whatever ran before.
    pub fn choices(&self) -> ChaCha8Rng {
        choices(self.seed, self.id)
    }

    /// The choices of one part of the scenario, so that parts which run beside each other do not mix theirs.
    pub fn choices_of(&self, part: &str) -> ChaCha8Rng {
        choices(self.seed, &format!("{}/{part}", self.id))
    }

    /// A line of progress.
    pub fn say(&self, text: impl AsRef<str>) {
        println!("{:>4} {:>6.1} s  {}", self.id, self.began.elapsed().as_secs_f64(), text.as_ref());
    }

    /// Whether the time of the whole campaign is over: what has begun is judged, and nothing new begins.
    pub fn is_over(&self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// This long, or as long as there is time for, which is [`A_WHILE`] at least.
    pub fn at_most(&self, length: Duration) -> Duration {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        left.map_or(length, |left| length.min(left.max(A_WHILE)))
    }

    /// How long the scenario has run.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// The world that the scenario before has left, or a fresh one: a system over stores of its own (Kafka,
    /// PostgreSQL, Redis), two gateways with a slot-scheduler each, dashboards and tablets of two branches.
    pub async fn world(&self) -> anyhow::Result<World> {
        if let Some(world) = self.kept.lock().await.take() {
            return Ok(world);
        }
        self.fresh_world().await
    }

    /// A fresh world of that kind; the kept one ends.
    pub async fn fresh_world(&self) -> anyhow::Result<World> {
        drop(self.kept.lock().await.take());
        self.say("starting a system with stores of its own");
        let mut world = World::open(World::usual_settings(), self.size).await?;
        world.widen().await;
        self.say("the system is ready");
        Ok(world)
    }

    /// Leaves a sound world to the next scenario.
    pub async fn keep(&self, world: World) {
        *self.kept.lock().await = Some(world);
    }

    /// The world that was left.
    pub async fn take_kept(&self) -> Option<World> {
        self.kept.lock().await.take()
    }

    /// Copies the services' logs beside the report.
    pub fn save_logs(&self, world: &World) -> PathBuf {
        let folder = self.out.join(format!("{}-logs", self.id.to_lowercase()));
        let _ = std::fs::create_dir_all(&folder);
        for entry in std::fs::read_dir(world.system.folder()).into_iter().flatten().flatten() {
            if entry.path().extension().is_some_and(|kind| kind == "log") {
                let _ = std::fs::copy(entry.path(), folder.join(entry.file_name()));
            }
        }
        folder
    }
}

/// A stream of choices made by a seed and a name.
pub fn choices(seed: u64, name: &str) -> ChaCha8Rng {
    let mut bytes = [0_u8; 32];
    for (at, byte) in seed.to_le_bytes().into_iter().chain(name.bytes()).enumerate() {
        bytes[at % 32] = bytes[at % 32].rotate_left(3) ^ byte;
    }
    ChaCha8Rng::from_seed(bytes)
}

#[cfg(test)]
mod tests {
    use rand::Rng as _;

    use super::*;

    #[test]
    fn the_same_seed_and_name_make_the_same_choices_and_others_make_others() {
        let first = |seed, name| choices(seed, name).random::<u64>();

        assert_eq!(first(7, "T6"), first(7, "T6"));
        assert_ne!(first(7, "T6"), first(8, "T6"));
        assert_ne!(first(7, "T6"), first(7, "T7"));
    }
}
