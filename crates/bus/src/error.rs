//! What can go wrong with the broker.

use domain::error::{ErrorKind, ServiceError};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What the broker, or the client library, said.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct BrokerError(#[from] KafkaError);

/// The fate of a record that was not acknowledged.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// Certainly not written.
    #[error("the order log refuses the record")]
    Refused(#[source] BrokerError),
    /// Perhaps written: the same record may be sent again, and nothing may be undone on its account.
    #[error("the order log did not confirm the record in time")]
    InDoubt(#[source] BrokerError),
}

/// A question to the broker that got no good answer.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BusError {
    /// A user name without a password.
    #[error("KAFKA_USERNAME is set and KAFKA_PASSWORD is not")]
    NoPassword,
    /// The client library does not take the settings.
    #[error("the settings of the broker's client are wrong")]
    Settings(#[source] BrokerError),
    /// The broker does not answer, or answers with a failure.
    #[error("the broker does not answer")]
    Broker(#[from] BrokerError),
    /// The topic does not exist.
    #[error("topic {0} does not exist")]
    NoTopic(String),
}

impl BrokerError {
    pub(crate) fn is_queue_full(&self) -> bool {
        code(&self.0) == Some(RDKafkaErrorCode::QueueFull)
    }
}

impl SendError {
    /// Whether the record is larger than the client or the broker takes.
    pub(crate) fn is_too_large(&self) -> bool {
        matches!(self, Self::Refused(error) if is_size(code(&error.0)))
    }

    /// Sorts a failure of a record that the client library had taken.
    pub(crate) fn after_enqueueing(error: KafkaError) -> Self {
        if never_left(code(&error)) { Self::Refused(error.into()) } else { Self::InDoubt(error.into()) }
    }
}

impl ServiceError for SendError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unavailable
    }

    fn reason(&self) -> &'static str {
        "ORDER_LOG_DOWN"
    }
}

impl ServiceError for BusError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPassword | Self::Settings(_) => ErrorKind::Internal,
            Self::Broker(_) | Self::NoTopic(_) => ErrorKind::Unavailable,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoPassword | Self::Settings(_) => "INTERNAL",
            Self::Broker(_) | Self::NoTopic(_) => "ORDER_LOG_DOWN",
        }
    }
}

impl From<KafkaError> for BusError {
    fn from(error: KafkaError) -> Self {
        Self::Broker(error.into())
    }
}

pub(crate) fn code(error: &KafkaError) -> Option<RDKafkaErrorCode> {
    error.rdkafka_error_code()
}

/// Failures that leave no doubt: they are about the record itself, so that no try of it can have been written. A
/// time-out is never among them, nor anything said about a connection, a topic or a right: those may have changed
/// between two tries, and the answer to the first one may be what got lost.
fn never_left(code: Option<RDKafkaErrorCode>) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(
        code,
        Some(
            Code::QueueFull
                | Code::InvalidMessageSize
                | Code::MessageSizeTooLarge
                | Code::MessageBatchTooLarge
                | Code::InvalidRecord
        )
    )
}

fn is_size(code: Option<RDKafkaErrorCode>) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(code, Some(Code::InvalidMessageSize | Code::MessageSizeTooLarge | Code::MessageBatchTooLarge))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(code: RDKafkaErrorCode) -> SendError {
        SendError::after_enqueueing(KafkaError::MessageProduction(code))
    }

    #[test]
    fn what_may_differ_between_two_tries_leaves_the_record_in_doubt() {
        for code in [
            RDKafkaErrorCode::MessageTimedOut,
            RDKafkaErrorCode::RequestTimedOut,
            RDKafkaErrorCode::NotEnoughReplicasAfterAppend,
            RDKafkaErrorCode::PurgeInflight,
            RDKafkaErrorCode::BrokerTransportFailure,
            RDKafkaErrorCode::Fatal,
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::TopicAuthorizationFailed,
            RDKafkaErrorCode::ClusterAuthorizationFailed,
        ] {
            assert!(matches!(fate(code), SendError::InDoubt(_)), "{code:?}");
        }
    }

    #[test]
    fn what_the_broker_cannot_append_is_refused_for_certain() {
        for code in [
            RDKafkaErrorCode::MessageSizeTooLarge,
            RDKafkaErrorCode::InvalidRecord,
            RDKafkaErrorCode::QueueFull,
        ] {
            assert!(matches!(fate(code), SendError::Refused(_)), "{code:?}");
        }
    }
}
