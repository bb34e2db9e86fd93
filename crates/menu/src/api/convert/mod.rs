//! Requests as commands: every fault of a request is named, with its path.

mod category;
mod extra;
mod fields; // single fields
mod price;
mod product;
mod set;
mod stop;
mod terms;
mod view; // what the public asks for

pub use category::put_category;
pub use extra::put_extra;
pub use fields::{id, page};
pub use price::{add_price, price_subject};
pub use product::put_product;
pub use set::put_set;
pub use stop::{list_stops, set_stop};
pub use terms::put_terms;
pub use view::{Wanted, wanted};
