//! Extras.

use contracts::menu::v1::PutExtraRequest;
use domain::ids::{ExtraId, NomenclatureId};
use domain::menu::Extra;
use domain::{Faults, Refused};

use super::fields;
use crate::app::put_extra::PutExtra;

/// An extra to be put.
pub fn put_extra(request: PutExtraRequest) -> Result<PutExtra, Refused> {
    let extra = request.extra.unwrap_or_default();
    let mut faults = Faults::new();
    let id = fields::path_uuid(&mut faults, "extra.id", &request.id, &extra.id);
    let name = fields::text(&mut faults, "extra.name", &extra.name, 1..=100);
    let portion_grams =
        fields::count(&mut faults, "extra.portion_grams", extra.portion_grams, 0..=10_000, "PORTION_INVALID");
    let max_per_unit =
        fields::count(&mut faults, "extra.max_per_unit", extra.max_per_unit, 1..=5, "EXTRA_COUNT");
    let nomenclature = fields::optional_uuid(&mut faults, "extra.nomenclature_id", &extra.nomenclature_id);
    faults.into_result()?;
    let extra = Extra {
        id: ExtraId::from_uuid(id),
        name,
        portion_grams,
        max_per_unit,
        nomenclature: nomenclature.map(NomenclatureId::from_uuid),
        active: extra.active,
    };
    Ok(PutExtra { extra, expected_version: request.expected_version })
}
