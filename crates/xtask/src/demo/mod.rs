//! The demo pizzeria: two branches in different time zones and a menu, loaded as the office would load it.
//!
//! Speaks to the services' own gRPC API with a development token. What is there already as it should be stays
//! untouched: a second run changes nothing.

mod calendar; // branches at slot-scheduler
mod menu; // terms, categories, extras, products, sets, prices
mod office; // calls in the owner's name

use contracts::menu::v1 as on_menu;
use contracts::slots::v1 as on_slots;
use serde::Deserialize;

use self::calendar::Calendars;
use self::menu::Menu;
use self::office::Office;
use crate::settings::Settings;

const PIZZERIA: &str = include_str!("pizzeria.json");

/// Everything the demo consists of, as the messages that put it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pizzeria {
    branches: Vec<on_slots::Branch>,
    terms: Vec<on_menu::BranchTerms>,
    categories: Vec<on_menu::Category>,
    extras: Vec<on_menu::Extra>,
    products: Vec<on_menu::Product>,
    sets: Vec<on_menu::Set>,
    prices: Vec<on_menu::AddPriceRequest>,
}

/// Loads the demo, and says what it changed.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let Pizzeria { branches, terms, categories, extras, products, sets, prices } =
        serde_json::from_str(PIZZERIA)?;
    let office = Office::open(settings)?;
    let mut calendars = Calendars::new(&office, settings).await?;
    let mut menu = Menu::new(&office, settings).await?;

    let mut changes = calendars.put(branches).await?;
    changes += menu.put_terms(terms).await?;
    changes += menu.put_categories(categories).await?;
    changes += menu.put_extras(extras).await?;
    changes += menu.put_products(products).await?;
    changes += menu.put_sets(sets).await?;
    changes += menu.add_prices(prices).await?;

    let built = menu.update().await?;
    println!(
        "the demo pizzeria is there ({changes} changes): {} products, {} extras, {} sets, menu revision {}",
        built.products, built.extras, built.sets, built.revision
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_a_menu_that_holds_together() {
        let demo: Pizzeria = serde_json::from_str(PIZZERIA).unwrap();
        let now = Some(contracts::timestamp::Timestamp { seconds: 0, nanos: 0 });
        let price = |row: &on_menu::AddPriceRequest| on_menu::Price {
            subject_kind: row.subject_kind.clone(),
            subject_id: row.subject_id.clone(),
            branch_id: row.branch_id.clone(),
            amount: row.amount,
            valid_from: now,
        };
        let snapshot = on_menu::MenuSnapshot {
            branches: demo.terms,
            categories: demo.categories,
            products: demo.products,
            extras: demo.extras,
            sets: demo.sets,
            prices: demo.prices.iter().map(price).collect(),
            ..on_menu::MenuSnapshot::default()
        };

        let menu = contracts::menu_snapshot::to_domain(&snapshot).unwrap();

        let branch = menu.default_branch().unwrap().id;
        let at = "2026-02-01T12:00:00Z".parse().unwrap();
        let channel = domain::channel::Channel::Mobile;
        for product in menu.listed_products() {
            assert_eq!(menu.orderable_product(product, branch, channel, at), Ok(()), "{}", product.v1_name);
        }
        for set in menu.listed_sets() {
            assert_eq!(menu.orderable_set(set, branch, channel, at), Ok(()), "{}", set.v1_name);
        }
        let halves = menu.listed_products().iter().filter(|product| product.half_group.is_some()).count();
        assert_eq!((menu.listed_products().len(), menu.listed_sets().len(), halves), (10, 3, 6));
    }
}
