//! gRPC: decode, call, encode.

mod admin; // changing the menu
mod convert; // requests as commands
mod public; // reading the menu

pub use admin::AdminApi;
pub use public::MenuApi;
