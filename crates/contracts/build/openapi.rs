//! One `OpenAPI` 3.1 document of the whole REST API, with what the generator leaves out.

use std::{fs, path::Path};

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor, prost_types::FileDescriptorProto};
use serde_json::{Map, Value, json};

use crate::Result;

/// Routes that need no token.
const PUBLIC: [&str; 3] = ["/api/v1/menu", "/api/v1/order", "/api/v1/health"];

/// What fields of these names mean wherever a proto does not say more.
const COMMON: [(&str, &str); 2] = [
    ("page_token", "The `next_page_token` of the answer before; empty for the first page."),
    ("next_page_token", "For the next page; empty after the last one."),
];

/// Merges the documents of the packages and writes `openapi.json`.
pub fn write(pool: &DescriptorPool, packages: &[&str], out: &Path) -> Result {
    let mut paths = Map::new();
    let mut schemas = Map::new();
    for package in packages {
        let file = out.join(format!("{package}.openapi.json"));
        if !file.exists() {
            continue;
        }
        let document: Value = serde_json::from_str(&fs::read_to_string(file)?)?;
        merge(&mut paths, &document["paths"]);
        merge(&mut schemas, &document["components"]["schemas"]);
    }
    describe_operations(pool, &mut paths);
    describe_schemas(pool, &mut schemas);
    paths.insert("/api/v1/health".to_owned(), health());
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Pizzeria",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            "description": "Orders, slots and menu of a chain of pizzerias. Amounts are whole roubles, times \
                RFC 3339. Errors are google.rpc.Status as JSON: code, message, details; the detail ErrorInfo has \
                the reason in upper snake case, BadRequest lists every faulty field. Repeat a write that failed \
                with the same Idempotency-Key.",
        },
        "servers": [{ "url": "/" }],
        "tags": tags(pool, packages),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
        },
    });
    int64_as_integer(&mut document);
    Ok(fs::write(out.join("openapi.json"), serde_json::to_string_pretty(&document)?)?)
}

