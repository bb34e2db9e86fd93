//! What this service asks others for.

use std::future::Future;

use chrono::{DateTime, Utc};
use contracts::order::PizzaOrder;
use contracts::orders::v1::UpdateOrderStatusRequest;
use domain::permissions::Grants;
use secrecy::SecretString;
use uuid::Uuid;

use super::refusal::Refusal;

/// Who a token speaks for.
#[derive(Clone, Debug)]
pub struct Member {
    /// Person or device.
    pub subject: String,
    /// Whether it is a device without a person.
    pub is_device: bool,
    /// Roles and where they hold.
    pub grants: Grants,
    /// When the token ends.
    pub expires: DateTime<Utc>,
    /// The token itself, for commands in the client's own name.
    pub token: SecretString,
}

/// Verifies tokens.
pub trait Gate: Send + Sync + 'static {
    /// Who a token speaks for.
    fn admit(&self, token: &SecretString) -> Result<Member, Box<Refusal>>;
}

/// A command of a client, in the client's own name.
#[derive(Clone, Debug)]
pub struct Command {
    /// Its id: repeating it changes nothing.
    pub id: Uuid,
    /// What to do.
    pub update: UpdateOrderStatusRequest,
    /// The client's token.
    pub token: SecretString,
}

/// A command was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// The order's version after it.
    pub version: i64,
    /// What the client should know all the same.
    pub warnings: Vec<String>,
}

/// The order book does not answer, or not with what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("the live orders cannot be read from the order book")]
pub struct NoBase(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// The owner of orders.
pub trait OrderBook: Send + Sync + 'static {
    /// Every live order in full: what the streams start from.
    fn live_orders(&self) -> impl Future<Output = Result<Vec<PizzaOrder>, NoBase>> + Send;

    /// Carries a command out.
    fn carry_out(&self, command: Command) -> impl Future<Output = Result<Done, Box<Refusal>>> + Send;
}
