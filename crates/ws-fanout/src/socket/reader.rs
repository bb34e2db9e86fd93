//! Frames of a client, read from bytes as they come and put together to messages: the reading half of RFC 6455.
//!
//! A client costs the longest text that is a frame, and no more: a length is judged by the header that claims it,
//! and what is too long to be heard is passed over, not kept.

#[cfg(test)]
mod tests;

use bytes::{Buf as _, Bytes};

use super::{Incoming, LONGEST_FRAME};
use crate::app::close::Close;

/// A text above its limit is still passed over, to be refused; beyond this nothing is.
const LONGEST_READ: u64 = 4 * LONGEST_FRAME as u64;
/// The longest payload of a control frame.
const LONGEST_CONTROL: u64 = 125;

/// What has been read of a client and is no message yet.
#[derive(Debug, Default)]
pub struct Reader {
    /// Of the frame that begins.
    head: Vec<u8>,
    /// The frame whose payload is being read.
    frame: Option<Frame>,
    /// The message whose frames are being read; control frames may come in between.
    message: Option<Message>,
    /// Of a control frame.
    control: Vec<u8>,
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    is_last: bool,
    left: u64,
    /// For the next byte first.
    mask: [u8; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

#[derive(Debug)]
struct Message {
    is_text: bool,
    length: u64,
    /// Nothing of what will be refused.
    kept: Vec<u8>,
}

impl Reader {
    /// The next message within `bytes`, which are taken as far as it goes; `None` when they were all taken. An error
    /// says how to close: nothing that follows can be read.
    pub fn read(&mut self, bytes: &mut Bytes) -> Result<Option<Incoming>, Close> {
        loop {
            let Some(frame) = &mut self.frame else {
                if !bytes.has_remaining() {
                    return Ok(None);
                }
                self.head.push(bytes.get_u8());
                self.begin()?;
                continue;
            };
            let within = usize::try_from(frame.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            let piece = bytes.split_to(within);
            frame.left -= within as u64;
            let is_whole = frame.left == 0;
            self.take(&piece);
            match self.frame.take_if(|_| is_whole) {
                Some(frame) => {
                    if let Some(message) = self.end(&frame)? {
                        return Ok(Some(message));
                    }
                }
                None => return Ok(None),
            }
        }
    }

    /// Begins a frame, once all of its header is there.
    fn begin(&mut self) -> Result<(), Close> {
        let Some(frame) = Frame::begin(&self.head)? else { return Ok(()) };
        self.head.clear();
        if !frame.kind.is_control() {
            let begins = frame.kind != Kind::Continuation;
            if begins == self.message.is_some() {
                return Err(Close::Violation);
            }
            let is_text = frame.kind == Kind::Text;
            let message =
                self.message.get_or_insert_with(|| Message { is_text, length: 0, kept: Vec::new() });
            message.length = message.length.saturating_add(frame.left);
            if message.length > LONGEST_READ {
                return Err(Close::TooLarge);
            }
            if message.will_be_refused() {
                message.kept = Vec::new();
            }
        }
        self.frame = Some(frame);
        Ok(())
    }

    /// Keeps a piece of the payload.
    fn take(&mut self, piece: &[u8]) {
        let Some(frame) = &mut self.frame else { return };
        let into = match &mut self.message {
            _ if frame.kind.is_control() => &mut self.control,
            Some(message) if !message.will_be_refused() => &mut message.kept,
            _ => return,
        };
        into.extend(piece.iter().zip(frame.mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        frame.mask.rotate_left(piece.len() % 4);
    }

    /// A frame has been read to its end: the message that it ends, unless that is nothing to answer.
    fn end(&mut self, frame: &Frame) -> Result<Option<Incoming>, Close> {
        if frame.kind.is_control() {
            let payload = std::mem::take(&mut self.control);
            return match frame.kind {
                Kind::Ping => Ok(Some(Incoming::Ping(payload.into()))),
                Kind::Pong => Ok(None),
                // a code has two bytes
                _ if payload.len() == 1 => Err(Close::Violation),
                _ => Ok(Some(Incoming::Close)),
            };
        }
        let Some(message) = self.message.take_if(|_| frame.is_last) else { return Ok(None) };
        if !message.is_text {
            return Ok(Some(Incoming::Binary));
        }
        if message.will_be_refused() {
            return Ok(Some(Incoming::TooLong));
        }
        let text = String::from_utf8(message.kept).map_err(|_| Close::NotUtf8)?;
        Ok(Some(Incoming::Text(text)))
    }
}

impl Message {
    const fn will_be_refused(&self) -> bool {
        !self.is_text || self.length > LONGEST_FRAME as u64
    }
}

impl Frame {
    /// The frame with this header; `None` while the header is not whole.
    fn begin(head: &[u8]) -> Result<Option<Self>, Close> {
        let [first, second, rest @ ..] = head else { return Ok(None) };
        let (is_last, reserved, is_masked) = (first & 0x80 != 0, first & 0x70, second & 0x80 != 0);
        let kind = Kind::of(first & 0x0F).filter(|_| reserved == 0 && is_masked).ok_or(Close::Violation)?;
        let (left, rest) = match second & 0x7F {
            126 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
                (u64::from_be_bytes(*length), rest)
            }
            short => (u64::from(short), rest),
        };
        if kind.is_control() && (left > LONGEST_CONTROL || !is_last) {
            return Err(Close::Violation);
        }
        let Some((mask, _)) = rest.split_first_chunk() else { return Ok(None) };
        Ok(Some(Self { kind, is_last, left, mask: *mask }))
    }
}

impl Kind {
    const fn of(opcode: u8) -> Option<Self> {
        Some(match opcode {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    const fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}
