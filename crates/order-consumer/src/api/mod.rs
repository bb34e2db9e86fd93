//! The gRPC service: decode, call, encode.

mod convert; // between messages and use cases
mod grpc; // the handlers

pub use grpc::Api;
