//! What holds for every request, whatever it came in: its price adds up, and its record is one for every reader.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::menu::v1::MenuSnapshot;
use contracts::menu_snapshot::to_domain;
use contracts::record::{self, GivenSlot, IdempotencyRecord};
use contracts::topics::SCHEMA_VERSION;
use domain::ids::{ItemId, OrderId};
use domain::menu::Menu;
use domain::orders::fingerprint::fingerprint;
use domain::orders::price::{branch_of, price};
use domain::orders::priced::{Priced, PricedItem};
use domain::orders::request::PlaceOrder;
use domain::{Refused, ServiceError as _};
use edge::into_status;
use http::HeaderMap;
use prost::Message as _;
use uuid::Uuid;

/// As far as the gateway lets anybody order ahead.
const FARTHEST: TimeDelta = TimeDelta::days(30);
const MOST_HEADERS: usize = 8 * 1024;
const NOON: DateTime<Utc> = DateTime::from_timestamp_nanos(1_770_000_000_000_000_000);
const ORDER_ID: u128 = 0x019c_1a00_0000_7000_8000_0000_0000_0001;

/// Two pizzas, a drink that stopped, two extras, a fixed set and one with a choice, at one open branch.
static MENU: LazyLock<Menu> = LazyLock::new(|| {
    let snapshot: MenuSnapshot =
        serde_json::from_str(include_str!("menu.json")).expect("the sample is a snapshot");
    to_domain(&snapshot).expect("the sample is a menu")
});

/// Prices the request, if it is one, and looks at what would be written.
pub fn check(request: &PlaceOrder) {
    assert_eq!(fingerprint(request), fingerprint(&request.clone()));
    let priced = match price(request, &MENU, NOON, FARTHEST) {
        Ok(priced) => priced,
        Err(refused) => return fits_into_an_answer(refused),
    };
    assert_eq!(Some(priced.branch), branch_of(request, &MENU));
    sums_agree(&priced);
    readers_agree(&priced);
}

/// A refusal names its faults in headers, and there some clients take 8 KiB.
pub fn fits_into_an_answer(refused: Refused) {
    assert!(!refused.violations().is_empty(), "refused without a fault");
    let mut headers = HeaderMap::new();
    into_status(refused).add_header(&mut headers).expect("a status is made of headers");
    let length: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    assert!(length <= MOST_HEADERS, "{length} bytes of refusal");
}

fn sums_agree(priced: &Priced) {
    let of_item = |item: &PricedItem| i128::from(item.unit_price.kopecks()) * i128::from(item.quantity);
    let goods: i128 = priced.items.iter().map(of_item).sum();
    assert_eq!(i128::from(priced.goods.kopecks()), goods, "the total is not the sum of its items");
    let pays = goods - i128::from(priced.discount.kopecks()) + i128::from(priced.fee.kopecks());
    assert_eq!(i128::from(priced.final_price.kopecks()), pays);
    assert!(priced.not_before >= NOON && priced.not_before <= NOON + FARTHEST);
    for (index, item) in (0..).zip(&priced.items) {
        assert_eq!(item.item_index, index);
        assert!(item.unit_price.is_whole_roubles(), "the wire has no kopecks");
        assert_eq!(item.product_price.checked_add(item.extras_price), Some(item.unit_price));
    }
}

/// An order that was accepted from its customer is accepted by whoever reads the log.
fn readers_agree(priced: &Priced) {
    let id = |number: u32| ItemId::from_uuid(Uuid::from_u128(ORDER_ID + 1 + u128::from(number)));
    let draft = record::draft(
        OrderId::from_uuid(Uuid::from_u128(ORDER_ID)),
        priced,
        id,
        "customer",
        IdempotencyRecord::default(),
    );
    let slot = GivenSlot {
        slot_id: "MAIN:1770000300".to_owned(),
        start: NOON + TimeDelta::minutes(5),
        end: NOON + TimeDelta::minutes(20),
        visible_at: NOON,
        business_date: "2026-02-02".to_owned(),
        display_number: 42,
        display_id: "0042".to_owned(),
    };
    let order = record::with_slot(draft, &slot);
    let read = record::accepted(&order.encode_to_vec(), SCHEMA_VERSION);
    let read = read.unwrap_or_else(|fault| panic!("no reader takes what the gateway writes: {fault}"));
    assert_eq!(read.order, order);
    assert_eq!(i64::from(read.order.final_price), priced.final_price.roubles());
}
