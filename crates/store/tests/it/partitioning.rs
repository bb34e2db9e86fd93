use chrono::NaiveDate;
use diesel_async::SimpleAsyncConnection as _;
use store::partitions::{default_rows, ensure_months};

use crate::world::kitchen;

const ORDERS: &str = "CREATE TABLE orders (id int NOT NULL, created_at timestamptz NOT NULL) \
     PARTITION BY RANGE (created_at); \
     CREATE TABLE orders_default PARTITION OF orders DEFAULT";

#[tokio::test]
async fn months_are_made_ahead_once_and_cross_the_year() {
    let (_db, _settings, mut conn) = kitchen().await;
    conn.batch_execute(ORDERS).await.unwrap();
    let december = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();

    let first = ensure_months(&mut conn, "orders", december, 2).await.unwrap();
    let second = ensure_months(&mut conn, "orders", december, 3).await.unwrap();

    assert_eq!(first, ["orders_y2026m12", "orders_y2027m01", "orders_y2027m02"]);
    assert_eq!(second, ["orders_y2027m03"]);
}

#[tokio::test]
async fn a_row_of_a_month_that_was_not_made_is_kept_and_counted() {
    let (_db, _settings, mut conn) = kitchen().await;
    conn.batch_execute(ORDERS).await.unwrap();
    let january = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();
    ensure_months(&mut conn, "orders", january, 0).await.unwrap();

    let rows = "INSERT INTO orders VALUES (1, '2026-01-31 23:59:59+00'), (2, '2026-02-01 00:00:00+00')";
    conn.batch_execute(rows).await.unwrap();

    assert_eq!(default_rows(&mut conn, "orders").await.unwrap(), 1);
}
