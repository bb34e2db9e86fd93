//! A record in Kafka's own bytes, for what no client would write.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use chassis::{Clock as _, SystemClock};

/// Header names and values.
pub type Headers<'a> = &'a [(&'a [u8], &'a [u8])];

/// Writes one record to partition 0, without a key.
pub fn write(brokers: &str, topic: &str, payload: &[u8], headers: Headers<'_>) {
    let mut request = Vec::new();
    request.extend([0, 0, 0, 3]); // Produce, version 3
    request.extend(7_i32.to_be_bytes()); // by which the answer is known
    request.extend(text("by hand"));
    request.extend((-1_i16).to_be_bytes()); // no transaction
    request.extend((-1_i16).to_be_bytes()); // every replica has it
    request.extend(10_000_i32.to_be_bytes()); // milliseconds to wait for that
    request.extend(1_i32.to_be_bytes()); // topics
    request.extend(text(topic));
    request.extend(1_i32.to_be_bytes()); // partitions
    request.extend(0_i32.to_be_bytes());
    request.extend(sized(batch(payload, headers)));

    let mut broker = TcpStream::connect(brokers).unwrap();
    broker.write_all(&sized(request)).unwrap();
    let mut length = [0; 4];
    broker.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::try_from(i32::from_be_bytes(length)).unwrap()];
    broker.read_exact(&mut answer).unwrap();
    // its number, the count of topics, the topic, the count of partitions, the partition
    let code = answer.split_at(4 + 4 + text(topic).len() + 4 + 4).1;
    assert!(code.starts_with(&[0, 0]), "the broker refuses: {answer:?}");
}

fn batch(payload: &[u8], headers: Headers<'_>) -> Vec<u8> {
    let record = record(payload, headers);
    let mut sealed = Vec::new();
    sealed.extend(0_i16.to_be_bytes()); // attributes
    sealed.extend(0_i32.to_be_bytes()); // offset of the last record
    let now = SystemClock.now().timestamp_millis().to_be_bytes();
    sealed.extend([now, now].concat()); // first and last time
    sealed.extend((-1_i64).to_be_bytes()); // no idempotent producer,
    sealed.extend((-1_i16).to_be_bytes()); // its epoch,
    sealed.extend((-1_i32).to_be_bytes()); // its sequence
    sealed.extend(1_i32.to_be_bytes()); // records
    sealed.extend(record);

    let mut checked = Vec::new();
    checked.extend((-1_i32).to_be_bytes()); // epoch of the leader
    checked.push(2); // of this form
    checked.extend(crc32c(&sealed).to_be_bytes());
    checked.extend(sealed);
    let mut batch = 0_i64.to_be_bytes().to_vec(); // offset of the first record
    batch.extend(sized(checked));
    batch
}

fn record(payload: &[u8], headers: Headers<'_>) -> Vec<u8> {
    let mut record = vec![0]; // attributes
    record.extend([varint(0), varint(0)].concat()); // time and offset within the batch
    record.extend(varint(-1)); // no key
    record.extend(counted(payload));
    record.extend(varint(headers.len().try_into().unwrap()));
    for (name, value) in headers {
        record.extend([counted(name), counted(value)].concat());
    }
    counted(&record)
}

fn text(text: &str) -> Vec<u8> {
    let length = i16::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

fn sized(bytes: Vec<u8>) -> Vec<u8> {
    let length = i32::try_from(bytes.len()).unwrap();
    [length.to_be_bytes().to_vec(), bytes].concat()
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [varint(bytes.len().try_into().unwrap()), bytes.to_vec()].concat()
}

/// Seven bits at a time, the sign in the lowest.
fn varint(number: i32) -> Vec<u8> {
    let mut rest = ((number << 1) ^ (number >> 31)).cast_unsigned();
    let mut bytes = Vec::new();
    while rest > 0x7f {
        bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
        rest >>= 7;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

fn crc32c(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc)))
}
