use diesel::QueryableByName;
use diesel::sql_types::{Array, Text};
use diesel_async::RunQueryDsl as _;
use store::prepared;

use crate::world::{ask, kitchen};

#[derive(QueryableByName)]
struct Dish {
    #[diesel(sql_type = Text)]
    name: String,
}

#[tokio::test]
async fn a_constant_text_is_prepared_once_for_all_its_uses() {
    let (_db, _settings, mut conn) = kitchen().await;

    for menu in [vec!["margherita"], vec!["marinara", "diavola"]] {
        let dishes = diesel::sql_query("SELECT unnest($1) AS name").bind::<Array<Text>, _>(&menu);
        let served: Vec<Dish> = prepared(dishes).load(&mut conn).await.unwrap();
        assert!(served.iter().map(|dish| dish.name.as_str()).eq(menu));
    }

    let uses = "SELECT count(*) || ' times, used ' || sum(generic_plans + custom_plans) AS answer \
                FROM pg_prepared_statements WHERE statement LIKE 'SELECT unnest%'";
    assert_eq!(ask(&mut conn, uses).await, "1 times, used 2");
}
