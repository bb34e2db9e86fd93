//! What a server says to a tablet, as far as counting needs it: frames of RFC 6455 without a mask, and which of them
//! tell of an order.

/// Bytes of a text that say what it is: `{"type":"order:`.
const BEGINNING: usize = 16;
/// The longest header of a frame that a server sends.
const LONGEST_HEADER: usize = 10;

/// Counts the frames of one socket, however they are cut into pieces.
#[derive(Debug)]
pub struct Frames {
    head: [u8; LONGEST_HEADER + BEGINNING],
    have: usize,
    /// The frame whose beginning is known, and how much of it is still to come.
    open: Option<(Kind, u64)>,
    seen: Seen,
}

/// What has been counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Frames about orders.
    pub orders: u64,
    /// Bytes of those frames, headers included.
    pub order_bytes: u64,
    /// Snapshots: the stream has begun.
    pub snapshots: u64,
}

/// The server does not speak as it must, or says good-bye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// A close frame with its code.
    #[error("the server closes with {0}")]
    Closed(u16),
    /// No frame of a server.
    #[error("the server sends what is no frame of a server")]
    Broken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Order(u64),
    Snapshot,
    Other,
}

impl Default for Frames {
    fn default() -> Self {
        Self { head: [0; LONGEST_HEADER + BEGINNING], have: 0, open: None, seen: Seen::default() }
    }
}

impl Frames {
    /// What has been counted so far.
    pub const fn seen(&self) -> Seen {
        self.seen
    }

    /// Takes the next bytes of the socket.
    pub fn read(&mut self, mut bytes: &[u8]) -> Result<(), Ended> {
        while !bytes.is_empty() || self.open.is_some_and(|(_, left)| left == 0) {
            if let Some((kind, left)) = self.open {
                let taken = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
                bytes = &bytes[taken..];
                let left = left - taken as u64;
                self.open = (left > 0).then_some((kind, left));
                if left == 0 {
                    self.count(kind);
                }
                continue;
            }
            let wanted = self.wanted().saturating_sub(self.have).min(bytes.len());
            self.head[self.have..self.have + wanted].copy_from_slice(&bytes[..wanted]);
            self.have += wanted;
            bytes = &bytes[wanted..];
            if self.have >= 2 && self.have == self.wanted() {
                self.open = Some(self.begin()?);
                self.have = 0;
            }
        }
        Ok(())
    }

    /// Bytes of header and beginning; grows as more of the header is known.
    fn wanted(&self) -> usize {
        match self.lengths() {
            None => LONGEST_HEADER.min(self.header_at_least()),
            Some((header, payload)) => header + BEGINNING.min(usize::try_from(payload).unwrap_or(usize::MAX)),
        }
    }

    fn header_at_least(&self) -> usize {
        if self.have < 2 {
            return 2;
        }
        match self.head[1] & 0x7F {
            126 => 4,
            127 => 10,
            _ => 2,
        }
    }

    /// Lengths of header and payload, when the whole header is there.
    fn lengths(&self) -> Option<(usize, u64)> {
        let header = self.header_at_least();
        if self.have < header {
            return None;
        }
        let payload = match header {
            4 => u64::from(u16::from_be_bytes([self.head[2], self.head[3]])),
            10 => self.head[2..10].iter().fold(0, |length, byte| (length << 8) | u64::from(*byte)),
            _ => u64::from(self.head[1] & 0x7F),
        };
        Some((header, payload))
    }

    fn begin(&self) -> Result<(Kind, u64), Ended> {
        let (header, payload) = self.lengths().ok_or(Ended::Broken)?;
        let beginning = &self.head[header..self.have];
        let is_whole_and_plain = self.head[0] & 0xF0 == 0x80 && self.head[1] & 0x80 == 0;
        let left = payload - beginning.len() as u64;
        match self.head[0] & 0x0F {
            _ if !is_whole_and_plain => Err(Ended::Broken),
            0x1 if beginning.starts_with(br#"{"type":"order:"#) => {
                Ok((Kind::Order(payload + header as u64), left))
            }
            0x1 if beginning.starts_with(br#"{"type":"snapsh"#) => Ok((Kind::Snapshot, left)),
            0x1 | 0x9 | 0xA => Ok((Kind::Other, left)),
            0x8 if beginning.len() >= 2 => {
                Err(Ended::Closed(u16::from_be_bytes([beginning[0], beginning[1]])))
            }
            _ => Err(Ended::Broken),
        }
    }

    const fn count(&mut self, kind: Kind) {
        match kind {
            Kind::Order(bytes) => {
                self.seen.orders += 1;
                self.seen.order_bytes += bytes;
            }
            Kind::Snapshot => self.seen.snapshots += 1,
            Kind::Other => {}
        }
    }
}

/// A text as a server frames it.
pub fn framed(text: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + LONGEST_HEADER);
    frame.push(0x81);
    match (u8::try_from(text.len()), u16::try_from(text.len())) {
        (Ok(length), _) if length < 126 => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend(length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((text.len() as u64).to_be_bytes());
        }
    }
    frame.extend(text);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(size: usize) -> Vec<u8> {
        let mut text = br#"{"type":"order:created","seq":"0:1","pad":""#.to_vec();
        text.resize(size, b'x');
        framed(&text)
    }

    fn stream() -> Vec<u8> {
        let others = [r#"{"type":"hello"}"#, r#"{"type":"snapshot","data":{}}"#, "", r#"{"type":"ping"}"#];
        let mut stream: Vec<u8> = others.iter().flat_map(|text| framed(text.as_bytes())).collect();
        for size in [60, 125, 126, 1000, 65_535, 65_536, 70_000] {
            stream.extend(order(size));
        }
        stream
    }

    #[test]
    fn frames_are_counted_however_the_bytes_are_cut() {
        let stream = stream();
        for piece in [1, 2, 3, 7, 64, 1000, 65_536, stream.len()] {
            let mut frames = Frames::default();

            for bytes in stream.chunks(piece) {
                frames.read(bytes).unwrap();
            }

            let order_bytes = [62, 127, 130, 1004, 65_539, 65_546, 70_010].iter().sum();
            assert_eq!(frames.seen(), Seen { orders: 7, order_bytes, snapshots: 1 }, "pieces of {piece}");
        }
    }

    #[test]
    fn a_frame_counts_when_its_last_byte_is_there() {
        let (frame, mut frames) = (order(1000), Frames::default());

        frames.read(&frame[..frame.len() - 1]).unwrap();
        assert_eq!(frames.seen().orders, 0);

        frames.read(&frame[frame.len() - 1..]).unwrap();
        assert_eq!(frames.seen().orders, 1);
    }

    #[test]
    fn a_close_and_a_masked_frame_end_the_stream() {
        let closed = Frames::default().read(&[0x88, 2, 0x11, 0x38]);
        let masked = Frames::default().read(&[0x81, 0x82, 0, 0, 0, 0, b'x', b'x']);

        assert_eq!(closed, Err(Ended::Closed(4408)));
        assert_eq!(masked, Err(Ended::Broken));
    }
}
