//! gRPC.

mod branches; // requests about branches
mod convert; // requests about slots
mod grpc; // the service

pub use grpc::SlotApi;
