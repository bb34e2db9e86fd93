//! Whether what a price or a stop entry is about is on the menu.

use domain::Faults;
use domain::menu::StopSubject;
use store::Connection;

use super::MenuError;
use crate::storage::{extras, products, sets};

/// Notes a fault when the subject is not there; articles are the stock's, and any may be named.
pub async fn check(
    conn: &mut Connection,
    faults: &mut Faults,
    subject: StopSubject,
) -> Result<(), MenuError> {
    let (present, reason) = match subject {
        StopSubject::Product(id) => (!products::present(conn, &[id]).await?.is_empty(), "UNKNOWN_PRODUCT"),
        StopSubject::Extra(id) => (!extras::present(conn, &[id]).await?.is_empty(), "UNKNOWN_EXTRA"),
        StopSubject::Set(id) => {
            (sets::find(conn, id).await?.is_some_and(|kept| !kept.archived), "UNKNOWN_SET")
        }
        StopSubject::Nomenclature(_) => (true, ""),
    };
    if !present {
        faults.invalid("subject_id", reason, "is not on the menu");
    }
    Ok(())
}
