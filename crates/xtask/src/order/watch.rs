//! Prints every frame of a socket as it comes.

use domain::ids::BranchId;

use super::socket::Socket;
use crate::{arguments::Arguments, settings::Settings, token};

/// Watches until the server closes or the person has seen enough.
pub async fn run(settings: &Settings, words: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let arguments = Arguments::parse(words, &["office"], &["branch"])?;
    let (path, role) = if arguments.has("office") { (OFFICE, "manager") } else { (TABLET, "cook") };
    let mut socket = open(settings, path, role, &arguments.branches()?).await?;
    eprintln!("watching {path}; Ctrl-C ends it");
    while let Some(frame) = socket.next().await {
        println!("{}", frame.body);
    }
    eprintln!("the server closed the socket");
    Ok(())
}

/// Path of the tablets' socket.
pub const TABLET: &str = "/api/v1/ws";
/// Path of the office's socket.
pub const OFFICE: &str = "/api/v1/erp/ws";

/// A socket of somebody with this role in these branches (none: the whole chain).
pub async fn open(
    settings: &Settings,
    path: &str,
    role: &str,
    branches: &[BranchId],
) -> anyhow::Result<Socket> {
    let token = token::mint(settings, None, vec![token::grant(role, branches)?], 1)?;
    Socket::open(&format!("{}{path}", settings.need("WS_FANOUT_URL")?), &token).await
}
