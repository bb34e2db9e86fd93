//! Inside a service: `api`, `events`, `jobs` -> `app` -> `storage`; diesel stays in `storage`, protocols at the edges.

use super::{
    Breach,
    house::{House, TextFile},
};

/// A room and the rooms it must not know: those above it, and those beside it.
const FORBIDDEN: [(&str, &[&str]); 6] = [
    ("storage", &["app", "api", "events", "jobs", "neighbours", "service"]),
    ("app", &["api", "events", "jobs", "neighbours", "service"]),
    ("api", &["events", "jobs", "neighbours", "service"]),
    ("events", &["api", "jobs", "neighbours", "service"]),
    ("jobs", &["api", "neighbours", "service"]),
    ("neighbours", &["api", "events", "jobs", "storage", "service"]),
];

/// Rooms use each other one way.
pub fn one_way(house: &House) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, room) in rooms(house) {
        let forbidden = FORBIDDEN.iter().find(|(name, _)| *name == room).map_or(&[][..], |(_, list)| list);
        for (offset, used) in crate_paths(file.code_without_tests()) {
            if forbidden.contains(&used) {
                breaches.push(file.breach(
                    offset,
                    format!("`{room}` uses `{used}`"),
                    "rooms go one way: api, events, jobs -> app -> storage; give the use case in `app` \
                     what it needs, or let it offer what you need",
                ));
            }
        }
    }
    breaches
}

/// Diesel appears only in `storage`.
pub fn diesel(house: &House) -> Vec<Breach> {
    let libraries = ["diesel::", "diesel_async::", "diesel_migrations::"];
    let advice = "make it a function of `storage`, a transaction too, and call that";
    libraries_outside(house, &libraries, |room| room == "storage", advice)
}

/// Use cases and rows know no protocol: status codes belong to `edge`.
pub fn protocols(house: &House) -> Vec<Breach> {
    let libraries = ["tonic::", "actix_web::", "actix_ws::", "http::"];
    let advice = "decode and encode in `api` or `neighbours`; a use case answers with its own error, and `edge` \
                  gives it a status code";
    let is_inner = |room: &str| ["app", "storage", "events", "jobs", "config"].contains(&room);
    libraries_outside(house, &libraries, |room| !is_inner(room), advice)
}

fn libraries_outside(
    house: &House,
    libraries: &[&str],
    is_home: impl Fn(&str) -> bool,
    advice: &'static str,
) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for (file, room) in rooms(house).filter(|(_, room)| !is_home(room)) {
        let code = file.code_without_tests();
        let first = libraries.iter().filter_map(|path| Some((path_at(code, path)?, path))).min();
        if let Some((offset, path)) = first {
            let name = path.trim_end_matches(':');
            breaches.push(file.breach(offset, format!("`{room}` knows `{name}`"), advice));
        }
    }
    breaches
}

/// Where a path that begins with this crate stands first.
fn path_at(code: &str, path: &str) -> Option<usize> {
    code.match_indices(path).map(|(at, _)| at).find(|at| !continues_a_path(code, *at))
}

fn continues_a_path(code: &str, at: usize) -> bool {
    let before = code.get(..at).and_then(|text| text.chars().next_back());
    before.is_some_and(|letter| letter.is_alphanumeric() || "_$:".contains(letter))
}

/// Files of services that lie in a room.
fn rooms(house: &House) -> impl Iterator<Item = (&TextFile, &str)> {
    house.rust().filter_map(|file| {
        let (folder, rest) = file.path.strip_prefix("crates/")?.split_once("/src/")?;
        house.services().find(|one| one.name == folder)?;
        let room = rest.split(['/', '.']).next()?;
        Some((file, room))
    })
}

/// Every room that is named by `crate::room` or `crate::{room, ...}`, with the place.
fn crate_paths(code: &str) -> Vec<(usize, &str)> {
    let mut paths = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        if continues_a_path(code, at) {
            continue;
        }
        let after = code.get(at + prefix.len()..).unwrap_or_default();
        match after.strip_prefix('{') {
            Some(group) => paths.extend(heads(group).into_iter().map(|room| (at, room))),
            None => paths.push((at, word(after))),
        }
    }
    paths
}

/// First words of a group's members, up to the brace that closes it.
fn heads(group: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let (mut depth, mut begin) = (0_usize, 0);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                words.push(word(group.get(begin..at).unwrap_or_default().trim_start()));
                begin = at + 1;
                if letter == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    words
}

fn word(text: &str) -> &str {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture::service_house as menu;

    #[test]
    fn a_use_case_that_knows_its_edge_is_found() {
        let found = one_way(&menu(&[("src/app/place.rs", "use std::fmt;\nuse crate::api::grpc;\n")]));

        assert_eq!(found.len(), 1);
        assert_eq!(found.first().unwrap().place, "crates/menu/src/app/place.rs:2");
    }

    #[test]
    fn a_room_in_a_group_or_in_the_middle_of_code_is_found() {
        let grouped = "use crate::{\n    config::Config,\n    events::{tell, hear},\n    app,\n};\n";
        let inline = "fn f() { crate::api::convert::order(); }\n";

        assert_eq!(one_way(&menu(&[("src/api/grpc.rs", grouped)])).len(), 1);
        assert_eq!(one_way(&menu(&[("src/events/hear_orders.rs", inline)])).len(), 1);
    }

    #[test]
    fn storage_that_knows_a_use_case_is_found() {
        assert_eq!(one_way(&menu(&[("src/storage/items.rs", "use crate::app::error::Error;\n")])).len(), 1);
    }

    #[test]
    fn the_way_down_is_fine() {
        let house = menu(&[
            ("src/api/grpc.rs", "use crate::app::place;\n"),
            ("src/app/place.rs", "use crate::storage::items;\n// use crate::api\n"),
            ("src/jobs/archive.rs", "use crate::storage::items;\n"),
            ("src/service.rs", "use crate::{api, app, events, jobs, neighbours, storage};\n"),
            ("src/app/find.rs", "use crate::storage;\n\n#[cfg(test)]\nmod tests {\n    use crate::api;\n}\n"),
        ]);

        assert_eq!(one_way(&house), []);
    }

    #[test]
    fn diesel_outside_storage_is_found() {
        let query = "use diesel::prelude::*;\n";

        assert_eq!(diesel(&menu(&[("src/app/place.rs", query)])).len(), 1);
        assert_eq!(diesel(&menu(&[("src/storage/items.rs", query), ("tests/it/main.rs", query)])), []);
    }

    #[test]
    fn a_use_case_that_knows_a_protocol_is_found() {
        let code = "fn f() -> tonic::Status { panic!() }\n";

        assert_eq!(protocols(&menu(&[("src/app/place.rs", code)])).len(), 1);
        assert_eq!(
            protocols(&menu(&[("src/api/grpc.rs", code), ("src/app/x.rs", "use my_tonic::x;\n")])),
            []
        );
    }
}
