//! The order book, asked by gRPC: for the base state in this service's name, for commands in the client's own.

use std::time::Duration;

use contracts::order::PizzaOrder;
use contracts::orders::v1::ExportLiveOrdersRequest;
use contracts::orders::v1::order_book_service_client::OrderBookServiceClient;
use contracts::rest::forward;
use edge::client::Neighbour;
use edge::keys;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::app::ports::{Command, Done, NoBase, OrderBook};
use crate::app::refusal::Refusal;

const EXPORT_WITHIN: Duration = Duration::from_secs(10);
const COMMAND_WITHIN: Duration = Duration::from_secs(5);
const PAGE: i32 = 500;

/// A page of full orders is larger than what gRPC takes by default.
const LARGEST_PAGE: usize = 32 * 1024 * 1024;

/// The order book behind its address.
#[derive(Clone)]
pub struct Orders(Neighbour);

impl Orders {
    /// The order book at that neighbour.
    pub const fn new(neighbour: Neighbour) -> Self {
        Self(neighbour)
    }

    fn client(&self) -> OrderBookServiceClient<Channel> {
        OrderBookServiceClient::new(self.0.channel()).max_decoding_message_size(LARGEST_PAGE)
    }
}

impl OrderBook for Orders {
    async fn live_orders(&self) -> Result<Vec<PizzaOrder>, NoBase> {
        let mut orders = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = ExportLiveOrdersRequest { page_size: PAGE, page_token };
            let answer = self.client().export_live_orders(self.0.request(page, EXPORT_WITHIN)).await;
            let page = answer.map_err(|status| NoBase(Box::new(status)))?.into_inner();
            orders.extend(page.orders);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(orders);
            }
        }
    }

    async fn carry_out(&self, command: Command) -> Result<Done, Box<Refusal>> {
        let mut request = self.0.request(command.update, COMMAND_WITHIN);
        let bearer = format!("Bearer {}", command.token.expose_secret());
        let (Ok(mut bearer), Ok(key)) =
            (MetadataValue::try_from(bearer), MetadataValue::try_from(command.id.to_string()))
        else {
            return Err(Box::new(Refusal::unauthenticated("NOT_SIGNED_IN", "the token is none")));
        };
        bearer.set_sensitive(true);
        request.metadata_mut().insert("authorization", bearer);
        request.metadata_mut().insert(keys::HEADER, key);
        let answer = self.client().update_order_status(request).await;
        let change = answer.map_err(|status| Box::new(refusal(&status)))?.into_inner();
        Ok(Done { version: change.version, warnings: change.warnings })
    }
}

/// The order book's refusal in the words of REST, the true order beside them.
fn refusal(status: &Status) -> Refusal {
    let info = status.get_details_error_info();
    if info.is_none() && matches!(status.code(), Code::Unavailable | Code::Cancelled | Code::DeadlineExceeded)
    {
        return Refusal::dependency_down();
    }
    let Some(info) = info else { return Refusal::unexplained() };
    let readable = forward::status(status);
    let mut details = readable.details().to_vec();
    for detail in &mut details {
        if let Some(metadata) = detail.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("order");
        }
    }
    Refusal {
        code: edge::status::code_name(status.code()).to_owned(),
        reason: info.reason,
        message: readable.message().to_owned(),
        details,
        order: info.metadata.get("order").and_then(|order| serde_json::from_str(order).ok()),
    }
}
