use std::fmt::Write as _;

use contracts::menu::v1::{
    DeleteItemRequest, GetMenuStatusRequest, GetSnapshotRequest, LiftStopRequest, ListItemsRequest,
    PutBranchTermsRequest, PutProductRequest, SetStopRequest, UpdateMenuRequest,
};
use tonic::{Code, Request, Status};

use crate::bench::{BRANCH_B, Bench, MAIN, MARGHERITA, pizza, price, reason, terms, with_token};

const ROLES: [&str; 9] =
    ["super_admin", "admin", "manager", "technologist", "cook", "packer", "courier", "cashier", "accountant"];

#[tokio::test(flavor = "multi_thread")]
async fn each_role_does_what_the_matrix_allows_and_nothing_else() {
    let mut bench = Bench::start().await.with_menu().await;
    let mut table = String::new();
    for role in ROLES {
        let token = bench.keys.chain_token(role);
        let cells = [
            bench.admin.list_products(with_token(ListItemsRequest::default(), &token)).await.err(),
            bench.admin.put_product(with_token(margherita(), &token)).await.err(),
            bench.admin.add_price(with_token(price("product", MARGHERITA, 549), &token)).await.err(),
            bench.admin.set_stop(with_token(stop(MAIN), &token)).await.err(),
            lift(&mut bench, &token).await,
        ];
        let cells: Vec<_> = cells.iter().map(|refused| cell(refused.as_ref())).collect();
        writeln!(table, "{role}: {}", cells.join(" ")).unwrap();
    }

    // read, edit, price, stop, lift
    let expected = "\
super_admin: yes yes yes yes yes
admin: yes yes yes yes yes
manager: - - - yes yes
technologist: yes yes - yes yes
cook: - - - yes -
packer: - - - yes -
courier: - - - - -
cashier: - - - yes -
accountant: - - - - -
";
    assert_eq!(table, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_without_a_token_changes_or_administers_anything() {
    let mut bench = Bench::start().await.with_menu().await;
    let refusals = [
        bench.admin.update_menu(UpdateMenuRequest::default()).await.unwrap_err(),
        bench.admin.get_menu_status(GetMenuStatusRequest::default()).await.unwrap_err(),
        bench.admin.put_product(margherita()).await.unwrap_err(),
        bench.admin.delete_product(DeleteItemRequest { id: MARGHERITA.to_owned() }).await.unwrap_err(),
        bench.admin.set_stop(stop(MAIN)).await.unwrap_err(),
        bench.admin.lift_stop(LiftStopRequest { stop_id: MARGHERITA.to_owned() }).await.unwrap_err(),
        bench.menu.get_snapshot(GetSnapshotRequest::default()).await.unwrap_err(),
    ];

    for refused in refusals {
        assert_eq!((refused.code(), reason(&refused)), (Code::Unauthenticated, "NOT_SIGNED_IN".to_owned()));
    }
    bench.menu_of("").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_for_one_branch_reaches_no_other_and_not_the_chain() {
    let mut bench = Bench::start().await.with_menu().await;
    let of_b =
        PutBranchTermsRequest { branch_id: BRANCH_B.to_owned(), terms: Some(terms(BRANCH_B, "NSK", false)) };

    bench.admin.set_stop(bench.staff("cook", MAIN, stop(MAIN))).await.expect("the own branch");
    let refusals = [
        bench.admin.set_stop(bench.staff("cook", MAIN, stop(BRANCH_B))).await.unwrap_err(),
        bench.admin.put_branch_terms(bench.staff("admin", MAIN, of_b)).await.unwrap_err(),
        bench.admin.put_product(bench.staff("admin", MAIN, margherita())).await.unwrap_err(),
        bench.admin.add_price(bench.staff("admin", MAIN, price("product", MARGHERITA, 1))).await.unwrap_err(),
    ];

    for refused in refusals {
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::PermissionDenied, "BRANCH_NOT_ALLOWED".to_owned())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_of_another_branch_does_not_exist_for_the_caller() {
    let mut bench = Bench::start().await.with_menu().await;
    let stop =
        bench.admin.set_stop(bench.staff("cook", BRANCH_B, stop(BRANCH_B))).await.unwrap().into_inner();

    let request = LiftStopRequest { stop_id: stop.id };
    let refused = bench.admin.lift_stop(bench.staff("manager", MAIN, request)).await.unwrap_err();

    assert_eq!(refused.code(), Code::NotFound);
}

fn margherita() -> PutProductRequest {
    let product = Some(pizza(MARGHERITA, "Маргарита"));
    PutProductRequest { id: MARGHERITA.to_owned(), product, expected_version: None }
}

fn stop(branch: &str) -> SetStopRequest {
    SetStopRequest {
        branch_id: branch.to_owned(),
        subject_kind: "product".to_owned(),
        subject_id: MARGHERITA.to_owned(),
        reason: "закончилась".to_owned(),
        ..SetStopRequest::default()
    }
}

async fn lift(bench: &mut Bench, token: &str) -> Option<Status> {
    let set: Request<SetStopRequest> = bench.owner(stop(MAIN));
    let stop = bench.admin.set_stop(set).await.unwrap().into_inner();
    bench.admin.lift_stop(with_token(LiftStopRequest { stop_id: stop.id }, token)).await.err()
}

fn cell(refused: Option<&Status>) -> &'static str {
    let Some(refused) = refused else { return "yes" };
    assert_eq!((refused.code(), reason(refused)), (Code::PermissionDenied, "ROLE_NOT_ALLOWED".to_owned()));
    "-"
}
