//! `google.protobuf.Timestamp` whose JSON form ends in `Z`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};

/// An instant on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
pub struct Timestamp {
    /// Seconds since 1970.
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    /// 0..=999 999 999, forwards in time.
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// A timestamp outside of what a calendar holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time between the years 0001 and 9999")]
pub struct NotAnInstant;

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(999_999_999);
        Self { seconds: at.timestamp(), nanos }
    }
}

impl TryFrom<Timestamp> for DateTime<Utc> {
    type Error = NotAnInstant;

    fn try_from(wire: Timestamp) -> Result<Self, Self::Error> {
        let nanos = u32::try_from(wire.nanos).map_err(|_| NotAnInstant)?;
        Self::from_timestamp(wire.seconds, nanos).ok_or(NotAnInstant)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = DateTime::<Utc>::try_from(*self).map_err(S::Error::custom)?;
        serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let at = DateTime::parse_from_rfc3339(&text)
            .map_err(|fault| D::Error::custom(format!("not an RFC 3339 time: {fault}")))?;
        Ok(at.to_utc().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_times_end_in_z_and_any_offset_is_read() {
        let at: Timestamp = serde_json::from_str("\"2026-02-01T13:00:00.5+03:00\"").unwrap();

        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-02-01T10:00:00.500Z\"");
    }

    #[test]
    fn a_time_outside_of_the_calendar_is_refused() {
        assert_eq!(DateTime::<Utc>::try_from(Timestamp { seconds: i64::MAX, nanos: 0 }), Err(NotAnInstant));
        assert_eq!(DateTime::<Utc>::try_from(Timestamp { seconds: 0, nanos: -1 }), Err(NotAnInstant));
    }
}
