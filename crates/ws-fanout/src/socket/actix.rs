//! The loop's wire over actix-ws.

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use bytestring::ByteString;
use futures_util::{Stream, StreamExt as _};

use super::{Gone, Incoming, Wire};
use crate::app::close::Close;

impl Wire for Session {
    async fn text(&mut self, text: ByteString) -> Result<(), Gone> {
        Self::text(self, text).await.map_err(|_| Gone)
    }

    async fn pong(&mut self, echo: &[u8]) -> Result<(), Gone> {
        Self::pong(self, echo).await.map_err(|_| Gone)
    }
}

/// Messages as the loop knows them.
pub fn incoming(messages: AggregatedMessageStream) -> impl Stream<Item = Incoming> + Unpin {
    messages.filter_map(|message| {
        std::future::ready(match message {
            Ok(AggregatedMessage::Text(text)) => Some(Incoming::Text(text)),
            Ok(AggregatedMessage::Binary(_)) => Some(Incoming::Binary),
            Ok(AggregatedMessage::Ping(echo)) => Some(Incoming::Ping(echo)),
            Ok(AggregatedMessage::Pong(_)) => None,
            Ok(AggregatedMessage::Close(_)) => Some(Incoming::Close),
            Err(ProtocolError::Overflow) => Some(Incoming::Overflow),
            // after any other violation of the protocol nothing can be read
            Err(_) => Some(Incoming::Close),
        })
    })
}

/// The close frame's content; a client that closed first gets its own close answered.
pub fn reason(close: Close) -> Option<CloseReason> {
    (close != Close::Client).then(|| CloseReason {
        code: CloseCode::from(close.code()),
        description: Some(close.reason().to_owned()),
    })
}
