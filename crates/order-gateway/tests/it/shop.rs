//! The shop page: bodies that are in the field.

use reqwest::Method;
use serde_json::{Value, json};

use crate::menu::EVERYTHING;
use crate::world::World;

async fn order(world: &World, body: &Value) -> (u16, Value) {
    let answer = world.rest(Method::POST, "/api/v1/order").json(body).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_pages_body_makes_an_order() {
    let world = World::start().await;
    let body = json!({
        "items": [
            {"pizza_name": "Маргарита", "quantity": 2, "extras": ["Сыр"], "exclude_ingredients": ["Базилик"],
             "price": 1, "ingredients": ["whatever"], "is_set_item": false, "set_name": ""},
            {"pizza_name": "Маргарита", "quantity": 1, "extras": [], "is_set_item": true, "set_name": "Дуэт"},
            {"pizza_name": "Пепперони", "quantity": 1, "extras": [], "is_set_item": true, "set_name": "Дуэт"}
        ],
        "customer_id": 7, "customer_first_name": "Анна", "customer_last_name": "К",
        "customer_phone": "9123456789", "delivery_address": "Мира, 1", "call_before_minutes": 15,
        "payment_method": "CARD", "is_pickup": false, "pickup_location_id": "", "discount_amount": 0,
        "discount_percent": 0, "notes": "без звонка", "is_set": false, "set_name": ""
    });

    let (status, answer) = order(&world, &body).await;

    assert_eq!(status, 200, "{answer}");
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap(), @r#"
    {
      "branch_id": "01900000-0000-7000-8000-000000000001",
      "delivery_fee": 0,
      "display_id": "0001",
      "final_price": 2495,
      "items_count": 4,
      "items_price": 2495,
      "order_id": "019c18a5-1d7b-7000-8000-000000000001",
      "replayed": false,
      "slot_end": "2026-02-01T11:00:00.000Z",
      "slot_id": "slot:01900000-0000-7000-8000-000000000001:1769942700",
      "slot_start": "2026-02-01T10:45:00.000Z",
      "status": "pending",
      "total_price": 2495,
      "visible_at": "2026-02-01T10:15:00.000Z"
    }
    "#);
    let order = world.log().await.remove(0);
    assert_eq!((order.channel.as_str(), order.payment_method.as_str()), ("web", "card"));
    assert_eq!((order.customer_phone.as_str(), order.is_pickup), ("+79123456789", false));
    let lines: Vec<_> =
        order.items.iter().map(|item| (item.line_index, item.price, item.is_set_item)).collect();
    assert_eq!(lines, [(0, 748, false), (1, 439, true), (1, 560, true)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_field_is_refused_by_its_name() {
    let world = World::start().await;
    let body = json!({"items": [{"pizza_name": "Маргарита", "quantity": 1, "pice": 5}]});

    let (status, refused) = order(&world, &body).await;

    assert_eq!(status, 400);
    assert_eq!(refused["details"][0]["field_violations"][0]["field"], "items[0].pice");
    assert_eq!(refused["details"][1]["reason"], "UNKNOWN_FIELD");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_named_by_the_fields_that_were_sent() {
    let world = World::start().await;
    let body = json!({
        "items": [{"pizza_name": "Гавайская", "quantity": 1}, {"pizza_name": "Маргарита", "quantity": 100}],
        "customer_phone": "12ab"
    });

    let (status, refused) = order(&world, &body).await;

    assert_eq!(status, 400);
    insta::assert_snapshot!(serde_json::to_string_pretty(&refused).unwrap(), @r#"
    {
      "code": 3,
      "details": [
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          "field_violations": [
            {
              "description": "is not a phone number",
              "field": "customer_phone",
              "reason": "PHONE_INVALID"
            },
            {
              "description": "is no product on the menu",
              "field": "items[0].pizza_name",
              "reason": "UNKNOWN_PRODUCT"
            },
            {
              "description": "must be within 1..=99",
              "field": "items[1].quantity",
              "reason": "QUANTITY_OUT_OF_RANGE"
            }
          ]
        },
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          "domain": "pizzeria",
          "metadata": {},
          "reason": "VALIDATION_FAILED"
        }
      ],
      "message": "customer_phone is not a phone number; items[0].pizza_name is no product on the menu; items[1].quantity must be within 1..=99"
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_too_large_to_be_kept_is_refused_by_the_list_that_was_sent() {
    let world = World::start().await;
    let item = json!({"pizza_name": "Со всем", "quantity": 1});
    let line = json!({"quantity": 1, "product": {"product_id": EVERYTHING}});

    for (list, one) in [("items", item), ("lines", line)] {
        let of = |count: usize| json!({list: vec![one.clone(); count], "is_pickup": true});
        let (fits, _) = order(&world, &of(5)).await;
        let (status, refused) = order(&world, &of(50)).await;

        assert_eq!((fits, status), (200, 400), "{refused}");
        let fault = &refused["details"][0]["field_violations"][0];
        assert_eq!((&fault["field"], &fault["reason"]), (&json!(list), &json!("ORDER_TOO_LARGE")));
    }
    assert_eq!(world.kitchen.wanted().len(), 2, "a slot was asked for an order that is too large");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_can_be_tracked_by_whoever_knows_its_id() {
    let world = World::start().await;
    let id = "019c1a00-0000-7000-8000-00000000abcd";
    let track = async |id: &str| {
        let answer = world.rest(Method::GET, &format!("/api/v1/order/{id}/track")).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.headers().get("retry-after").is_some(),
            answer.json::<Value>().await.unwrap(),
        )
    };

    let (early, says_when, reason) = track(id).await;
    world.book.keep(id, "cooking", 3);
    let (status, _, order) = track(id).await;
    let (bad, ..) = track("0042").await;

    assert_eq!((early, says_when), (503, true));
    assert_eq!(reason["details"][0]["reason"], "NOT_YET_STORED");
    assert_eq!((status, &order["status"], bad), (200, &json!("cooking"), 400));
}
