//! The arrows between the rooms (ARCHITECTURE.md): who may use whom, held by their manifests.

use std::collections::BTreeMap;

use super::{assert_none, read};

/// Our rooms each room may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("core", &["protocol"]),
    ("app", &["core", "protocol"]),
    ("store", &["app", "core", "protocol"]),
    ("media", &["app", "protocol"]),
    ("edge", &["app", "protocol"]),
];

/// Libraries that belong to one room alone.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("axum", &["edge"]),
    ("axum-server", &["edge"]),
    ("sqlx", &["store"]),
    ("rtc-dtls", &["media"]),
    ("rtc-crypto", &["media"]),
    ("argon2", &["app"]),
    ("clap", &["root"]),
    ("toml", &["root"]),
];

/// Names under `[dependencies]` by room.
fn dependencies() -> BTreeMap<&'static str, Vec<String>> {
    let of = |manifest: String| -> Vec<String> {
        let table: toml::Table = manifest.parse().unwrap();
        table["dependencies"].as_table().unwrap().keys().cloned().collect()
    };
    let mut all: BTreeMap<_, _> = ARROWS
        .iter()
        .map(|(room, _)| (*room, of(read(format!("server/{room}/Cargo.toml")))))
        .collect();
    all.insert("root", of(read("Cargo.toml")));
    all
}

#[test]
fn no_room_uses_one_against_the_arrows() {
    let all = dependencies();
    let wrong = ARROWS.iter().flat_map(|(room, allowed)| {
        let used = all[room].iter().filter_map(|name| name.strip_prefix("yunyiban-"));
        used.filter(|used| !allowed.contains(used))
            .map(|used| format!("server/{room} uses {used}"))
            .collect::<Vec<_>>()
    });
    assert_none("rooms use only what the arrows allow", &wrong.collect::<Vec<_>>());
}

#[test]
fn a_library_of_one_room_stays_there() {
    let all = dependencies();
    let wrong = ONLY_IN.iter().flat_map(|(library, rooms)| {
        let users = all
            .iter()
            .filter(|(room, used)| used.iter().any(|name| name == library) && !rooms.contains(room));
        users.map(|(room, _)| format!("{room} uses {library}")).collect::<Vec<_>>()
    });
    assert_none("one outside library each", &wrong.collect::<Vec<_>>());
}

#[test]
fn the_core_knows_nothing_but_words() {
    let all = dependencies();
    assert_eq!(all["core"], ["serde", "yunyiban-protocol"]);
    assert!(!all["protocol"].iter().any(|name| name.contains("tokio")), "{:?}", all["protocol"]);
}

#[test]
fn every_room_of_the_workspace_is_in_the_arrows() {
    let table: toml::Table = read("Cargo.toml").parse().unwrap();
    let members = table["workspace"]["members"].as_array().unwrap();
    let unknown = members.iter().filter_map(|member| {
        let room = member.as_str()?.strip_prefix("server/")?;
        (!ARROWS.iter().any(|(known, _)| *known == room)).then(|| room.to_owned())
    });
    assert_none("every room is in the table of arrows", &unknown.collect::<Vec<_>>());
}
