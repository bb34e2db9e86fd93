//! One `forward!` line per RPC with a REST route.

use std::{fmt::Write as _, fs, path::Path};

use prost_reflect::{DescriptorPool, ServiceDescriptor};

use crate::Result;

/// Services that the gateway answers itself; all others are forwarded to their owners.
const ANSWERED_BY_GATEWAY: [&str; 2] = ["order.OrderService", "pizzeria.shop.v1.ShopService"];

/// Writes the forwarding implementation of every REST trait.
pub fn write(pool: &DescriptorPool, to: &Path) -> Result {
    let http = pool.get_extension_by_name("google.api.http").ok_or("google.api.http is missing")?;
    let mut code = String::new();
    for service in pool.services().filter(is_forwarded) {
        let mut unary = String::new();
        for method in service.methods().filter(|method| method.options().has_extension(&http)) {
            let (input, output) =
                (rust_type(method.input().full_name()), rust_type(method.output().full_name()));
            writeln!(unary, "    {}({input}) -> {output};", snake_case(method.name()))?;
        }
        if unary.is_empty() {
            continue;
        }
        let module = format!("crate::{}", service.package_name().replace('.', "::"));
        let (name, snake) = (service.name(), snake_case(service.name()));
        writeln!(
            code,
            "crate::forward! {{ {module}::{name}, {module}::{snake}_client::{name}Client;\n{unary}}}"
        )?;
    }
    Ok(fs::write(to, code)?)
}

fn is_forwarded(service: &ServiceDescriptor) -> bool {
    !ANSWERED_BY_GATEWAY.contains(&service.full_name())
}

fn rust_type(full_name: &str) -> String {
    match full_name.strip_prefix("google.protobuf.") {
        Some(well_known) => format!("::pbjson_types::{well_known}"),
        None => format!("crate::{}", full_name.replace('.', "::")),
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (position, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
