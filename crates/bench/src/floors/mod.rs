//! Floor programs: what the machine, the libraries and the stores can do without any business code.

pub mod child; // a floor as a process
pub mod f0; // an answer at once
pub mod f1; // one lean script
pub mod f1h; // the script behind a second server
pub mod f2; // the log
pub mod f3; // orders into PostgreSQL
pub mod f4; // tablets over actix
pub mod f4x; // tablets over raw TCP
pub mod f5; // the log by itself
pub mod f6; // from the order to the tablet
pub mod f7; // a page that never changes
pub mod f8; // a C client of Redis
mod handshake; // how a connection becomes a socket
mod kafka; // clients of the log
mod order_door; // the gateway's door
pub mod order_rows; // accepted orders
pub mod overheard; // what ours sends to Redis
pub mod pg_tables; // order-consumer's tables
mod rail; // tablets of F6
pub mod seats; // what both floors of tablets share
mod slot_door; // slot-scheduler's door

use anyhow::bail;

/// Runs the floor program of this name until it is killed, or for as long as its arguments say.
pub async fn run(name: &str, arguments: &[String]) -> anyhow::Result<()> {
    match name {
        "f0" => f0::run().await,
        "f1" => f1::run(arguments).await,
        "slots" => slot_door::run(arguments).await,
        "f1h" => f1h::run(arguments).await,
        "f2" | "f2ff" => f2::run(name, arguments).await,
        "f3" | "f3u" | "f3s" | "f3a" => f3::run(name, arguments).await,
        "f4" => f4::serve(arguments).await,
        "f4x" => f4x::serve(arguments).await,
        "f5p" | "f5c" => f5::run(name, arguments).await,
        "f6" => f6::run(arguments).await,
        "f7" => f7::serve(arguments).await,
        _ => bail!("no floor is called {name}"),
    }
}
