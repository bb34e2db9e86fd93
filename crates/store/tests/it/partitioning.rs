use chrono::NaiveDate;
use diesel_async::SimpleAsyncConnection as _;
use store::partitions::{default_rows, ensure_months};

use crate::world::{ask, kitchen};

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

#[tokio::test]
async fn a_month_whose_rows_lie_in_the_default_partition_keeps_no_other_from_being_made() {
    let (_db, _settings, mut conn) = kitchen().await;
    conn.batch_execute(ORDERS).await.unwrap();
    conn.batch_execute("INSERT INTO orders VALUES (1, '2026-02-10 00:00:00+00')").await.unwrap();
    let january = NaiveDate::from_ymd_opt(2026, 1, 15).unwrap();

    let error = ensure_months(&mut conn, "orders", january, 2).await.unwrap_err();

    assert!(format!("{error:?}").contains("orders_default"), "{error:?}");
    let made = "SELECT string_agg(relname, ' ' ORDER BY relname) AS answer FROM pg_class \
                WHERE relname LIKE 'orders_y%'";
    assert_eq!(ask(&mut conn, made).await, "orders_y2026m01 orders_y2026m03");

    // as the runbook says
    let moved = "CREATE TEMP TABLE aside AS SELECT * FROM orders_default; DELETE FROM orders_default";
    conn.batch_execute(moved).await.unwrap();
    assert_eq!(ensure_months(&mut conn, "orders", january, 2).await.unwrap(), ["orders_y2026m02"]);
    conn.batch_execute("INSERT INTO orders SELECT * FROM aside").await.unwrap();
    assert_eq!(default_rows(&mut conn, "orders").await.unwrap(), 0);
}
