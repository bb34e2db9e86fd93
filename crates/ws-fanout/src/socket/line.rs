//! The TCP connection under a socket.
//!
//! A server that only stops writing to a client that no longer reads would keep the connection, and all that was
//! queued on it, for as long as the client likes. So the connection can be cut from here.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::Arc;

use actix_web::dev::Extensions;

/// A handle on a connection that is cut, not closed, when its client does not go by itself.
#[derive(Clone, Debug)]
pub struct Line(Arc<TcpStream>);

// an error says that the connection has ended already
impl Line {
    /// Keeps a handle on every new connection, where request handlers find it.
    pub fn keep(connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<tokio::net::TcpStream>() else { return };
        match stream.as_fd().try_clone_to_owned() {
            Ok(handle) => {
                data.insert(Self(Arc::new(TcpStream::from(handle))));
            }
            Err(error) => tracing::warn!(%error, "no handle on a new connection: {error}"),
        }
    }

    /// Ends the server's half: the client reads to the end of it, and then ends its own.
    pub fn end(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    /// Ends the connection at once; what the client has not taken is lost.
    pub fn cut(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
