//! Ports nobody listens on.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range that the system gives to outgoing connections: a service that is killed finds its port again.
const FIRST: u16 = 20_000;
const COUNT: u16 = 5_000;

/// A port that nobody uses and that nobody in this process is given again.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // processes that run beside each other begin at places of their own
    let begin = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    let ports = std::iter::repeat_with(|| {
        let given = GIVEN.fetch_add(1, Ordering::Relaxed) % COUNT;
        FIRST + (begin + given) % COUNT
    });
    let mut free =
        ports.take(usize::from(COUNT)).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.next().expect("a port is free")
}
