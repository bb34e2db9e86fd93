//! Positions in the log of order events.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A place in `order-events`. Whoever is at it knows every event of its branches up to and with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq {
    /// Partition of the topic; a branch stays in one.
    pub partition: i32,
    /// Offset in the partition; -1 is the place before the first event.
    pub offset: i64,
}

/// Why a text is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position is `<partition>:<offset>`")]
pub struct NotASeq;

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl FromStr for Seq {
    type Err = NotASeq;

    fn from_str(text: &str) -> Result<Self, NotASeq> {
        let (partition, offset) = text.split_once(':').ok_or(NotASeq)?;
        let partition = partition.parse().map_err(|_| NotASeq)?;
        let offset = offset.parse().map_err(|_| NotASeq)?;
        if partition < 0 || offset < -1 { Err(NotASeq) } else { Ok(Self { partition, offset }) }
    }
}

impl Serialize for Seq {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_as_it_was_written() {
        for seq in [Seq { partition: 5, offset: 10_482 }, Seq { partition: 0, offset: -1 }] {
            assert_eq!(seq.to_string().parse(), Ok(seq));
        }
    }

    #[test]
    fn anything_else_is_no_position() {
        for text in ["", "5", "5:", ":1", "5:x", "-1:4", "5:-2", "5:1:2", "5:99999999999999999999"] {
            assert_eq!(text.parse::<Seq>(), Err(NotASeq), "{text}");
        }
    }
}
