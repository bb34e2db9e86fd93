//! Generates messages, gRPC clients and servers, proto3 JSON, REST routes and OpenAPI from `proto/`.
//!
//! No protoc is needed: `protox` compiles the protos. Two outputs are patched, because the generators lack a
//! setting for it: 64-bit integers become JSON numbers, and a body that cannot be decoded names its field.

#[path = "build/descriptors.rs"]
mod descriptors;
#[path = "build/forwarders.rs"]
mod forwarders;
#[path = "build/openapi.rs"]
mod openapi;
#[path = "build/patches.rs"]
mod patches;

use std::{env, error::Error, path::PathBuf};

use prost_reflect::DescriptorPool;
use rest_over_grpc::build::{DescriptorOptions, Generator, OpenApiInfo, ServiceDefinition};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Every proto of the product, in the order in which OpenAPI lists them.
const FILES: [&str; 7] = [
    "order.proto",
    "pizzeria/shop/v1/shop.proto",
    "pizzeria/orders/v1/orders.proto",
    "pizzeria/slots/v1/slots.proto",
    "pizzeria/menu/v1/menu.proto",
    "pizzeria/events/v1/events.proto",
    "google/api/annotations.proto",
];

/// Packages that hold messages of ours.
const PACKAGES: [&str; 6] = [
    "order",
    "pizzeria.shop.v1",
    "pizzeria.orders.v1",
    "pizzeria.slots.v1",
    "pizzeria.menu.v1",
    "pizzeria.events.v1",
];

fn main() -> Result {
    let protos = PathBuf::from(cargo_says("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", protos.display());
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(cargo_says("OUT_DIR")?);

    let mut compiler = protox::Compiler::new([&protos])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    let raw = compiler.encode_file_descriptor_set();
    std::fs::write(out.join("descriptors.binpb"), &raw)?;

    tonic_prost_build::configure()
        .compile_well_known_types(true)
        .extern_path(".google.protobuf.Timestamp", "crate::timestamp::Timestamp")
        .extern_path(".google.protobuf", "::pbjson_types")
        .btree_map(".")
        .compile_fds(compiler.file_descriptor_set())?;

    let spelled = descriptors::with_proto_names(&raw)?;
    let pool = DescriptorPool::decode(spelled.as_slice())?;
    proto3_json(&spelled, &out)?;
    rest_routes(&spelled, &out)?;
    forwarders::write(&pool, &out.join("forwarders.rs"))?;
    openapi::write(&pool, &PACKAGES, &out)
}

fn proto3_json(descriptors: &[u8], out: &std::path::Path) -> Result {
    let packages = PACKAGES.map(|package| format!(".{package}"));
    pbjson_build::Builder::new()
        .register_descriptors(descriptors)?
        .extern_path(".google.protobuf.Timestamp", "crate::timestamp::Timestamp")
        .extern_path(".google.protobuf", "::pbjson_types")
        .preserve_proto_field_names()
        .btree_map(["."])
        .emit_fields()
        .build(&packages)?;
    for package in PACKAGES {
        patches::int64_as_number(&out.join(format!("{package}.serde.rs")))?;
    }
    Ok(())
}

fn rest_routes(descriptors: &[u8], out: &std::path::Path) -> Result {
    let mut generator = Generator::builder()
        .emit_tonic_bridge(false)
        .emit_openapi_spec(Some(OpenApiInfo::new("Pizzeria", cargo_says("CARGO_PKG_VERSION")?)))
        .build();
    for package in [".order", ".pizzeria"] {
        let options =
            DescriptorOptions::new().package(package).extern_path(".google.protobuf", "::pbjson_types");
        generator.add_all(ServiceDefinition::from_fds(descriptors, &options)?);
    }
    generator.write(out)?;
    patches::own_decoder(&out.join("transcoder.rest.rs"))
}

/// Cargo speaks to build scripts through the environment.
#[expect(clippy::disallowed_methods, reason = "this is cargo's interface, not configuration")]
fn cargo_says(name: &str) -> Result<String> {
    Ok(env::var(name)?)
}
