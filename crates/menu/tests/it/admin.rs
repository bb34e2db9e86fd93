use contracts::menu::v1::component::What;
use contracts::menu::v1::{
    Component, DeleteItemRequest, Extra, ExtraLink, FixedComponent, GetItemRequest, ListItemsRequest,
    Product, PutExtraRequest, PutProductRequest, PutSetRequest, Set,
};
use diesel_async::RunQueryDsl;
use tonic::{Code, Status};

use crate::bench::{Bench, MARGHERITA, PEPPERONI, fact, pizza, reason};

const SET: &str = "01900000-0000-7000-8000-00000000b001";
const JALAPENO: &str = "01900000-0000-7000-8000-00000000e101";

#[tokio::test(flavor = "multi_thread")]
async fn a_name_belongs_to_one_product_or_set_even_when_archived() {
    let mut bench = Bench::start().await.with_menu().await;

    let refused = put_set(&mut bench, set("  МАРГАРИТА ", MARGHERITA)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::AlreadyExists, "NAME_TAKEN".to_owned()));
    put_set(&mut bench, set("Дуэт", MARGHERITA)).await.unwrap();
    let refused = bench.put_product(pizza(PEPPERONI, "дуэт")).await.unwrap_err();
    assert_eq!(reason(&refused), "NAME_TAKEN");

    bench.admin.delete_product(bench.owner(item(PEPPERONI))).await.unwrap();
    let other = "01900000-0000-7000-8000-00000000a009";
    let refused = bench.put_product(pizza(other, "Пепперони")).await.unwrap_err();
    assert_eq!(reason(&refused), "NAME_TAKEN");
    bench.put_product(pizza(PEPPERONI, "Пепперони")).await.expect("its own name is still its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_use_is_not_archived_and_the_users_are_named() {
    let mut bench = Bench::start().await.with_menu().await;
    put_set(&mut bench, set("Дуэт", MARGHERITA)).await.unwrap();
    put_extra(&mut bench, "Халапеньо").await.unwrap();
    let link = ExtraLink { extra_id: JALAPENO.to_owned(), ..ExtraLink::default() };
    bench.put_product(Product { extras: vec![link], ..pizza(PEPPERONI, "Пепперони") }).await.unwrap();

    let product = bench.admin.delete_product(bench.owner(item(MARGHERITA))).await.unwrap_err();
    let extra = bench.admin.delete_extra(bench.owner(item(JALAPENO))).await.unwrap_err();

    assert_eq!((product.code(), reason(&product)), (Code::FailedPrecondition, "IN_USE".to_owned()));
    assert_eq!((reason(&extra), fact(&extra, "users")), ("IN_USE".to_owned(), "Пепперони".to_owned()));
    assert_eq!(fact(&product, "users"), "Дуэт");

    bench.put_product(pizza(PEPPERONI, "Пепперони")).await.unwrap();
    bench.admin.delete_extra(bench.owner(item(JALAPENO))).await.expect("nobody links to it any more");
    bench.admin.delete_set(bench.owner(item(SET))).await.unwrap();
    bench.admin.delete_product(bench.owner(item(MARGHERITA))).await.expect("no set holds it any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_a_conflict_that_names_the_true_one() {
    let mut bench = Bench::start().await.with_menu().await;
    let mut put = async |expected_version| {
        let request = PutProductRequest {
            id: MARGHERITA.to_owned(),
            product: Some(pizza(MARGHERITA, "Маргарита")),
            expected_version,
        };
        bench.admin.put_product(bench.owner(request)).await.map(|answer| answer.into_inner().version)
    };

    assert_eq!(put(Some(1)).await.unwrap(), 2);
    for stale in [0, 1, 3] {
        let refused = put(Some(stale)).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, "VERSION_CONFLICT".to_owned()));
        assert_eq!(fact(&refused, "version"), "2");
    }
    assert_eq!(put(None).await.unwrap(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_command_is_done_once_and_its_key_fits_no_other() {
    let mut bench = Bench::start().await.with_menu().await;
    let token = bench.keys.chain_token("admin");
    let keyed = |product: Product| {
        let message =
            PutProductRequest { id: product.id.clone(), product: Some(product), expected_version: None };
        let mut request = crate::bench::with_token(message, &token);
        request.metadata_mut().insert("idempotency-key", "put-1".parse().unwrap());
        request
    };

    let first = bench.admin.put_product(keyed(pizza(MARGHERITA, "Маргарита"))).await.unwrap().into_inner();
    let again = bench.admin.put_product(keyed(pizza(MARGHERITA, "Маргарита"))).await.unwrap().into_inner();
    let other = bench.admin.put_product(keyed(pizza(MARGHERITA, "Марго"))).await.unwrap_err();

    assert_eq!(first, again);
    assert_eq!((other.code(), reason(&other)), (Code::AlreadyExists, "IDEMPOTENCY_KEY_REUSED".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_of_a_product_is_named_at_once() {
    let mut bench = Bench::start().await.with_menu().await;
    let mut product = pizza(MARGHERITA, "  ");
    product.route[1].kind = "fry".to_owned();
    product.composition[0].grams = -1;
    product.extras = vec![ExtraLink { extra_id: "x".to_owned(), price: Some(-5), ..ExtraLink::default() }];

    let refused = bench.put_product(product).await.unwrap_err();

    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "VALIDATION_FAILED".to_owned()));
    let named: Vec<String> = {
        use tonic_types::StatusExt as _;
        let faults = refused.get_details_bad_request().unwrap().field_violations;
        faults.into_iter().map(|fault| fault.field).collect()
    };
    assert_eq!(
        named,
        [
            "product.v1_name",
            "product.route[1].kind",
            "product.composition[0].grams",
            "product.extras[0].extra_id",
            "product.extras[0].price",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_cannot_be_is_refused() {
    let mut bench = Bench::start().await.with_menu().await;
    let empty = Set { components: Vec::new(), ..set("Пусто", MARGHERITA) };
    let unknown = set("Неведомое", "01900000-0000-7000-8000-0000000000ff");

    let refused = put_set(&mut bench, empty).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, "SET_INVALID".to_owned()));
    assert_eq!(reason(&put_set(&mut bench, unknown).await.unwrap_err()), "UNKNOWN_PRODUCT");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_page_by_page_without_what_is_archived() {
    let mut bench = Bench::start().await.with_menu().await;
    let page = ListItemsRequest { page_size: 1, page_token: String::new() };
    let first = bench.admin.list_products(bench.owner(page)).await.unwrap().into_inner();
    let rest = ListItemsRequest { page_size: 1, page_token: first.next_page_token };
    let second = bench.admin.list_products(bench.owner(rest)).await.unwrap().into_inner();
    bench.admin.delete_product(bench.owner(item(PEPPERONI))).await.unwrap();
    let left =
        bench.admin.list_products(bench.owner(ListItemsRequest::default())).await.unwrap().into_inner();
    let archived = GetItemRequest { id: PEPPERONI.to_owned() };
    let archived = bench.admin.get_product(bench.owner(archived)).await.unwrap().into_inner();

    assert_eq!((first.products[0].id.as_str(), second.products[0].id.as_str()), (MARGHERITA, PEPPERONI));
    assert_eq!((second.next_page_token.as_str(), left.products.len(), archived.active), ("", 1, false));
    bench.menu_when("", |menu| menu.pizzas.len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_leaves_its_audit_row_and_a_refused_one_leaves_none() {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        actor: String,
        #[diesel(sql_type = diesel::sql_types::Text)]
        change: String,
    }
    let mut bench = Bench::start().await.with_menu().await;
    bench.put_product(Product { size: "35 см".to_owned(), ..pizza(PEPPERONI, "Пепперони") }).await.unwrap();
    bench.put_product(pizza(PEPPERONI, "Маргарита")).await.unwrap_err();

    let query = "SELECT actor, change::text AS change FROM audit WHERE entity_kind = 'product' \
                 AND entity_id = '01900000-0000-7000-8000-00000000a002' ORDER BY id";
    let rows: Vec<Row> = diesel::sql_query(query).load(&mut bench.db.connect("menu").await).await.unwrap();

    assert_eq!(rows.len(), 2);
    assert!(rows[1].actor.starts_with("staff:"));
    let change: serde_json::Value = serde_json::from_str(&rows[1].change).unwrap();
    assert_eq!((&change["before"]["size"], &change["after"]["size"]), (&"30 см".into(), &"35 см".into()));
}

fn item(id: &str) -> DeleteItemRequest {
    DeleteItemRequest { id: id.to_owned() }
}

fn set(name: &str, product: &str) -> Set {
    let fixed = FixedComponent { product_id: product.to_owned(), count: 2 };
    Set {
        id: SET.to_owned(),
        v1_name: name.to_owned(),
        components: vec![Component { what: Some(What::Fixed(fixed)) }],
        active: true,
        ..Set::default()
    }
}

async fn put_set(bench: &mut Bench, set: Set) -> Result<(), Status> {
    let request = PutSetRequest { id: set.id.clone(), set: Some(set), expected_version: None };
    bench.admin.put_set(bench.owner(request)).await.map(drop)
}

async fn put_extra(bench: &mut Bench, name: &str) -> Result<(), Status> {
    let extra = Extra {
        id: JALAPENO.to_owned(),
        name: name.to_owned(),
        portion_grams: 30,
        max_per_unit: 3,
        active: true,
        ..Extra::default()
    };
    let request = PutExtraRequest { id: JALAPENO.to_owned(), extra: Some(extra), expected_version: None };
    bench.admin.put_extra(bench.owner(request)).await.map(drop)
}
