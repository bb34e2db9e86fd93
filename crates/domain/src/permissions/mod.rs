//! Who may do what, and where. Anything that is not granted here is denied.

mod grants; // what one identity was granted
mod matrix; // role by action
mod role; // the ten roles

pub use grants::{Denied, Grant, Grants, Reach};
pub use matrix::{Action, Permission, allowed, permission};
pub use role::Role;
