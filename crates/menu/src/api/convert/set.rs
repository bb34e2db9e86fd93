//! Sets.

use std::collections::HashSet;

use contracts::menu::v1 as wire;
use contracts::menu::v1::component::What;
use domain::ids::{ChoiceGroupId, ProductId, SetId};
use domain::menu::{ChoiceOption, Component, Set};
use domain::{Faults, Refused};
use edge::Caller;
use uuid::Uuid;

use super::fields;
use crate::app::put_set::PutSet;

const REASON: &str = "SET_INVALID";
const MOST_UNITS: u32 = 20;

/// A set to be put by `caller`.
pub fn put_set(request: wire::PutSetRequest, caller: Caller) -> Result<PutSet, Refused> {
    let raw = request.set.unwrap_or_default();
    let mut faults = Faults::new();
    let it = &mut faults;
    let id = fields::path_uuid(it, "set.id", &request.id, &raw.id);
    let set = Set {
        id: SetId::from_uuid(id),
        v1_name: fields::text(it, "set.v1_name", &raw.v1_name, 1..=100),
        description: fields::text(it, "set.description", &raw.description, 0..=2000),
        image: fields::text(it, "set.image", &raw.image, 0..=500),
        components: components(it, &raw.components),
        active: raw.active,
    };
    faults.into_result()?;
    Ok(PutSet { set, expected_version: request.expected_version, caller })
}

fn components(faults: &mut Faults, raw: &[wire::Component]) -> Vec<Component> {
    let mut groups = HashSet::new();
    let mut components = Vec::with_capacity(raw.len());
    for (at, component) in raw.iter().enumerate() {
        match &component.what {
            Some(What::Fixed(fixed)) => components.push(fixed_component(faults, at, fixed)),
            Some(What::Choice(choice)) => components.push(choice_component(faults, at, choice, &mut groups)),
            None => faults.invalid(format!("set.components[{at}]"), REASON, "is neither fixed nor a choice"),
        }
    }
    let units = components.iter().map(Component::units).fold(0, u32::saturating_add);
    if !(1..=MOST_UNITS).contains(&units) {
        faults.invalid("set.components", REASON, format!("must be 1..={MOST_UNITS} units in all"));
    }
    components
}

fn fixed_component(faults: &mut Faults, at: usize, raw: &wire::FixedComponent) -> Component {
    let path = |field: &str| format!("set.components[{at}].fixed.{field}");
    let product = ProductId::from_uuid(fields::uuid(faults, path("product_id"), &raw.product_id));
    let count = fields::count(faults, path("count"), raw.count, 1..=MOST_UNITS, REASON);
    Component::Fixed { product, count }
}

fn choice_component(
    faults: &mut Faults,
    at: usize,
    raw: &wire::ChoiceGroup,
    groups: &mut HashSet<Uuid>,
) -> Component {
    let path = |field: &str| format!("set.components[{at}].choice.{field}");
    let group = fields::uuid(faults, path("id"), &raw.id);
    if !groups.insert(group) {
        faults.invalid(path("id"), REASON, "is there twice");
    }
    fields::at_most(faults, "set.components", &raw.options, 50);
    let offered = u32::try_from(raw.options.len()).unwrap_or(u32::MAX);
    let take = u32::try_from(raw.take).unwrap_or_default();
    if !(1..=offered).contains(&take) {
        faults.invalid(path("take"), REASON, format!("must be 1..={offered}, the number of options"));
    }
    let mut seen = HashSet::new();
    let mut options = Vec::with_capacity(raw.options.len());
    for (choice, option) in raw.options.iter().enumerate() {
        let path = |field: &str| format!("set.components[{at}].choice.options[{choice}].{field}");
        let product = fields::uuid(faults, path("product_id"), &option.product_id);
        if !seen.insert(product) {
            faults.invalid(path("product_id"), REASON, "is offered twice");
        }
        let surcharge = fields::amount(faults, path("surcharge"), option.surcharge);
        options.push(ChoiceOption { product: ProductId::from_uuid(product), surcharge });
    }
    let name = fields::text(faults, path("name"), &raw.name, 1..=100);
    Component::Choice { group: ChoiceGroupId::from_uuid(group), name, take, options }
}
