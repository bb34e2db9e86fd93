//! Names of services and methods for metrics: only what the contract knows, so that nobody can make up labels.

use std::collections::HashMap;
use std::sync::Arc;

use prost::Message as _;

/// What a path means.
pub(super) enum Method {
    /// Health and reflection: not guarded, not measured.
    Infrastructure,
    /// Service and method of the contract.
    Ours(Arc<Names>),
    /// Neither.
    Unknown,
}

/// A method of the contract.
pub(super) struct Names {
    pub(super) service: Arc<str>,
    pub(super) method: Arc<str>,
}

/// Every method of the contract by its path.
pub(super) struct Methods(HashMap<String, Arc<Names>>);

// The few fields of `google.protobuf.FileDescriptorSet` that hold names.
#[derive(prost::Message)]
struct FileSet {
    #[prost(message, repeated, tag = "1")]
    file: Vec<File>,
}

#[derive(prost::Message)]
struct File {
    #[prost(string, optional, tag = "2")]
    package: Option<String>,
    #[prost(message, repeated, tag = "6")]
    service: Vec<ServiceNames>,
}

#[derive(prost::Message)]
struct ServiceNames {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
    #[prost(message, repeated, tag = "2")]
    method: Vec<MethodName>,
}

#[derive(prost::Message)]
struct MethodName {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
}

impl Methods {
    pub(super) fn new(descriptors: &[u8]) -> Self {
        let mut paths = HashMap::new();
        for file in FileSet::decode(descriptors).unwrap_or_default().file {
            for service in file.service {
                let package = file.package.as_deref().unwrap_or_default();
                let service_name: Arc<str> = format!("{package}.{}", service.name.unwrap_or_default()).into();
                for method in service.method {
                    let method: Arc<str> = method.name.unwrap_or_default().into();
                    let path = format!("/{service_name}/{method}");
                    paths.insert(path, Arc::new(Names { service: Arc::clone(&service_name), method }));
                }
            }
        }
        Self(paths)
    }

    pub(super) fn find(&self, path: &str) -> Method {
        if path.starts_with("/grpc.health.") || path.starts_with("/grpc.reflection.") {
            return Method::Infrastructure;
        }
        self.0.get(path).map_or(Method::Unknown, |names| Method::Ours(Arc::clone(names)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_the_contract_are_known_and_nothing_else_is() {
        let methods = Methods::new(contracts::DESCRIPTORS);

        assert!(matches!(methods.find("/order.OrderService/CreateOrder"), Method::Ours(names)
            if &*names.service == "order.OrderService" && &*names.method == "CreateOrder"));
        assert!(matches!(methods.find("/grpc.health.v1.Health/Check"), Method::Infrastructure));
        assert!(matches!(methods.find("/order.OrderService/DropTables"), Method::Unknown));
    }
}
