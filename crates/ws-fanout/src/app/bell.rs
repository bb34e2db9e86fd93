//! Waking many connections at once. Each lives in one thread, and waking it from another costs a switch between the
//! two; so a thread is told once, and wakes its own connections itself.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use tokio::sync::Notify;

/// The bell of one thread; somebody has to answer it there.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<Room>);

#[derive(Debug, Default)]
struct Room {
    sleepers: Mutex<Vec<Waker>>,
    rung: Notify,
}

/// Connections that have something to do, by their bells.
#[derive(Debug, Default)]
pub struct Sleepers(Vec<(Bell, Vec<Waker>)>);

impl Bell {
    /// Wakes whoever the bell is rung for, for as long as the thread lives.
    pub async fn answer(self) {
        loop {
            self.0.rung.notified().await;
            let sleepers =
                std::mem::take(&mut *self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner));
            sleepers.into_iter().for_each(Waker::wake);
        }
    }

    fn ring_for(&self, sleepers: &mut Vec<Waker>) {
        self.0.sleepers.lock().unwrap_or_else(PoisonError::into_inner).append(sleepers);
        self.0.rung.notify_one();
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Sleepers {
    /// One more.
    pub fn add(&mut self, bell: &Bell, sleeper: Waker) {
        match self.0.iter_mut().find(|(known, _)| known.is(bell)) {
            Some((_, sleepers)) => sleepers.push(sleeper),
            None => self.0.push((bell.clone(), vec![sleeper])),
        }
    }

    /// Wakes them all.
    pub fn wake(mut self) {
        for (bell, sleepers) in &mut self.0 {
            bell.ring_for(sleepers);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;
    use std::time::Duration;

    use testkit::eventually;

    use super::*;

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[tokio::test]
    async fn every_sleeper_is_woken_by_the_bell_of_its_own_thread() {
        let (answered, unanswered) = (Bell::default(), Bell::default());
        let answering = tokio::spawn(answered.clone().answer());
        let (mine, others) = (Arc::new(Count::default()), Arc::new(Count::default()));

        for _ in 0..2 {
            let mut sleepers = Sleepers::default();
            for _ in 0..3 {
                sleepers.add(&answered, Arc::clone(&mine).into());
                sleepers.add(&unanswered, Arc::clone(&others).into());
            }
            sleepers.wake();
        }

        eventually("all are awake", Duration::from_secs(5), async || mine.0.load(Ordering::Relaxed) == 6)
            .await;
        assert_eq!(others.0.load(Ordering::Relaxed), 0);
        answering.abort();
    }
}
