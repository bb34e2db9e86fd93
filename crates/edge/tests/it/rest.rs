//! The mount of the transcoder, over a real port.

use std::time::Duration;

use chassis::Health;
use edge::rest::{Cors, RestSettings, Shelf};
use reqwest::{Client, Method, Response, StatusCode};
use rest_over_grpc::transcoding::{HttpResponse, Transcode, TranscodeResponse};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::world;

const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/api/v1/menu"),
    ("GET", "/api/v1/menu/pizzas"),
    ("GET", "/api/v1/menu/sets"),
    ("POST", "/api/v1/order"),
    ("GET", "/api/v1/erp/orders"),
    ("GET", "/api/v1/erp/orders/{order_id}"),
    ("PUT", "/api/v1/erp/slots/{slot_id}/disabled"),
];

/// Answers how it was called.
struct Mirror;

impl Transcode for Mirror {
    async fn try_transcode(
        &self,
        method: &str,
        target: &str,
        headers: http::HeaderMap,
        body: &[u8],
    ) -> Option<TranscodeResponse> {
        let traceparent = headers.get("traceparent").map(|value| value.to_str().unwrap());
        let seen = json!({
            "method": method,
            "target": target,
            "body": String::from_utf8_lossy(body),
            "traceparent": traceparent,
        });
        let mut answer = HttpResponse::ok_json(serde_json::to_vec(&seen).unwrap());
        if target.starts_with("/api/v1/menu") {
            answer.headers_mut().insert("etag", http::HeaderValue::from_static("\"7-main\""));
        }
        if target == "/api/v1/menu/sets" && headers.contains_key("if-none-match") {
            answer.headers_mut().insert("x-http-code", http::HeaderValue::from_static("304"));
        }
        if method == "POST" {
            answer.headers_mut().insert("x-http-code", http::HeaderValue::from_static("201"));
        }
        Some(TranscodeResponse::Unary(answer))
    }
}

