use contracts::menu::v1::{BranchTerms, ListItemsRequest, PutBranchTermsRequest};
use tonic::{Code, Request, Status};

use crate::bench::{BRANCH_B, Bench, MAIN, field, reason, terms, with_token};

const BRANCH_C: &str = "01900000-0000-7000-8000-000000000003";

#[tokio::test(flavor = "multi_thread")]
async fn terms_of_a_new_branch_are_for_who_may_open_branches() {
    let mut bench = Bench::start().await.with_menu().await;
    let new = || terms(BRANCH_C, "SPB", false);

    let refused = put(&mut bench, new(), &chain("admin")).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "ROLE_NOT_ALLOWED".to_owned()));
    let refused = put(&mut bench, new(), &within("super_admin", BRANCH_C)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::PermissionDenied, "BRANCH_NOT_ALLOWED".to_owned()));
    let unchanged = defaults(&mut bench).await;
    assert_eq!(unchanged, [(MAIN.to_owned(), true, 2), (BRANCH_B.to_owned(), false, 1)]);

    put(&mut bench, new(), &chain("super_admin")).await.unwrap();
    put(&mut bench, new(), &chain("admin")).await.expect("an admin replaces what is there");
    put(&mut bench, new(), &within("admin", BRANCH_C)).await.expect("the own branch");
}

#[tokio::test(flavor = "multi_thread")]
async fn which_branch_is_the_default_is_decided_for_the_whole_chain() {
    let mut bench = Bench::start().await.with_menu().await;

    for (terms, branch) in [(terms(BRANCH_B, "NSK", true), BRANCH_B), (terms(MAIN, "MSK", false), MAIN)] {
        let refused = put(&mut bench, terms, &within("admin", branch)).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::PermissionDenied, "BRANCH_NOT_ALLOWED".to_owned())
        );
    }
    assert_eq!(defaults(&mut bench).await, [(MAIN.to_owned(), true, 2), (BRANCH_B.to_owned(), false, 1)]);

    put(&mut bench, terms(BRANCH_B, "NSB", false), &within("admin", BRANCH_B)).await.unwrap();
    put(&mut bench, terms(MAIN, "MOS", true), &within("admin", MAIN)).await.expect("it stays the default");
    put(&mut bench, terms(BRANCH_B, "NSK", true), &chain("admin")).await.unwrap();
    assert_eq!(defaults(&mut bench).await, [(MAIN.to_owned(), false, 4), (BRANCH_B.to_owned(), true, 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_branch_stays_active_and_default_until_another_takes_its_place() {
    let mut bench = Bench::start().await.with_menu().await;
    let closed = |id: &str, code: &str| BranchTerms { active: false, ..terms(id, code, true) };

    for (wrong, at_fault) in [
        (terms(MAIN, "MSK", false), "terms.is_default"),
        (closed(MAIN, "MSK"), "terms.active"),
        (closed(BRANCH_B, "NSK"), "terms.active"),
        (closed(BRANCH_C, "SPB"), "terms.active"),
    ] {
        let refused = put(&mut bench, wrong, &chain("super_admin")).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused), field(&refused)),
            (Code::FailedPrecondition, "BRANCH_IS_DEFAULT".to_owned(), at_fault.to_owned())
        );
    }
    let refused = put(&mut bench, closed(MAIN, "MSK"), &within("admin", MAIN)).await.unwrap_err();
    assert_eq!(reason(&refused), "BRANCH_IS_DEFAULT");
    assert_eq!(defaults(&mut bench).await, [(MAIN.to_owned(), true, 2), (BRANCH_B.to_owned(), false, 1)]);

    put(&mut bench, terms(BRANCH_B, "NSK", true), &chain("super_admin")).await.unwrap();
    let rest = BranchTerms { active: false, ..terms(MAIN, "MSK", false) };
    put(&mut bench, rest, &chain("super_admin")).await.expect("the former default may close");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_is_no_longer_the_default_has_its_own_row_in_the_audit() {
    let mut bench = Bench::start().await.with_menu().await;

    put(&mut bench, terms(BRANCH_B, "NSK", true), &chain("admin")).await.unwrap();

    let of_b = bench.audited("branch_terms", BRANCH_B).await;
    let of_main = bench.audited("branch_terms", MAIN).await;
    assert_eq!((of_main.len(), of_b.len()), (2, 2));
    assert_eq!(of_main[1].actor, of_b[1].actor);
    let (lost, gained) = (&of_main[1].change, &of_b[1].change);
    assert_eq!(lost["before"], of_main[0].change["after"]);
    assert_eq!((&lost["before"]["is_default"], &lost["after"]["is_default"]), (&true.into(), &false.into()));
    assert_eq!((&lost["after"]["code"], &lost["after"]["version"]), (&"MSK".into(), &3.into()));
    assert_eq!(
        (&gained["before"]["is_default"], &gained["after"]["is_default"]),
        (&false.into(), &true.into())
    );
}

/// Somebody with one role, in one branch or in the whole chain.
struct Who {
    role: &'static str,
    branch: Option<&'static str>,
}

fn chain(role: &'static str) -> Who {
    Who { role, branch: None }
}

fn within(role: &'static str, branch: &'static str) -> Who {
    Who { role, branch: Some(branch) }
}

async fn put(bench: &mut Bench, terms: BranchTerms, who: &Who) -> Result<BranchTerms, Status> {
    let message = PutBranchTermsRequest { branch_id: terms.branch_id.clone(), terms: Some(terms) };
    let request: Request<_> = match who.branch {
        None => with_token(message, &bench.keys.chain_token(who.role)),
        Some(branch) => bench.staff(who.role, branch, message),
    };
    Ok(bench.admin.put_branch_terms(request).await?.into_inner())
}

/// Every branch, whether it is the default one, and its version; the main one is there from the beginning.
async fn defaults(bench: &mut Bench) -> Vec<(String, bool, i64)> {
    let request = bench.owner(ListItemsRequest::default());
    let listed = bench.admin.list_branch_terms(request).await.unwrap().into_inner().branches;
    listed.into_iter().map(|branch| (branch.branch_id, branch.is_default, branch.version)).collect()
}
