//! A message as it goes over the wire. Frames of a server are not masked, so one is made for all its readers, and
//! they share its bytes.

use bytes::Bytes;
use serde::Serialize;

use super::close::Close;

/// The longest header of a frame that is not masked.
const LONGEST_HEADER: usize = 10;
const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8A;
/// The longest payload of a control frame.
const LONGEST_CONTROL: usize = 125;

/// A whole frame of RFC 6455, header and all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    wire: Bytes,
    header: usize,
}

impl Framed {
    /// In place of a frame that could not be made: no bytes at all.
    pub const NOTHING: Self = Self { wire: Bytes::new(), header: 0 };

    /// A text frame with this as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        // the header's length is known last: it is written right before the text
        let mut buffer = vec![0; LONGEST_HEADER];
        serde_json::to_writer(&mut buffer, value)?;
        let (header, length) = header(TEXT, buffer.len() - LONGEST_HEADER);
        let start = LONGEST_HEADER - length;
        buffer.iter_mut().skip(start).zip(header).take(length).for_each(|(byte, known)| *byte = known);
        // it may wait for many clients: without the room that was left for more
        let wire = Bytes::from(buffer.into_boxed_slice()).slice(start..);
        Ok(Self { wire, header: length })
    }

    /// The frame that ends the stream of frames; a client that closed first gets its own close answered.
    pub fn close(close: Close) -> Self {
        if close == Close::Client {
            return Self::control(CLOSE, &[]);
        }
        let code = close.code().to_be_bytes();
        Self::control(CLOSE, &[code.as_slice(), close.reason().as_bytes()].concat())
    }

    /// The answer to a ping of the WebSocket protocol.
    pub fn pong(echo: &[u8]) -> Self {
        Self::control(PONG, echo)
    }

    /// What is written, shared.
    pub fn wire(&self) -> Bytes {
        self.wire.clone()
    }

    /// The payload as a text; empty for a control frame that holds none.
    pub fn text(&self) -> &str {
        let payload = self.wire.get(self.header..).unwrap_or_default();
        std::str::from_utf8(payload).unwrap_or_default()
    }

    fn control(opcode: u8, payload: &[u8]) -> Self {
        let payload = payload.get(..LONGEST_CONTROL).unwrap_or(payload);
        let (header, length) = header(opcode, payload.len());
        let wire = header.into_iter().take(length).chain(payload.iter().copied()).collect();
        Self { wire, header: length }
    }
}

/// The header of a frame with so long a payload, and how long the header is.
fn header(first: u8, payload: usize) -> ([u8; LONGEST_HEADER], usize) {
    let mut header = [0; LONGEST_HEADER];
    let (marker, length) = match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(short), _) if usize::from(short) <= LONGEST_CONTROL => (short, Vec::new()),
        (_, Ok(medium)) => (126, medium.to_be_bytes().to_vec()),
        _ => (127, (payload as u64).to_be_bytes().to_vec()),
    };
    let bytes = [first, marker].into_iter().chain(length.iter().copied());
    header.iter_mut().zip(bytes).for_each(|(byte, known)| *byte = known);
    (header, 2 + length.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text whose JSON has this length.
    fn framed(length: usize) -> Framed {
        Framed::json(&"x".repeat(length - 2)).unwrap()
    }

    #[test]
    fn the_header_tells_the_length_in_the_shortest_way() {
        let header = |length: usize| framed(length).wire()[..framed(length).header].to_vec();

        assert_eq!(header(125), [0x81, 125]);
        assert_eq!(header(126), [0x81, 126, 0, 126]);
        assert_eq!(header(65_535), [0x81, 126, 0xFF, 0xFF]);
        assert_eq!(header(65_536), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn the_text_follows_the_header() {
        for length in [2, 125, 126, 65_535, 65_536] {
            let framed = framed(length);
            assert_eq!(framed.text().len(), length);
            assert_eq!(framed.wire().len(), framed.header + length);
            assert!(framed.text().starts_with('"') && framed.text().ends_with('"'));
        }
    }

    #[test]
    fn control_frames_hold_125_bytes_at_most() {
        assert_eq!(
            Framed::close(Close::TooSlow).wire(),
            [b"\x88\x0A\x11\x38".as_slice(), b"TOO_SLOW"].concat()
        );
        assert_eq!(Framed::close(Close::Client).wire(), b"\x88\0".as_slice());
        assert_eq!(Framed::pong(b"hi").wire(), b"\x8A\x02hi".as_slice());
        assert_eq!(Framed::pong(&[1; 200]).wire().len(), 2 + 125);
    }
}