struct Server {
    url: String,
    http: Client,
    stop: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Server {
    async fn start() -> Self {
        Self::with_bodies_within(Duration::from_secs(10)).await
    }

    async fn with_bodies_within(body_within: Duration) -> Self {
        let (listener, address) = world::port().await;
        let stop = CancellationToken::new();
        let settings = RestSettings {
            verifier: world::verifier(),
            public: PUBLIC,
            cors: Cors::parse("https://shop.example"),
            shelf: Some(Shelf::new(&["/api/v1/menu/pizzas"], &["/api/v1/erp/slots/"], || Some(1))),
            body_within,
        };
        tokio::spawn(edge::rest::serve(listener, Mirror, settings, |_| {}, stop.clone()));
        let http = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { url: format!("http://{address}"), http, stop }
    }

    async fn call(&self, method: Method, path: &str) -> Response {
        self.http.request(method, format!("{}{path}", self.url)).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.call(Method::GET, path).await
    }
}

fn header(answer: &Response, name: &str) -> String {
    answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

async fn refusal(answer: Response) -> String {
    let status = answer.status().as_u16();
    format!("{status} {}", answer.text().await.unwrap())
}

#[tokio::test]
async fn what_no_route_takes_is_refused_in_the_shape_of_all_errors() {
    let server = Server::start().await;

    let unknown = server.get("/api/v1/nothing").await;
    insta::assert_snapshot!(refusal(unknown).await, @r#"404 {"code":5,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"ROUTE_NOT_FOUND"}],"message":"there is no such route"}"#);
    let wrong = server.call(Method::DELETE, "/api/v1/menu").await;
    assert_eq!(header(&wrong, "allow"), "GET, HEAD");
    insta::assert_snapshot!(refusal(wrong).await, @r#"405 {"code":12,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"METHOD_NOT_ALLOWED"}],"message":"this route does not take that method"}"#);
    let by_hand = server.call(Method::POST, "/api/v1/health").await;
    assert_eq!(
        (by_hand.status(), header(&by_hand, "allow").as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD")
    );
    let text = server.http.post(format!("{}/api/v1/order", server.url)).body("x").send().await.unwrap();
    insta::assert_snapshot!(refusal(text).await, @r#"415 {"code":3,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"CONTENT_TYPE_NOT_SUPPORTED"}],"message":"send application/json"}"#);
    let large =
        server.http.post(format!("{}/api/v1/order", server.url)).json(&"x".repeat(70_000)).send().await;
    insta::assert_snapshot!(refusal(large.unwrap()).await, @r#"413 {"code":3,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"BODY_TOO_LARGE"}],"message":"the body has more than 65536 bytes"}"#);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_refused_and_its_connection_closed() {
    let server = Server::with_bodies_within(Duration::from_millis(200)).await;
    let host = server.url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).await.unwrap();
    let head = format!("POST /api/v1/order HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n");

    socket.write_all(format!("{head}content-length: 100\r\n\r\n{{").as_bytes()).await.unwrap();
    let mut said = String::new();
    let answer = socket.read_to_string(&mut said);
    tokio::time::timeout(Duration::from_secs(5), answer).await.unwrap().unwrap();

    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    insta::assert_snapshot!(body, @r#"{"code":4,"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"BODY_TOO_SLOW"}],"message":"the body did not come in time"}"#);
}

#[tokio::test]
async fn a_route_that_is_not_public_needs_a_token_and_a_wrong_one_opens_none() {
    let server = Server::start().await;

    let nobody = server.get("/api/v1/admin/products").await;
    insta::assert_snapshot!(refusal(nobody).await, @r#"401 {"code":16,"message":"sign in first","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","domain":"pizzeria","metadata":{},"reason":"NOT_SIGNED_IN"}]}"#);
    let wrong = server.http.get(format!("{}/api/v1/menu", server.url)).bearer_auth("nonsense").send().await;
    assert_eq!(wrong.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn ids_with_a_colon_reach_their_route() {
    let server = Server::start().await;

    let plain: Value = server.get("/api/v1/erp/orders/a:b?role=cook").await.json().await.unwrap();
    let answer =
        server.http.put(format!("{}/api/v1/erp/slots/slot:1:2/disabled", server.url)).json(&json!({}));
    let inner: Value = answer.send().await.unwrap().json().await.unwrap();

    assert!(plain["target"].as_str().unwrap().ends_with("?role=cook"), "{plain}");
    assert!(inner["target"].as_str().unwrap().contains("/slots/slot"), "{inner}");
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Server::start().await;

    for path in ["/api/v1/menu", "/api/v1/openapi.json", "/docs/"] {
        let answer = server.call(Method::HEAD, path).await;

        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.text().await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_service_may_choose_another_status_of_success() {
    let server = Server::start().await;

    let answer =
        server.http.post(format!("{}/api/v1/order", server.url)).json(&json!({})).send().await.unwrap();

    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(header(&answer, "x-http-code"), "");
}

#[tokio::test]
async fn an_unchanged_menu_is_not_sent_again() {
    let server = Server::start().await;
    let fresh = server.get("/api/v1/menu").await;
    let (tag, rule) = (header(&fresh, "etag"), header(&fresh, "cache-control"));
    assert_eq!((tag.as_str(), rule.as_str()), ("\"7-main\"", "no-cache"));

    for known in [tag.as_str(), "W/\"7-main\"", "\"6-main\", \"7-main\"", "*"] {
        let request = server.http.get(format!("{}/api/v1/menu", server.url)).header("if-none-match", known);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(header(&answer, "etag"), tag);
        assert_eq!(answer.text().await.unwrap(), "");
    }
    let other = server.http.get(format!("{}/api/v1/menu", server.url)).header("if-none-match", "\"6-main\"");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn an_answer_that_says_nothing_new_has_no_body_when_its_owner_says_so() {
    let server = Server::start().await;
    let host = server.url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).await.unwrap();
    let once = format!("GET /api/v1/menu/sets HTTP/1.1\r\nhost: {host}\r\nif-none-match: \"7-main\"\r\n");

    socket.write_all(format!("{once}\r\n{once}connection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut said = String::new();
    socket.read_to_string(&mut said).await.unwrap();

    let answers: Vec<&str> = said.split_inclusive("\r\n\r\n").collect();
    assert_eq!(answers.len(), 2, "{said}");
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 304 ")), "{said}");
}

#[tokio::test]
async fn answers_that_are_the_same_for_everybody_are_kept_until_something_changes() {
    let server = Server::start().await;
    let page = async || server.get("/api/v1/menu/pizzas").await.text().await.unwrap();
    let unchanged = server.http.get(format!("{}/api/v1/menu/pizzas", server.url));
    let unchanged = unchanged.header("if-none-match", "\"7-main\"").send().await.unwrap();
    assert_eq!(unchanged.status(), StatusCode::NOT_MODIFIED);

    // the trace of a call is in its answer
    let kept = page().await;
    assert_eq!(page().await, kept);

    server.call(Method::PUT, "/api/v1/erp/slots/7/disabled").await;
    assert_ne!(page().await, kept);
}

#[tokio::test]
async fn every_answer_carries_its_request_id_and_keeps_browsers_careful() {
    let server = Server::start().await;

    let request = server.http.get(format!("{}/api/v1/erp/orders", server.url));
    let named = request.header("x-request-id", "r-1").header("traceparent", PARENT).send().await.unwrap();
    let plain = server.get("/api/v1/nothing").await;

    assert_eq!(header(&named, "x-request-id"), "r-1");
    assert_eq!(header(&named, "x-content-type-options"), "nosniff");
    assert_eq!(header(&named, "cache-control"), "no-store");
    let seen: Value = named.json().await.unwrap();
    let traceparent = seen["traceparent"].as_str().unwrap();
    assert!(traceparent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && traceparent != PARENT);
    assert_eq!(header(&plain, "x-request-id").len(), 32);
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn pages_of_listed_origins_may_call_and_no_others() {
    let server = Server::start().await;
    let ask = async |origin: &str| {
        let request = server.http.request(Method::OPTIONS, format!("{}/api/v1/order", server.url));
        request.header("origin", origin).header("access-control-request-method", "POST").send().await.unwrap()
    };

    let (ours, theirs) = (ask("https://shop.example").await, ask("https://evil.example").await);

    assert_eq!(ours.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(&ours, "access-control-allow-origin"), "https://shop.example");
    assert!(header(&ours, "access-control-allow-headers").contains("idempotency-key"));
    assert_eq!(header(&theirs, "access-control-allow-origin"), "");
    let request =
        server.http.get(format!("{}/api/v1/menu", server.url)).header("origin", "https://shop.example");
    let plain = request.send().await.unwrap();
    assert_eq!(header(&plain, "access-control-allow-origin"), "https://shop.example");
    assert!(header(&plain, "vary").contains("origin"));
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_ask() {
    let server = Server::start().await;
    let request =
        server.http.get(format!("{}/api/v1/openapi.json", server.url)).header("accept-encoding", "gzip");

    let answer = request.send().await.unwrap();

    assert_eq!(header(&answer, "content-encoding"), "gzip");
    for _ in 0..2 {
        let kept = server.http.get(format!("{}/api/v1/menu/pizzas", server.url));
        let kept = kept.header("accept-encoding", "br;q=0.5, gzip").send().await.unwrap();
        assert_eq!(
            (header(&kept, "content-encoding"), header(&kept, "vary")),
            ("gzip".into(), "accept-encoding".into())
        );
        assert!(kept.bytes().await.unwrap().starts_with(&[0x1F, 0x8B]));
    }
    let plain = server.get("/api/v1/menu/pizzas").await;
    assert_eq!(header(&plain, "content-encoding"), "");
}

#[tokio::test]
async fn the_api_describes_itself() {
    let server = Server::start().await;

    let document: Value = server.get("/api/v1/openapi.json").await.json().await.unwrap();
    let bare = server.get("/docs").await;
    let page = server.get("/docs/").await;

    assert!(document["paths"]["/api/v1/order"]["post"].is_object());
    assert_eq!(
        (bare.status(), header(&bare, "location").as_str()),
        (StatusCode::PERMANENT_REDIRECT, "/docs/")
    );
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().await.unwrap().contains("swagger"));
}

#[tokio::test]
async fn operators_see_what_is_missing() {
    let (listener, address) = world::port().await;
    let (health, stop) = (Health::new(), CancellationToken::new());
    let kafka = health.check("kafka");
    let server = tokio::spawn(edge::ops::serve(listener, health.clone(), stop.clone()));
    let get = async |path: &str| {
        let answer = reqwest::get(format!("http://{address}{path}")).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };

    assert_eq!(get("/healthz").await.0, 200);
    let (status, report) = get("/readyz").await;
    assert_eq!(status, 503);
    assert!(report.contains("kafka") && report.contains("starting"), "{report}");
    kafka.up();
    assert_eq!(get("/readyz").await.0, 200);
    assert_eq!(get("/metrics").await.0, 200);
    let head = reqwest::Client::new().head(format!("http://{address}/readyz")).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    stop.cancel();
    server.await.unwrap().unwrap();
}
