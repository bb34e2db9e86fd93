//! The menu, at the menu service.

use anyhow::Context as _;
use contracts::menu::v1::menu_admin_service_client::MenuAdminServiceClient;
use contracts::menu::v1::{
    AddPriceRequest, BranchTerms, Category, Extra, ListItemsRequest, ListPricesRequest, Price, Product,
    PutBranchTermsRequest, PutCategoryRequest, PutExtraRequest, PutProductRequest, PutSetRequest, Set,
    UpdateMenuRequest, UpdateMenuResponse,
};
use tonic::transport::Channel;

use super::office::{Office, PAGE};
use crate::settings::Settings;

/// The menu as the office sees it.
pub struct Menu<'a> {
    office: &'a Office,
    client: MenuAdminServiceClient<Channel>,
}

/// Puts what is not as it should be: lists everything page by page, compares without versions, and answers how
/// many things were put. The calls differ in nothing but their names.
macro_rules! put {
    ($(#[$doc:meta])* $put:ident, $item:ident, $list:ident . $rows:ident, $call:ident($request:ident { $id:ident, $body:ident })) => {
        $(#[$doc])*
        pub async fn $put(&mut self, wanted: Vec<$item>) -> anyhow::Result<usize> {
            let mut present = Vec::new();
            let mut page_token = String::new();
            loop {
                let request = self.office.request(ListItemsRequest { page_size: PAGE, page_token });
                let page = self.client.$list(request).await.context(stringify!($list))?.into_inner();
                present.extend(page.$rows.into_iter().map(unversioned));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
            let mut changes = 0;
            for item in wanted {
                if present.contains(&item) {
                    continue;
                }
                let (id, mut request) = (item.$id.clone(), $request::default());
                request.$id.clone_from(&id);
                request.$body = Some(item);
                let put = self.client.$call(self.office.request(request)).await;
                put.with_context(|| format!("{} {id}", stringify!($call)))?;
                changes += 1;
            }
            Ok(changes)
        }
    };
}

impl<'a> Menu<'a> {
    /// Connects.
    pub async fn new(office: &'a Office, settings: &Settings) -> anyhow::Result<Self> {
        let client = MenuAdminServiceClient::new(Office::connect(settings, "MENU_URL").await?);
        Ok(Self { office, client })
    }

    put! {
        /// Terms of branches.
        put_terms, BranchTerms, list_branch_terms.branches, put_branch_terms(PutBranchTermsRequest { branch_id, terms })
    }

    put! {
        /// Categories.
        put_categories, Category, list_categories.categories, put_category(PutCategoryRequest { id, category })
    }

    put! {
        /// Extras.
        put_extras, Extra, list_extras.extras, put_extra(PutExtraRequest { id, extra })
    }

    put! {
        /// Products.
        put_products, Product, list_products.products, put_product(PutProductRequest { id, product })
    }

    put! {
        /// Sets.
        put_sets, Set, list_sets.sets, put_set(PutSetRequest { id, set })
    }

    /// Adds the prices that are not in force already; answers how many.
    pub async fn add_prices(&mut self, wanted: Vec<AddPriceRequest>) -> anyhow::Result<usize> {
        let mut changes = 0;
        for price in wanted {
            let present = self.prices_of(&price).await.context("list_prices")?;
            if present.last().is_some_and(|last| last.amount == price.amount) {
                continue;
            }
            let subject = price.subject_id.clone();
            let added = self.client.add_price(self.office.request(price)).await;
            added.with_context(|| format!("add_price {subject}"))?;
            changes += 1;
        }
        Ok(changes)
    }

    /// Builds the snapshot now, so that the first order finds it.
    pub async fn update(&mut self) -> anyhow::Result<UpdateMenuResponse> {
        let request = self.office.request(UpdateMenuRequest { force: false });
        Ok(self.client.update_menu(request).await.context("update_menu")?.into_inner())
    }

    /// Rows of the same subject and place, in the order of their adding.
    async fn prices_of(&mut self, price: &AddPriceRequest) -> anyhow::Result<Vec<Price>> {
        let mut rows = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = self.office.request(ListPricesRequest {
                subject_kind: price.subject_kind.clone(),
                subject_id: price.subject_id.clone(),
                page_size: PAGE,
                page_token,
            });
            let page = self.client.list_prices(request).await?.into_inner();
            rows.extend(page.prices.into_iter().filter(|row| row.branch_id == price.branch_id));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(rows);
            }
        }
    }
}

/// What is compared: versions grow by themselves.
trait Versioned {
    fn without_version(self) -> Self;
}

fn unversioned<T: Versioned>(item: T) -> T {
    item.without_version()
}

macro_rules! versioned {
    ($($item:ident),+) => {$(
        impl Versioned for $item {
            fn without_version(self) -> Self {
                Self { version: 0, ..self }
            }
        }
    )+};
}

versioned!(BranchTerms, Extra, Product, Set);

impl Versioned for Category {
    fn without_version(self) -> Self {
        self
    }
}