fn merge(into: &mut Map<String, Value>, from: &Value) {
    for (name, value) in from.as_object().into_iter().flatten() {
        match into.get_mut(name).and_then(Value::as_object_mut) {
            Some(present) => present.extend(value.as_object().cloned().unwrap_or_default()),
            None => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

fn describe_operations(pool: &DescriptorPool, paths: &mut Map<String, Value>) {
    for (path, operations) in paths {
        for (verb, operation) in operations.as_object_mut().into_iter().flatten() {
            let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
            let method = pool
                .services()
                .flat_map(|service| service.methods().collect::<Vec<_>>())
                .find(|method| method.name() == id && route_of(method).as_deref() == Some(path.as_str()));
            if let Some(method) = method {
                describe_operation(operation, &method);
            }
            if !PUBLIC.iter().any(|public| path.starts_with(public)) {
                operation["security"] = json!([{ "bearer": [] }]);
            }
            if verb != "get" {
                add_parameter(
                    operation,
                    json!({
                        "name": "Idempotency-Key", "in": "header", "required": false,
                        "description": "1..=128 visible ASCII characters. The same key with the same body gives the \
                            first answer again; with another body 409 IDEMPOTENCY_KEY_REUSED. Kept for 48 h.",
                        "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
                    }),
                );
            }
            operation["responses"]["default"]["description"] = json!("A google.rpc.Status as JSON.");
        }
    }
}

fn describe_operation(operation: &mut Value, method: &MethodDescriptor) {
    let service = method.parent_service();
    if let Some(text) = comment(service.parent_file_descriptor_proto(), method.path()) {
        operation["summary"] = json!(text.split(". ").next().unwrap_or_default().trim_end_matches('.'));
        operation["description"] = json!(text);
    }
    let tag = tag(service);
    operation["operationId"] = json!(format!("{tag}_{}", method.name()));
    operation["tags"] = json!([tag]);
    let input = method.input();
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(field) = input.fields().find(|field| parameter["name"] == field.json_name()) else {
            continue;
        };
        let text = comment(input.parent_file_descriptor_proto(), field.path());
        if let Some(text) = text.or_else(|| common(field.name())) {
            parameter["description"] = json!(text);
        }
    }
}

/// Groups of routes, in the order in which the document shows them.
fn tags(pool: &DescriptorPool, packages: &[&str]) -> Vec<Value> {
    let in_package = |package: &str| {
        pool.services().filter(|service| service.package_name() == package).collect::<Vec<_>>()
    };
    let services = packages.iter().flat_map(|package| in_package(package));
    let mut tags: Vec<_> = services
        .map(|service| {
            let text = comment(service.parent_file_descriptor_proto(), service.path());
            json!({ "name": tag(&service), "description": text.unwrap_or_default() })
        })
        .collect();
    tags.push(json!({ "name": "Health", "description": "Whether the gateway is up." }));
    tags
}

fn tag(service: &ServiceDescriptor) -> String {
    service.name().trim_end_matches("Service").to_owned()
}

fn common(field: &str) -> Option<String> {
    COMMON.iter().find(|(name, _)| *name == field).map(|(_, text)| (*text).to_owned())
}

/// The path of the method's route, as the document spells it.
fn route_of(method: &MethodDescriptor) -> Option<String> {
    let pool = method.parent_pool();
    let http = pool.get_extension_by_name("google.api.http")?;
    let options = method.options();
    let rule = options.get_extension(&http);
    let rule = rule.as_message()?;
    ["get", "put", "post", "delete", "patch"].into_iter().find_map(|verb| {
        let path = rule.get_field_by_name(verb)?;
        path.as_str().filter(|path| !path.is_empty()).map(ToOwned::to_owned)
    })
}

fn describe_schemas(pool: &DescriptorPool, schemas: &mut Map<String, Value>) {
    for (name, schema) in schemas {
        let Some(message) = pool.get_message_by_name(name) else { continue };
        let file = message.parent_file_descriptor_proto();
        if let Some(text) = comment(file, message.path()) {
            schema["description"] = json!(text);
        }
        for field in message.fields() {
            let Some(property) = schema["properties"].get_mut(field.json_name()) else { continue };
            if let Some(text) = comment(file, field.path()).or_else(|| common(field.name())) {
                property["description"] = json!(text);
            }
            if field.field_descriptor_proto().options.as_ref().is_some_and(|options| options.deprecated()) {
                property["deprecated"] = json!(true);
            }
        }
        schema["additionalProperties"] = json!(false);
    }
}

fn health() -> Value {
    json!({ "get": {
        "operationId": "Health",
        "tags": ["Health"],
        "summary": "Whether the gateway is up",
        "responses": { "200": { "description": "It is.", "content": { "application/json": { "schema": {
            "type": "object",
            "properties": {
                "status": { "type": "string", "enum": ["ok", "degraded"] },
                "service": { "type": "string" },
                "version": { "type": "string" },
            },
        } } } } },
    } })
}

fn add_parameter(operation: &mut Value, parameter: Value) {
    match operation.get_mut("parameters").and_then(Value::as_array_mut) {
        Some(parameters) => parameters.push(parameter),
        None => operation["parameters"] = json!([parameter]),
    }
}

/// 64-bit integers travel as JSON numbers here.
fn int64_as_integer(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_wide = matches!(fields.get("format").and_then(Value::as_str), Some("int64" | "uint64"));
            if is_wide && fields.get("type") == Some(&json!("string")) {
                fields.insert("type".into(), json!("integer"));
            }
            fields.values_mut().for_each(int64_as_integer);
        }
        Value::Array(entries) => entries.iter_mut().for_each(int64_as_integer),
        _ => {}
    }
}

fn comment(file: &FileDescriptorProto, path: &[i32]) -> Option<String> {
    let location = file.source_code_info.as_ref()?.location.iter().find(|location| location.path == path)?;
    let text = location.leading_comments.as_deref()?.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
