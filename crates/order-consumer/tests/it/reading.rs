//! Lists, batches, single orders: which, in which order, how much of them.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use contracts::orders::v1::{
    BatchOrdersRequest, ExportLiveOrdersRequest, GetOrderRequest, ListOrdersRequest, UpdateOrderStatusRequest,
};
use testkit::{BRANCH_MAIN, BRANCH_NOVOSIBIRSK};
use tonic::Code;
use tonic_types::StatusExt as _;

use crate::builders::{delivery, id_at, now, visible_at};
use crate::house::{House, get, neighbour, person, refusal, signed};

fn ids<'a>(orders: impl IntoIterator<Item = &'a contracts::orders::v1::Order>) -> Vec<&'a str> {
    orders.into_iter().map(|order| order.id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_on_its_way_is_awaited_and_an_unknown_one_is_not_found() {
    let house = House::start().await;
    let (_, manager) = person(&house.keys, "manager");
    let mut client = house.client().await;
    let ask = |order_id: String| signed(&manager, GetOrderRequest { order_id, role: String::new() });

    let young = client.get_order(ask(id_at(now()))).await.unwrap_err();
    let old = client.get_order(ask(id_at(now() - TimeDelta::seconds(61)))).await.unwrap_err();
    let wrong = client.get_order(ask("0042".to_owned())).await.unwrap_err();

    assert_eq!((young.code(), refusal(&young).1.as_str()), (Code::Unavailable, "NOT_YET_STORED"));
    let pause = young.get_details_retry_info().unwrap().retry_delay;
    assert_eq!(pause, Some(Duration::from_secs(1)));
    assert_eq!((old.code(), refusal(&old).1.as_str()), (Code::NotFound, "NOT_FOUND"));
    assert_eq!((wrong.code(), refusal(&wrong).1.as_str()), (Code::InvalidArgument, "ID_INVALID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn live_orders_are_listed_by_slot_and_creation_in_pages_and_hidden_ones_apart() {
    let house = House::start().await;
    let slot = |minutes: i64, order: PizzaOrder| {
        let slot_start = (now() + TimeDelta::minutes(minutes)).timestamp();
        PizzaOrder { slot_start, slot_end: slot_start + 900, ..order }
    };
    let (late, early, middle) = (slot(90, delivery()), slot(30, delivery()), slot(60, delivery()));
    let hidden = visible_at(now() + TimeDelta::hours(2));
    let elsewhere = PizzaOrder { branch_id: BRANCH_NOVOSIBIRSK.to_owned(), ..slot(10, delivery()) };
    house.place(&[&late, &early, &middle, &hidden, &elsewhere]).await;
    let (_, manager) = person(&house.keys, "manager");
    let mut client = house.client().await;
    let ask = |token: &str| ListOrdersRequest {
        page_size: 2,
        page_token: token.to_owned(),
        ..ListOrdersRequest::default()
    };

    let first = client.list_orders(signed(&manager, ask(""))).await.unwrap().into_inner();
    let rest = client.list_orders(signed(&manager, ask(&first.next_page_token))).await.unwrap().into_inner();
    let pending = client.list_pending_orders(signed(&manager, ask(""))).await.unwrap().into_inner();

    assert_eq!(ids(&first.orders), [&early.id, &middle.id]);
    assert_eq!((first.count, first.role.as_str()), (2, "manager"));
    assert_eq!(ids(&rest.orders), [&late.id]);
    assert_eq!(rest.next_page_token, "");
    assert_eq!(ids(&pending.orders), [&hidden.id]);

    let chain = house.keys.chain_token("admin");
    let everywhere = client.list_orders(signed(&chain, ListOrdersRequest::default())).await.unwrap();
    assert_eq!(everywhere.into_inner().count, 4);
    let foreign = ListOrdersRequest { branch_id: BRANCH_NOVOSIBIRSK.to_owned(), ..ask("") };
    let refused = client.list_orders(signed(&manager, foreign)).await.unwrap_err();
    assert_eq!(refusal(&refused).1, "BRANCH_NOT_ALLOWED");
    let torn = client.list_orders(signed(&manager, ask("00"))).await.unwrap_err();
    assert_eq!(refusal(&torn).1, "PAGE_TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_hands_out_fifty_orders_at_a_time_until_all_are_processed() {
    let house = House::start().await;
    let orders: Vec<PizzaOrder> = (0..60).map(|_| delivery()).collect();
    house.place(&orders.iter().collect::<Vec<_>>()).await;
    let (_, cook) = person(&house.keys, "cook");
    let mut client = house.client().await;
    let ask = |cursor: String| BatchOrdersRequest {
        branch_id: BRANCH_MAIN.to_owned(),
        role: String::new(),
        cursor,
    };

    let first = client.batch_orders(signed(&cook, ask(String::new()))).await.unwrap().into_inner();
    let last = client.batch_orders(signed(&cook, ask(first.next_cursor.clone()))).await.unwrap().into_inner();

    assert_eq!((first.count, first.total, first.processed, first.has_more), (50, 60, 50, true));
    assert_eq!((last.count, last.total, last.processed, last.has_more), (10, 60, 60, false));
    let mut handed_out = ids(first.orders.iter().chain(&last.orders));
    handed_out.sort_unstable();
    handed_out.dedup();
    assert_eq!(handed_out.len(), 60);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_columns_of_the_own_role_and_a_narrower_one_on_request() {
    let house = House::start().await;
    let order = delivery();
    house.place(&[&order]).await;
    let mut client = house.client().await;
    let ((_, cook), (_, cashier)) = (person(&house.keys, "cook"), person(&house.keys, "cashier"));
    let (courier, couriers) = person(&house.keys, "courier");

    let to_cook = client.get_order(signed(&cook, get(&order))).await.unwrap().into_inner();
    let to_cashier = client.get_order(signed(&cashier, get(&order))).await.unwrap().into_inner();
    let as_cook = GetOrderRequest { role: "cook".to_owned(), ..get(&order) };
    let narrowed = client.get_order(signed(&cashier, as_cook)).await.unwrap().into_inner();
    let as_manager = GetOrderRequest { role: "manager".to_owned(), ..get(&order) };
    let widened = client.get_order(signed(&cook, as_manager)).await.unwrap().into_inner();

    assert_eq!((to_cook.customer_phone.as_deref(), to_cook.payment_method.as_deref()), (None, None));
    assert_eq!(to_cook.notes.as_deref(), Some("без лука"));
    assert_eq!(to_cook.items[0].price, None);
    assert_eq!(to_cashier.customer_phone.as_deref(), Some("+79123456789"));
    assert_eq!((narrowed, widened), (to_cook.clone(), to_cook));

    let stranger = client.get_order(signed(&couriers, get(&order))).await.unwrap_err();
    assert_eq!(stranger.code(), Code::NotFound);
    let (_, manager) = person(&house.keys, "manager");
    for (status, courier_id) in
        [("preparing", ""), ("cooking", ""), ("ready", ""), ("delivery", &*courier.to_string())]
    {
        let wish = UpdateOrderStatusRequest {
            order_id: order.id.clone(),
            status: status.to_owned(),
            courier_id: courier_id.to_owned(),
            ..UpdateOrderStatusRequest::default()
        };
        client.update_order_status(signed(&manager, wish)).await.unwrap();
    }
    let own = client.list_orders(signed(&couriers, ListOrdersRequest::default())).await.unwrap().into_inner();
    assert_eq!(ids(&own.orders), [&order.id]);
    assert_eq!(own.orders[0].delivery_address.as_deref(), Some("ул. Ленина, 1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_for_later_becomes_visible_to_the_second() {
    let house = House::start().await;
    let time = now() + TimeDelta::seconds(4);
    let order = visible_at(time);
    house.place(&[&order]).await;
    let (_, cook) = person(&house.keys, "cook");
    let mut client = house.client().await;
    let before = client.list_orders(signed(&cook, ListOrdersRequest::default())).await.unwrap().into_inner();

    let told = house.events().await.of(&order, 2).await;

    let delay = now() - time;
    assert!(delay < TimeDelta::seconds(2), "{delay}");
    assert!(before.orders.is_empty());
    assert_eq!(told.r#type(), Type::Visible);
    assert!(told.order.unwrap().shown);
    let after = client.list_orders(signed(&cook, ListOrdersRequest::default())).await.unwrap().into_inner();
    assert_eq!((ids(&after.orders), after.orders[0].version), (vec![order.id.as_str()], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_export_live_orders_in_full_and_track_one_and_nobody_else_may() {
    let house = House::start().await;
    let orders = [delivery(), delivery(), visible_at(now() + TimeDelta::hours(1))];
    house.place(&[&orders[0], &orders[1], &orders[2]]).await;
    let (_, manager) = person(&house.keys, "manager");
    let neighbour = neighbour(&house.keys);
    let mut client = house.client().await;
    client
        .update_order_status(signed(
            &manager,
            UpdateOrderStatusRequest {
                order_id: orders[0].id.clone(),
                status: "preparing".to_owned(),
                ..UpdateOrderStatusRequest::default()
            },
        ))
        .await
        .unwrap();
    let page = |token: &str| ExportLiveOrdersRequest { page_size: 2, page_token: token.to_owned() };

    let first = client.export_live_orders(signed(&neighbour, page(""))).await.unwrap().into_inner();
    let second = client.export_live_orders(signed(&neighbour, page(&first.next_page_token))).await.unwrap();
    let tracked = client.track_order(signed(&neighbour, get(&orders[0]))).await.unwrap().into_inner();
    let by_staff = client.export_live_orders(signed(&manager, page(""))).await.unwrap_err();
    let by_anyone = client.track_order(get(&orders[0])).await.unwrap_err();

    let exported: Vec<_> = first.orders.iter().chain(&second.get_ref().orders).collect();
    assert_eq!(exported.len(), 3);
    assert_eq!(second.get_ref().next_page_token, "");
    let moved = exported.iter().find(|order| order.id == orders[0].id).unwrap();
    assert_eq!((moved.status.as_str(), moved.version, moved.history.len()), ("preparing", 2, 2));
    assert_eq!(moved.customer_phone, "+79123456789");
    assert_eq!(moved.items[0].status, "preparing");
    let seen = tracked.order.unwrap();
    assert_eq!((seen.status.as_str(), tracked.branch_id.as_str()), ("preparing", BRANCH_MAIN));
    assert_eq!((by_staff.code(), by_anyone.code()), (Code::PermissionDenied, Code::Unauthenticated));
}
