use std::future::poll_fn;
use std::time::Duration;

use super::*;

const ROOMY: QueueLimits = QueueLimits { frames: 100, bytes: 1000 };

/// A frame of so many bytes.
fn frame(size: usize) -> Framed {
    Framed::json(&"x".repeat(size - 4)).unwrap()
}

fn push(outbox: &Outbox, size: usize) -> bool {
    outbox.push(&frame(size), &mut Sleepers::default())
}

async fn taken(outlet: &mut Outlet) -> Option<usize> {
    poll_fn(|context| outlet.poll_next(context)).await.map(|frame| frame.len())
}

fn is_idle(outlet: &mut Outlet) -> bool {
    outlet.poll_next(&Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn too_many_frames_end_the_socket() {
    let (outbox, voice, _outlet) = queue(QueueLimits { frames: 2, bytes: 1000 }, Bell::default());

    assert!(push(&outbox, 10) && push(&outbox, 10));
    assert!(!push(&outbox, 10));

    assert_eq!(voice.ended().await, Close::TooSlow);
}

#[tokio::test]
async fn too_many_bytes_end_the_socket_and_taken_ones_count_no_longer() {
    let (outbox, voice, mut outlet) = queue(QueueLimits { frames: 100, bytes: 10 }, Bell::default());

    assert!(push(&outbox, 8));
    taken(&mut outlet).await;
    assert!(push(&outbox, 8));
    assert!(!push(&outbox, 8));

    assert_eq!(voice.ended().await, Close::TooSlow);
}

#[tokio::test]
async fn a_frame_larger_than_the_limit_passes_an_empty_queue() {
    let (outbox, _voice, mut outlet) = queue(QueueLimits { frames: 100, bytes: 10 }, Bell::default());

    assert!(push(&outbox, 50));

    assert_eq!(taken(&mut outlet).await, Some(50));
}

#[tokio::test]
async fn the_first_reason_to_close_stays() {
    let (outbox, voice, _outlet) = queue(ROOMY, Bell::default());

    outbox.end(Close::Replaced);
    outbox.end(Close::TooSlow);

    assert_eq!(voice.ended().await, Close::Replaced);
}

#[tokio::test]
async fn a_stream_begins_with_what_the_loop_writes_and_goes_on_with_what_the_hub_has_queued_meanwhile() {
    let (outbox, voice, mut outlet) = queue(ROOMY, Bell::default());
    push(&outbox, 10);

    voice.hold();
    push(&outbox, 20);
    voice.write(&frame(30)).await.unwrap();
    assert_eq!(taken(&mut outlet).await, Some(30));
    assert!(is_idle(&mut outlet));
    voice.write(&frame(40)).await.unwrap();
    voice.release();

    assert_eq!(taken(&mut outlet).await, Some(40));
    assert_eq!(taken(&mut outlet).await, Some(20));
    assert!(is_idle(&mut outlet));
}

#[tokio::test]
async fn the_loop_waits_for_room_and_learns_that_nobody_will_make_any() {
    let (_outbox, voice, mut outlet) = queue(ROOMY, Bell::default());
    for _ in 0..OWN_WAITING {
        voice.write(&frame(10)).await.unwrap();
    }
    let soon = Duration::from_millis(20);
    let (last, another) = (frame(11), frame(12));
    assert!(tokio::time::timeout(soon, voice.write(&last)).await.is_err());

    taken(&mut outlet).await;
    voice.write(&last).await.unwrap();
    drop(outlet);

    assert_eq!(voice.write(&another).await, Err(Gone));
}

#[tokio::test]
async fn the_last_frame_follows_those_of_the_loop_and_no_others() {
    let (outbox, voice, mut outlet) = queue(ROOMY, Bell::default());
    push(&outbox, 10);
    voice.write(&frame(20)).await.unwrap();

    assert!(voice.finish(&frame(30)));
    assert!(!push(&outbox, 40));

    assert_eq!(taken(&mut outlet).await, Some(20));
    assert!(tokio::time::timeout(Duration::from_millis(20), voice.taken()).await.is_err());
    assert_eq!(taken(&mut outlet).await, Some(30));
    voice.taken().await;
    assert!(is_idle(&mut outlet), "the client's own close is still to come");
    drop(voice);
    assert_eq!(taken(&mut outlet).await, None);
}

#[tokio::test]
async fn a_connection_that_is_gone_ends_the_socket() {
    let (_outbox, voice, outlet) = queue(ROOMY, Bell::default());
    voice.write(&frame(10)).await.unwrap();

    drop(outlet);

    assert_eq!(voice.ended().await, Close::Client);
    voice.taken().await;
}

#[tokio::test]
async fn only_a_connection_that_could_move_and_does_not_is_stuck() {
    let (outbox, voice, mut outlet) = queue(ROOMY, Bell::default());
    let idle = voice.progress();
    assert!(!voice.progress().is_stuck_since(idle));

    push(&outbox, 10);
    let waiting = voice.progress();
    assert!(!waiting.is_stuck_since(idle));
    assert!(voice.progress().is_stuck_since(waiting));

    push(&outbox, 10);
    taken(&mut outlet).await;
    assert!(!voice.progress().is_stuck_since(waiting));
}

#[tokio::test]
async fn a_reader_that_sleeps_is_woken_by_its_bell() {
    let (bell, mut sleepers) = (Bell::default(), Sleepers::default());
    let (outbox, _voice, mut outlet) = queue(ROOMY, bell.clone());
    tokio::spawn(bell.answer());
    let reader = tokio::spawn(async move { taken(&mut outlet).await });
    tokio::task::yield_now().await;

    assert!(outbox.push(&frame(10), &mut sleepers));
    sleepers.wake();

    assert_eq!(reader.await.unwrap(), Some(10));
}
