//! Route templates for metrics: `/api/v1/erp/orders/{order_id}`, never a path with an id in it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

/// Every route of the API by its segments.
pub(super) struct Templates {
    all: Vec<Template>,
    /// By their paths, those that are literal from end to end: most calls are found here.
    literal: HashMap<Arc<str>, Vec<String>>,
}

struct Template {
    method: String,
    path: Arc<str>,
}

impl Templates {
    /// Reads the templates from the `OpenAPI` document.
    pub(super) fn new(document: &str) -> Self {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let paths = document.get("paths").and_then(Value::as_object);
        let routes = paths.into_iter().flatten().flat_map(|(path, methods)| {
            let path: Arc<str> = path.as_str().into();
            let methods = methods.as_object().into_iter().flatten();
            methods
                .map(move |(method, _)| Template { method: method.to_uppercase(), path: Arc::clone(&path) })
        });
        let all: Vec<Template> = routes.collect();
        let mut literal: HashMap<Arc<str>, Vec<String>> = HashMap::new();
        for route in all.iter().filter(|route| !route.path.contains('{')) {
            literal.entry(Arc::clone(&route.path)).or_default().push(route.method.clone());
        }
        Self { all, literal }
    }

    /// Whether the document has the route.
    pub(super) fn knows(&self, method: &str, path: &str) -> bool {
        self.all.iter().any(|route| route.method == method && fits(&route.path, path))
    }

    /// The template of a path; a literal segment wins over a parameter.
    pub(super) fn find(&self, method: &str, path: &str) -> Arc<str> {
        let method = if method == "HEAD" { "GET" } else { method };
        if let Some((path, methods)) = self.literal.get_key_value(path)
            && methods.iter().any(|known| known == method)
        {
            return Arc::clone(path);
        }
        let fits = self.all.iter().filter(|route| route.method == method && fits(&route.path, path));
        fits.min_by_key(|route| route.path.matches('{').count())
            .map_or_else(|| "unknown".into(), |route| Arc::clone(&route.path))
    }
}

fn fits(template: &str, path: &str) -> bool {
    let (mut ours, mut theirs) = (template.split('/'), path.split('/'));
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return true,
            (Some(ours), Some(theirs)) if ours == theirs || ours.starts_with('{') => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_counted_under_its_template() {
        let templates = Templates::new(contracts::rest::OPENAPI);

        assert_eq!(&*templates.find("GET", "/api/v1/erp/orders/0190-1"), "/api/v1/erp/orders/{order_id}");
        assert_eq!(&*templates.find("HEAD", "/api/v1/erp/orders/pending"), "/api/v1/erp/orders/pending");
        assert_eq!(&*templates.find("GET", "/wp-admin"), "unknown");
    }
}
