//! Which crate may import which: `domain` nothing of ours, services never each other.

use super::{
    Breach,
    house::{Crate, House},
};

const SHARED: [&str; 7] = ["domain", "contracts", "chassis", "edge", "bus", "store", "cache"];

/// Crates from outside that only some may know; `services` stands for all of them, `tools` too.
const KEPT: [(&str, &[&str]); 6] = [
    // a floor program has nothing of ours around the library
    ("rdkafka", &["bus", "bench"]),
    ("actix-ws", &["ws-fanout"]),
    // an optional one: see `chassis::failpoint`
    ("fail", &["chassis"]),
    ("diesel", &["store", "testkit", "services", "tools"]),
    ("diesel-async", &["store", "testkit", "services", "tools"]),
    ("diesel_migrations", &["store", "testkit", "services", "tools"]),
];

/// What of ours a crate may import.
fn allowed(one: &Crate) -> &'static [&'static str] {
    match one.name.as_str() {
        "domain" => &[],
        "contracts" | "chassis" => &["domain"],
        "edge" | "bus" | "cache" => &["domain", "contracts", "chassis"],
        "store" => &["domain", "contracts", "chassis", "bus"],
        "xtask" => &["domain", "contracts", "chassis", "bus"],
        _ => &SHARED,
    }
}

/// Crates of ours import each other one way.
pub fn imports(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for one in &house.crates {
        for dependency in one.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let name = dependency.name.as_str();
            // `testkit` has a rule of its own
            if name != "testkit" && !one.is_tool() && !allowed(one).contains(&name) {
                breaches.push(manifest_breach(
                    one,
                    format!("`{}` imports `{name}`", one.name),
                    "imports go one way (docs/architecture.md): move what both need into a crate below, \
                     or let the services speak by gRPC or Kafka",
                ));
            }
        }
    }
    breaches
}

/// Libraries for one purpose are known to one place.
pub fn outside(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for one in &house.crates {
        for dependency in &one.dependencies {
            let kept = KEPT.iter().find(|(name, _)| *name == dependency.name);
            if let Some((name, homes)) = kept
                && !homes.contains(&one.name.as_str())
                && !(homes.contains(&"services") && one.is_service())
                && !(homes.contains(&"tools") && one.is_tool())
            {
                breaches.push(manifest_breach(
                    one,
                    format!("`{}` imports `{name}`, which belongs to {}", one.name, homes.join(", ")),
                    "use what that crate offers, or add to it what you miss",
                ));
            }
        }
    }
    breaches
}

/// The product never contains its test equipment.
pub fn testkit(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for one in &house.crates {
        for dependency in &one.dependencies {
            if dependency.name == "testkit" && !one.is_tool() && dependency.kind.as_deref() != Some("dev") {
                breaches.push(manifest_breach(
                    one,
                    format!("`{}` needs `testkit` outside tests", one.name),
                    "name it under [dev-dependencies]",
                ));
            }
        }
    }
    breaches
}

fn manifest_breach(one: &Crate, what: String, advice: &'static str) -> Breach {
    Breach { place: format!("{}/Cargo.toml", one.folder()), what, advice }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::house::Dependency;

    fn ours(name: &str) -> Dependency {
        Dependency { name: name.to_owned(), kind: None, path: Some(format!("crates/{name}")) }
    }

    fn dev(name: &str) -> Dependency {
        Dependency { kind: Some("dev".to_owned()), ..ours(name) }
    }

    fn outside_crate(name: &str) -> Dependency {
        Dependency { path: None, ..ours(name) }
    }

    fn house(name: &str, service: bool, dependencies: Vec<Dependency>) -> House {
        House { crates: vec![Crate::named(name, service, dependencies)], ..House::default() }
    }

    #[test]
    fn an_import_against_the_stream_is_found() {
        for (name, service, import) in
            [("domain", false, "chassis"), ("edge", false, "bus"), ("menu", true, "slot-scheduler")]
        {
            assert_eq!(imports(&house(name, service, vec![ours(import)])).len(), 1, "{name} -> {import}");
        }
    }

    #[test]
    fn a_service_may_not_import_another_even_for_tests() {
        assert_eq!(imports(&house("menu", true, vec![dev("order-gateway")])).len(), 1);
    }

    #[test]
    fn imports_with_the_stream_are_fine() {
        let all = SHARED.map(ours).into_iter().chain([dev("testkit")]).collect();

        assert_eq!(imports(&house("menu", true, all)), []);
        assert_eq!(imports(&house("store", false, vec![ours("bus")])), []);
    }

    #[test]
    fn a_library_outside_its_home_is_found() {
        for (name, service, library) in
            [("menu", true, "rdkafka"), ("menu", true, "actix-ws"), ("edge", false, "diesel")]
        {
            assert_eq!(outside(&house(name, service, vec![outside_crate(library)])).len(), 1, "{library}");
        }
        assert_eq!(outside(&house("menu", true, vec![outside_crate("diesel")])), []);
        assert_eq!(outside(&house("bus", false, vec![outside_crate("rdkafka")])), []);
    }

    #[test]
    fn tools_may_import_the_product_and_the_product_no_tool() {
        assert_eq!(imports(&house("bench", false, vec![ours("slot-scheduler"), ours("verify")])), []);
        assert_eq!(testkit(&house("campaign", false, vec![ours("testkit")])), []);
        assert_eq!(outside(&house("verify", false, vec![outside_crate("diesel")])), []);
        assert_eq!(outside(&house("campaign", false, vec![outside_crate("rdkafka")])).len(), 1);
        assert_eq!(imports(&house("menu", true, vec![ours("verify")])).len(), 1);
    }

    #[test]
    fn testkit_in_the_product_is_found() {
        assert_eq!(testkit(&house("menu", true, vec![ours("testkit")])).len(), 1);
        assert_eq!(testkit(&house("menu", true, vec![dev("testkit")])), []);
    }
}
