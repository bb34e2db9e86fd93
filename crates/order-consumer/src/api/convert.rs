//! Between messages and use cases. What is decoded here is not checked again.

use contracts::orders::v1::{
    BatchOrdersResponse, CancelOrderRequest, ChangeResponse, ListOrdersRequest, ListOrdersResponse,
    MarkProcessedRequest, Order, UpdateOrderStatusRequest,
};
use contracts::orders_view;
use domain::ids::{BranchId, OrderId};
use domain::orders::lifecycle::{CancelReason, ToStatus};
use domain::orders::status::OrderStatus;
use domain::permissions::Role;
use domain::{ErrorKind, Faults, Refused};
use edge::{Caller, paging};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::app::{
    Actor, Batch, Cancel, ChangeStatus, Changed, Command, List, MarkProcessed, Page, Repeat, Seen,
};
use crate::storage::orders::Visibility;

/// The caller as the use cases see it.
pub fn actor(caller: &Caller) -> Actor {
    Actor { subject: caller.subject.clone(), name: caller.actor(), grants: caller.grants.clone() }
}

/// An id that names one order.
pub fn order_id(text: &str) -> Result<OrderId, Refused> {
    text.parse().map_err(|_| invalid("order_id", "ID_INVALID", "is not a UUID"))
}

/// A branch to read only; empty is every branch of the caller.
pub fn branch(text: &str) -> Result<Option<BranchId>, Refused> {
    let read = |text: &str| text.parse().map_err(|_| invalid("branch_id", "ID_INVALID", "is not a UUID"));
    Some(text).filter(|text| !text.is_empty()).map(read).transpose()
}

/// A role to narrow to; empty is none.
pub fn role(text: &str) -> Result<Option<Role>, Refused> {
    let read = |text: &str| Role::parse(text).ok_or_else(|| invalid("role", "ROLE_UNKNOWN", "is not a role"));
    Some(text).filter(|text| !text.is_empty()).map(read).transpose()
}

/// What a list asks for.
pub fn list(request: &ListOrdersRequest, visibility: Visibility) -> Result<List, Refused> {
    Ok(List {
        branch: branch(&request.branch_id)?,
        role: role(&request.role)?,
        visibility,
        size: paging::page_size(request.page_size)? as usize,
        after: paging::position(&request.page_token)?,
    })
}

/// What every command has in common. The fingerprint is over everything that the request says.
pub fn command(
    caller: &Caller,
    key: Option<String>,
    id: &str,
    expected_version: Option<i64>,
    request: &impl Message,
    method: &'static str,
) -> Result<Command, Refused> {
    let fingerprint = || Sha256::new().chain_update(method).chain_update(request.encode_to_vec()).finalize();
    let repeat = key.map(|key| Repeat { key, fingerprint: fingerprint().to_vec() });
    Ok(Command { order: order_id(id)?, expected_version, actor: actor(caller), repeat })
}

/// The kitchen is done.
pub fn mark_processed(
    caller: &Caller,
    key: Option<String>,
    request: &MarkProcessedRequest,
) -> Result<MarkProcessed, Refused> {
    let MarkProcessedRequest { order_id, expected_version } = request;
    let command = command(caller, key, order_id, *expected_version, request, "MarkProcessed")?;
    Ok(MarkProcessed { command })
}

/// A move to another status.
pub fn change_status(
    caller: &Caller,
    key: Option<String>,
    request: &UpdateOrderStatusRequest,
) -> Result<ChangeStatus, Refused> {
    let UpdateOrderStatusRequest {
        order_id,
        status,
        expected_version,
        early,
        courier_id,
        reason,
        reason_text,
    } = request;
    let command = command(caller, key, order_id, *expected_version, request, "UpdateOrderStatus")?;
    let mut faults = Faults::new();
    let read = OrderStatus::parse(status);
    if read.is_none() {
        faults.invalid("status", "STATUS_UNKNOWN", "is not a status of an order");
    }
    let courier = Some(courier_id).filter(|id| !id.is_empty()).map(|id| id.parse());
    if matches!(courier, Some(Err(_))) {
        faults.invalid("courier_id", "ID_INVALID", "is not a UUID");
    }
    faults.into_result()?;
    let to = ToStatus {
        status: read.unwrap_or(OrderStatus::Pending),
        early: *early,
        courier: courier.and_then(Result::ok),
        reason: cancel_reason(reason)?,
        reason_text: reason_text.clone(),
    };
    Ok(ChangeStatus { command, to })
}

/// The end of an order.
pub fn cancel(caller: &Caller, key: Option<String>, request: &CancelOrderRequest) -> Result<Cancel, Refused> {
    let CancelOrderRequest { order_id, expected_version, reason, reason_text } = request;
    let command = command(caller, key, order_id, *expected_version, request, "CancelOrder")?;
    Ok(Cancel { command, reason: cancel_reason(reason)?, reason_text: reason_text.clone() })
}

/// The order as its reader may see it.
pub fn view(seen: &Seen) -> Order {
    orders_view::view(&seen.order.full, seen.audience)
}

/// The answer to a list.
pub fn list_response(page: &Page, role: &str) -> ListOrdersResponse {
    let orders: Vec<Order> = page.orders.iter().map(view).collect();
    ListOrdersResponse {
        count: count(orders.len()),
        orders,
        role: role.to_owned(),
        next_page_token: page.next.as_ref().map(paging::token).unwrap_or_default(),
    }
}

/// The answer to a batch.
pub fn batch_response(batch: &Batch, role: &str) -> BatchOrdersResponse {
    let orders: Vec<Order> = batch.orders.iter().map(view).collect();
    BatchOrdersResponse {
        count: count(orders.len()),
        orders,
        role: role.to_owned(),
        total: i32::try_from(batch.total).unwrap_or(i32::MAX),
        processed: count(batch.processed),
        has_more: batch.next.is_some(),
        next_cursor: batch.next.as_ref().map(paging::token).unwrap_or_default(),
    }
}

/// The answer to a command.
pub fn change_response(changed: &Changed) -> ChangeResponse {
    ChangeResponse {
        order: Some(orders_view::view(&changed.order, changed.audience)),
        version: changed.order.version,
        replayed: changed.replayed,
        warnings: Vec::new(),
    }
}

fn cancel_reason(text: &str) -> Result<Option<CancelReason>, Refused> {
    let read = |text: &str| {
        let unknown = || invalid("reason", "REASON_UNKNOWN", "is not a reason for a cancel");
        CancelReason::parse(text).ok_or_else(unknown)
    };
    Some(text).filter(|text| !text.is_empty()).map(read).transpose()
}

fn invalid(field: &'static str, reason: &'static str, description: &'static str) -> Refused {
    Refused::one(ErrorKind::InvalidArgument, field, reason, description)
}

fn count(orders: usize) -> i32 {
    i32::try_from(orders).unwrap_or(i32::MAX)
}
