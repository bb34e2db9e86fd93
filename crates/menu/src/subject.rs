//! What prices and stop entries are about, as it stands on wires and in rows: kind and id.

use domain::ids::{ExtraId, NomenclatureId, ProductId, SetId};
use domain::menu::{PriceSubject, StopSubject};
use uuid::Uuid;

/// A subject as two columns.
pub trait Columns {
    /// Kind and id.
    fn columns(self) -> (&'static str, Uuid);
}

impl Columns for StopSubject {
    fn columns(self) -> (&'static str, Uuid) {
        match self {
            Self::Product(id) => ("product", id.as_uuid()),
            Self::Set(id) => ("set", id.as_uuid()),
            Self::Extra(id) => ("extra", id.as_uuid()),
            Self::Nomenclature(id) => ("nomenclature", id.as_uuid()),
        }
    }
}

impl Columns for PriceSubject {
    fn columns(self) -> (&'static str, Uuid) {
        match self {
            Self::Product(id) => ("product", id.as_uuid()),
            Self::Extra(id) => ("extra", id.as_uuid()),
            Self::Set(id) => ("set", id.as_uuid()),
        }
    }
}

/// Whatever has a price can be stopped.
pub const fn stoppable(subject: PriceSubject) -> StopSubject {
    match subject {
        PriceSubject::Product(id) => StopSubject::Product(id),
        PriceSubject::Extra(id) => StopSubject::Extra(id),
        PriceSubject::Set(id) => StopSubject::Set(id),
    }
}

/// What a price may be the price of, if the kind is one of them.
pub fn priced(kind: &str, id: Uuid) -> Option<PriceSubject> {
    match kind {
        "product" => Some(PriceSubject::Product(ProductId::from_uuid(id))),
        "extra" => Some(PriceSubject::Extra(ExtraId::from_uuid(id))),
        "set" => Some(PriceSubject::Set(SetId::from_uuid(id))),
        _ => None,
    }
}

/// What can be stopped, if the kind is one of them.
pub fn stopped(kind: &str, id: Uuid) -> Option<StopSubject> {
    match kind {
        "product" => Some(StopSubject::Product(ProductId::from_uuid(id))),
        "extra" => Some(StopSubject::Extra(ExtraId::from_uuid(id))),
        "set" => Some(StopSubject::Set(SetId::from_uuid(id))),
        "nomenclature" => Some(StopSubject::Nomenclature(NomenclatureId::from_uuid(id))),
        _ => None,
    }
}
