//! HTTP and gRPC manners of every service: who calls, how long a call may take, how an error looks outside.
//!
//! This is the only crate that knows status codes. A service brings its handlers; everything around them is here.

pub mod client; // calls to neighbours
pub mod deadline; // how much time a call has left
pub mod grpc; // gRPC servers
pub mod identity; // who calls, and proof of it
pub mod keys; // idempotency keys
pub mod listen; // listening ports and the drain before they close
pub mod ops; // health and metrics for operators
pub mod paging; // page sizes and page tokens
pub mod rest; // REST servers over the generated transcoder
pub mod status; // errors as gRPC statuses

pub use identity::{Caller, CallerKind, IdentitySettings, ServiceIdentity, Verifier};
pub use status::into_status;
