//! The mobile apps' wire.

use contracts::order::order_line::What;
use contracts::order::{
    HalvesLine, LineExtra, OrderLine, OrderResponse, PizzaOrderRequest, ProductLine, order_service_client,
};
use testkit::BRANCH_MAIN;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use crate::menu::{CHEESE, MARGHERITA, PEPPERONI};
use crate::world::World;

/// The request as the first app has it: fields 1..=11 and no more.
#[derive(Clone, PartialEq, prost::Message)]
struct FirstRequest {
    #[prost(int32, tag = "1")]
    customer_id: i32,
    #[prost(string, tag = "2")]
    pizza_name: String,
    #[prost(string, repeated, tag = "3")]
    ingredients: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    extras: Vec<String>,
    #[prost(int32, tag = "5")]
    quantity: i32,
}

/// The answer as the first app reads it.
#[derive(Clone, PartialEq, prost::Message)]
struct FirstResponse {
    #[prost(string, tag = "1")]
    order_id: String,
    #[prost(string, tag = "2")]
    display_id: String,
    #[prost(string, tag = "3")]
    status: String,
}

pub fn margherita() -> PizzaOrderRequest {
    PizzaOrderRequest { pizza_name: "маргарита".to_owned(), ..PizzaOrderRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_13_the_first_apps_bytes_make_an_order_of_one_pizza_for_pickup() {
    let world = World::start().await;
    let request = FirstRequest {
        customer_id: 42,
        pizza_name: "маргарита".to_owned(),
        ingredients: vec!["anything".to_owned()],
        extras: vec!["Сыр".to_owned(), "сыр".to_owned()],
        quantity: 0,
    };

    let mut client = tonic::client::Grpc::new(world.channel());
    client.ready().await.unwrap();
    let path = "/order.OrderService/CreateOrder".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<FirstRequest, FirstResponse>::default();
    let answer = client.unary(Request::new(request), path, codec).await.unwrap().into_inner();

    assert_eq!((answer.display_id.as_str(), answer.status.as_str()), ("0001", "pending"));
    let log = world.log().await;
    let [order] = log.as_slice() else { panic!("{log:?}") };
    assert_eq!(order.id, answer.order_id);
    assert_eq!(
        (order.branch_id.as_str(), order.channel.as_str(), order.is_pickup),
        (BRANCH_MAIN, "mobile", true)
    );
    assert_eq!((order.total_price, order.final_price, order.items[0].quantity), (947, 947, 1));
    assert_eq!((order.version, order.shown, order.history.len()), (1, false, 0));
    assert_eq!(order.created_at, 1_769_940_000_123_000_000);
    assert_eq!(order.visible_at, "2026-02-01T10:15:00.000Z");
    assert_eq!(order.idempotency_key, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_app_sends_lines_and_hears_everything_about_its_slot() {
    let world = World::start().await;
    let extra = LineExtra { extra_id: CHEESE.to_owned(), side: "left".to_owned(), ..LineExtra::default() };
    let request = PizzaOrderRequest {
        lines: vec![OrderLine {
            quantity: 2,
            what: Some(What::Halves(HalvesLine {
                left_product_id: MARGHERITA.to_owned(),
                right_product_id: PEPPERONI.to_owned(),
                extras: vec![extra],
                ..HalvesLine::default()
            })),
        }],
        customer_phone: "8 (912) 345-67-89".to_owned(),
        delivery_address: "Мира, 1".to_owned(),
        ..PizzaOrderRequest::default()
    };

    let answer: OrderResponse = world.orders().create_order(request).await.unwrap().into_inner();

    assert_eq!((answer.total_price, answer.delivery_fee, answer.final_price), (1598, 0, 1598));
    assert_eq!((answer.items_count, answer.replayed), (2, false));
    assert_eq!(answer.slot_id, format!("slot:{BRANCH_MAIN}:1769942700"));
    assert_eq!(answer.slot_end.unwrap().seconds - answer.slot_start.unwrap().seconds, 900);
    let wanted = world.kitchen.wanted();
    assert_eq!(wanted[0].need.unwrap().oven_places, 2);
    assert_eq!(wanted[0].preferred.unwrap().seconds, 1_769_940_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn ord_14_every_fault_of_a_request_is_named_at_once() {
    let world = World::start().await;
    let line = |quantity, product_id: &str, extra: &str| OrderLine {
        quantity,
        what: Some(What::Product(ProductLine {
            product_id: product_id.to_owned(),
            extras: vec![LineExtra { extra_name: extra.to_owned(), ..LineExtra::default() }],
            ..ProductLine::default()
        })),
    };
    let nowhere = "019c1a00-0000-7000-8000-0000000009ff";
    let request = PizzaOrderRequest {
        lines: vec![line(1, nowhere, "Сыр"), line(100, MARGHERITA, "Сыр"), line(1, MARGHERITA, "Ананас")],
        is_pickup: true,
        ..PizzaOrderRequest::default()
    };

    let refused = world.orders().create_order(request).await.unwrap_err();

    let details = refused.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((refused.code(), info.reason.as_str()), (Code::InvalidArgument, "VALIDATION_FAILED"));
    assert_eq!(details.bad_request().unwrap().field_violations.len(), 3);
    let reasons = "UNKNOWN_PRODUCT,QUANTITY_OUT_OF_RANGE,UNKNOWN_EXTRA";
    assert_eq!(info.metadata["violation_reasons"], reasons);
    assert!(world.kitchen.wanted().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_refused_even_where_none_is_needed() {
    let world = World::start().await;
    let mut request = Request::new(margherita());
    request.metadata_mut().insert("authorization", "Bearer nonsense".parse().unwrap());

    let refused = order_service_client::OrderServiceClient::new(world.channel()).create_order(request).await;

    assert_eq!(refused.unwrap_err().code(), Code::Unauthenticated);
}
