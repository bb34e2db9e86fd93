use super::*;

const FIN: u8 = 0x80;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A frame as a client sends it.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [0x37, 0xFA, 0x21, 0x3D];
    let length = match payload.len() {
        short @ ..126 => vec![u8::try_from(short).unwrap() | 0x80],
        medium @ ..65_536 => [&[0xFE][..], &u16::try_from(medium).unwrap().to_be_bytes()].concat(),
        long => [&[0xFF][..], &(long as u64).to_be_bytes()].concat(),
    };
    let masked = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask);
    [&[first][..], &length, &mask].concat().into_iter().chain(masked).collect()
}

/// Everything within the bytes when they come in pieces of this size, and how it ends.
fn read_in(size: usize, bytes: &[u8]) -> (Vec<Incoming>, Result<(), Close>) {
    let (mut reader, mut messages) = (Reader::default(), Vec::new());
    for piece in bytes.chunks(size) {
        let mut piece = Bytes::copy_from_slice(piece);
        loop {
            match reader.read(&mut piece) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(close) => return (messages, Err(close)),
            }
        }
        assert!(piece.is_empty());
    }
    (messages, Ok(()))
}

fn refused(bytes: &[u8]) -> Close {
    read_in(usize::MAX, bytes).1.unwrap_err()
}

#[test]
fn messages_are_the_same_in_whatever_pieces_they_come() {
    let long = "я".repeat(200);
    let said = [
        frame(FIN | TEXT, b"{}"),
        frame(FIN | TEXT, long.as_bytes()),
        frame(FIN | PONG, b"nobody asked"),
        frame(FIN | BINARY, b"\xFF"),
        frame(TEXT, "я".as_bytes().get(..1).unwrap()),
        frame(FIN | PING, b"between"),
        frame(0, b""),
        frame(FIN, "я".as_bytes().get(1..).unwrap()),
        frame(FIN | TEXT, b""),
        frame(FIN | CLOSE, &1000_u16.to_be_bytes()),
    ]
    .concat();
    let heard = [
        Incoming::Text("{}".to_owned()),
        Incoming::Text(long),
        Incoming::Binary,
        Incoming::Ping(Bytes::from_static(b"between")),
        Incoming::Text("я".to_owned()),
        Incoming::Text(String::new()),
        Incoming::Close,
    ];

    for size in [1, 2, 3, 7, 64, usize::MAX] {
        assert_eq!(read_in(size, &said), (heard.to_vec(), Ok(())), "{size}");
    }
}

#[test]
fn the_longest_frame_is_read_a_longer_one_is_passed_over_and_what_follows_is_read_again() {
    let longest = "x".repeat(LONGEST_FRAME);
    let longer = "x".repeat(LONGEST_FRAME + 1);
    let said = [
        frame(FIN | TEXT, longest.as_bytes()),
        frame(FIN | TEXT, longer.as_bytes()),
        frame(FIN | TEXT, b"y"),
    ];

    let (heard, end) = read_in(1000, &said.concat());

    assert_eq!(heard, [Incoming::Text(longest), Incoming::TooLong, Incoming::Text("y".to_owned())]);
    assert_eq!(end, Ok(()));
}

#[test]
fn of_a_message_that_is_too_long_nothing_is_kept() {
    let piece = vec![b'x'; LONGEST_FRAME / 2];
    let said = [frame(TEXT, &piece), frame(0, &piece), frame(0, &piece)].concat();
    let mut reader = Reader::default();

    assert_eq!(reader.read(&mut Bytes::from(said)), Ok(None));

    assert_eq!(reader.message.unwrap().kept.capacity(), 0);
}

#[test]
fn a_length_beyond_all_measure_is_refused_by_its_header() {
    let claim = |first: u8, length: u64| [&[first, 0xFF][..], &length.to_be_bytes(), b"mask"].concat();

    assert_eq!(refused(&claim(FIN | TEXT, LONGEST_READ + 1)), Close::TooLarge);
    assert_eq!(refused(&claim(FIN | BINARY, u64::MAX)), Close::TooLarge);
    let half = frame(TEXT, &vec![b'x'; LONGEST_FRAME]);
    assert_eq!(refused(&[half, claim(0, LONGEST_READ)].concat()), Close::TooLarge);
    assert_eq!(read_in(usize::MAX, &claim(FIN | TEXT, LONGEST_READ)), (vec![], Ok(())));
}

#[test]
fn whatever_breaks_the_protocol_ends_the_reading() {
    let unmasked = [FIN | TEXT, 2, b'{', b'}'];
    let reserved = frame(FIN | TEXT | 0x40, b"");
    let unknown = frame(FIN | 3, b"");
    let long_ping = frame(FIN | PING, &[0; 126]);
    let pings_piece = frame(PING, b"");
    let continues_nothing = frame(FIN, b"");
    let begins_twice = [frame(TEXT, b""), frame(FIN | TEXT, b"")].concat();
    let half_a_code = frame(FIN | CLOSE, &[3]);

    for said in [
        unmasked.as_slice(),
        &reserved,
        &unknown,
        &long_ping,
        &pings_piece,
        &continues_nothing,
        &begins_twice,
        &half_a_code,
    ] {
        assert_eq!(refused(said), Close::Violation, "{said:?}");
    }
    assert_eq!(refused(&frame(FIN | TEXT, b"\xFF")), Close::NotUtf8);
}
