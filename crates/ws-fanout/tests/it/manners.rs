//! How sockets open and close.

use chassis::{Clock as _, IdSource as _, SystemClock, SystemIds};
use contracts::events::v1::order_event::Type;
use contracts::order::PizzaOrder;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use testkit::{Tablet, TokenRequest};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::stage::{MAIN, OTHER, PATIENCE, Stage, event, moved, order, snapshot, told};

type Raw = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a socket with these headers, and nothing more.
async fn open(url: &str, headers: &[(&'static str, &str)]) -> Result<(Raw, Option<String>), Error> {
    let mut request = url.into_client_request()?;
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let (socket, response) = connect_async(request).await?;
    let protocol =
        response.headers().get("sec-websocket-protocol").map(|value| value.to_str().unwrap().to_owned());
    Ok((socket, protocol))
}

/// Reads on until the server closes.
async fn code(socket: &mut Raw) -> Option<u16> {
    loop {
        match timeout(PATIENCE, socket.next()).await.expect("the server closes in time")? {
            Ok(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

fn status(refused: &Error) -> u16 {
    match refused {
        Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_missing_dead_or_ends_closes_with_4401() {
    let stage = Stage::start(vec![]).await;
    let url = stage.tablet_url();
    drop(stage.tablet().await);
    let (mut silent, _) = open(&url, &[]).await.unwrap();
    let (mut dead, _) = open(&url, &[("authorization", "Bearer abc")]).await.unwrap();
    let expired = TokenRequest { lives: -60, ..TokenRequest::of("cook") };
    let (mut late, _) =
        open(&url, &[("authorization", &format!("Bearer {}", stage.keys.sign(&expired)))]).await.unwrap();
    // long enough to connect and to get the snapshot
    let short = TokenRequest { lives: 10, ..TokenRequest::of("cook") };
    let mut ends = Tablet::connect(&url, &stage.keys.sign(&short)).await;
    snapshot(&mut ends).await;

    assert_eq!(code(&mut dead).await, Some(4401));
    assert_eq!(code(&mut late).await, Some(4401));
    assert_eq!(ends.close_code(PATIENCE).await, 4401);
    assert_eq!(code(&mut silent).await, Some(4401));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_come_as_sub_protocol_or_in_the_first_frame() {
    let stage = Stage::start(vec![]).await;
    let (url, token) = (stage.tablet_url(), stage.cook());
    drop(stage.tablet().await);

    let (mut browser, protocol) =
        open(&url, &[("sec-websocket-protocol", &format!("bearer, {token}"))]).await.unwrap();
    let (mut plain, _) = open(&url, &[]).await.unwrap();
    let auth = json!({"type": "auth", "id": SystemIds.new_v7(SystemClock.now()), "data": {"token": token}});
    plain.send(Message::text(auth.to_string())).await.unwrap();

    assert_eq!(protocol.as_deref(), Some("bearer"));
    for socket in [&mut browser, &mut plain] {
        let first = socket.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(first.contains(r#""type":"hello""#), "{first}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_or_a_role_that_is_not_granted_closes_with_4403() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);
    let foreign = format!("{}?branch_id={OTHER}", stage.tablet_url());

    let mut elsewhere = Tablet::connect(&foreign, &stage.cook()).await;
    let mut technologist =
        Tablet::connect(&stage.dashboard_url(), &stage.keys.token("technologist", MAIN)).await;
    let mut switching = stage.tablet().await;
    switching.send("subscribe", json!({"branch_id": OTHER})).await;

    assert_eq!(elsewhere.close_code(PATIENCE).await, 4403);
    assert_eq!(technologist.close_code(PATIENCE).await, 4403);
    assert_eq!(switching.close_code(PATIENCE).await, 4403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_device_connecting_again_closes_the_old_socket_with_4409() {
    let stage = Stage::start(vec![]).await;
    let subject = SystemIds.new_v7(SystemClock.now());
    let mut old = stage.connect(&stage.tablet_url(), &stage.device(subject)).await;
    snapshot(&mut old).await;

    let mut new = Tablet::connect(&stage.tablet_url(), &stage.device(subject)).await;
    snapshot(&mut new).await;

    assert_eq!(old.close_code(PATIENCE).await, 4409);
    stage.tell(Type::Created, "", &order("pending", true)).await;
    assert_eq!(told(&new.next(PATIENCE).await), ("order:created", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_foreign_origins_and_odd_addresses_are_refused() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);

    let foreign = open(&stage.tablet_url(), &[("origin", "https://evil.example")]).await.unwrap_err();
    let odd = open(&format!("{}?branch_id=7", stage.tablet_url()), &[]).await.unwrap_err();

    assert_eq!((status(&foreign), status(&odd)), (403, 400));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_order_book_has_answered_nobody_is_let_in() {
    let topics = testkit::TestTopics::fresh().await;
    let mut stage = Stage::set(vec![], topics).await;
    stage.config.own.order_consumer_url = format!("http://127.0.0.1:{}", testkit::free_port());
    stage.raise().await;

    let refused = open(&stage.tablet_url(), &[]).await.unwrap_err();

    assert_eq!(status(&refused), 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_unreadable_frame_closes_with_1008() {
    let stage = Stage::start(vec![]).await;
    let mut tablet = stage.tablet().await;

    for _ in 0..3 {
        tablet.send_text("nonsense".to_owned()).await;
    }

    assert_eq!(tablet.close_code(PATIENCE).await, 1008);
}

#[tokio::test(flavor = "multi_thread")]
async fn rts_5_one_client_that_stops_reading_is_closed_with_4408_and_the_others_get_everything() {
    const EVENTS: i64 = 1500;
    let topics = testkit::TestTopics::fresh().await;
    let mut stage = Stage::set(vec![], topics).await;
    stage.config.own.socket_queue_frames = 200;
    stage.raise().await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(stage.tablet().await);
    }
    let (mut stalled, _) =
        open(&stage.tablet_url(), &[("authorization", &format!("Bearer {}", stage.cook()))]).await.unwrap();
    // hello and snapshot, and then no more
    stalled.next().await.unwrap().unwrap();
    stalled.next().await.unwrap().unwrap();

    // more than the system keeps for a connection whose other end does not read
    let mut latest = PizzaOrder { notes: "x".repeat(10_000), ..order("pending", true) };
    for _ in 0..EVENTS / 50 {
        let mut batch = Vec::new();
        for _ in 0..50 {
            batch.push(event(Type::StatusChanged, "preparing", &latest));
            latest = moved(&latest, "preparing");
        }
        stage.tell_all(batch).await;
        let last = latest.version - 1;
        for other in &mut others {
            other.until(PATIENCE, |frame| told(frame).1 == last).await;
        }
    }

    assert_eq!(code(&mut stalled).await, Some(4408));
    stage.tell(Type::StatusChanged, "preparing", &latest).await;
    for other in &mut others {
        assert_eq!(told(&other.next(PATIENCE).await), ("order:status:changed", EVENTS + 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_in_plain_http_is_told_what_this_address_speaks() {
    let stage = Stage::start(vec![]).await;
    drop(stage.tablet().await);
    let url = stage.tablet_url().replace("ws://", "http://");
    let get = async |url: String| {
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    let (status, why) = get(url.clone()).await;
    let (elsewhere, nothing) = get(format!("{url}/nothing")).await;

    assert!(status == 426 && why.contains("WEBSOCKET_EXPECTED"), "{status} {why}");
    assert!(elsewhere == 404 && nothing.contains("ROUTE_NOT_FOUND"), "{elsewhere} {nothing}");
}
