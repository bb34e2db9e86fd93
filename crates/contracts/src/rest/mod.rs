//! REST routes of the annotated RPCs, and how they reach a gRPC client.

pub mod decode;
pub mod forward;

/// The `OpenAPI` 3.1 document of the REST API.
pub const OPENAPI: &str = include_str!(concat!(env!("OUT_DIR"), "/openapi.json"));

mod routes {
    // The generated transcoder names the packages by their path.
    use crate::{order, pizzeria};
    include!(concat!(env!("OUT_DIR"), "/transcoder.rest.rs"));

    /// Whether some route takes this method on this path.
    pub fn matches(method: &str, path: &str) -> bool {
        Route::resolve(method, path).is_some()
    }
}

pub use routes::{Transcoder, matches};

/// Methods that some route takes on `path`, for 405 with `Allow`.
pub fn allowed(path: &str) -> Vec<&'static str> {
    ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| matches(method, path)).collect()
}

mod forwarders {
    include!(concat!(env!("OUT_DIR"), "/forwarders.rs"));
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn every_route_says_what_it_is_for_and_belongs_to_a_described_group() {
        let document: Value = serde_json::from_str(super::OPENAPI).unwrap();
        let groups = document["tags"].as_array().unwrap();
        let is_described =
            |group: &Value| groups.iter().any(|known| known["name"] == *group && known["description"] != "");
        for (path, operations) in document["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                assert!(operation["summary"].is_string(), "{method} {path} has no comment in its proto");
                assert!(is_described(&operation["tags"][0]), "{method} {path}");
            }
        }
    }
}
