//! The arrows between the rooms (ARCHITECTURE.md): who may use whom, held by their manifests, for what ships, for tests and
//! examples, and for build scripts alike.

use std::collections::{BTreeMap, BTreeSet};

use super::{assert_none, read};

/// Our rooms each room may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("core", &["protocol"]),
    ("app", &["core", "protocol"]),
    ("store", &["app", "core", "protocol"]),
    ("media", &["app", "protocol"]),
    ("edge", &["app", "protocol"]),
    ("root", &["protocol", "core", "app", "store", "media", "edge"]),
];

/// Libraries that belong to one room alone.
const ONLY_IN: &[(&str, &str)] = &[
    ("axum", "edge"),
    ("axum-server", "edge"),
    ("sqlx", "store"),
    ("rtc-dtls", "media"),
    ("rtc-crypto", "media"),
    ("argon2", "app"),
    ("clap", "root"),
    ("toml", "root"),
];

/// What tests, examples and build scripts of a room use beyond the room itself, and why. Nothing else may be there.
const BESIDE: &[(&str, &str, &str)] = &[
    ("core", "proptest", "draws the orders in which people come"),
    (
        "core",
        "serde_json",
        "a state is read back as it was stored; what ships leaves the format to the store",
    ),
    ("store", "rusqlite", "the floor beside which durable operations are measured"),
    ("store", "sha2", "the same floor hashes what the archive hashes"),
    ("media", "rtc-srtp", "a page's end of a call"),
    ("media", "rtc-stun", "a page's end of a call"),
    ("media", "serde_json", "a measured line is one JSON object"),
    ("edge", "tracing-subscriber", "reads back what was logged"),
    ("root", "futures-util", "a page's socket is a stream"),
    ("root", "rqrr", "reads the printed code as a phone does"),
    ("root", "sqlx", "looks at rows, and damages them, past the store"),
    ("root", "tempfile", "each hall has a folder of its own"),
    ("root", "tokio-tungstenite", "a page's socket"),
    ("root", "yaml-rust2", "reads the compose file"),
    ("root", "yunyiban", "the program of the tests, whose wall clock is moved by a file"),
    (
        "store",
        "rustix",
        "reads the processor time of the whole process, to measure an operation",
    ),
];

/// What a manifest names in each of its tables, wherever that table stands and whatever the library is called there.
struct Manifest {
    ships: BTreeSet<String>,
    beside: BTreeSet<String>,
}

impl Manifest {
    /// Libraries by the names they have in the registry or the workspace: an alias hides nothing.
    fn read(text: &str, workspace: &toml::Table) -> Self {
        let table: toml::Table = text.parse().unwrap();
        let targets = table
            .get("target")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(toml::Table::values);
        let places: Vec<&toml::Table> = targets.filter_map(toml::Value::as_table).chain([&table]).collect();
        let named = |kind: &str| -> BTreeSet<String> {
            let tables = places.iter().filter_map(|place| place.get(kind)?.as_table());
            tables.flatten().map(|(name, wish)| own_name(name, wish, workspace)).collect()
        };
        let mut beside = named("dev-dependencies");
        beside.extend(named("build-dependencies"));
        Self {
            ships: named("dependencies"),
            beside,
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        self.ships.union(&self.beside)
    }
}

/// The name a library has for itself.
fn own_name(name: &str, wish: &toml::Value, workspace: &toml::Table) -> String {
    let of_all = wish.get("workspace").and_then(|_| workspace["workspace"]["dependencies"].get(name));
    let named = wish.get("package").or_else(|| of_all?.get("package"));
    named.and_then(toml::Value::as_str).unwrap_or(name).to_owned()
}

/// The manifests of the rooms as text; the root's is the workspace's.
fn texts() -> BTreeMap<&'static str, String> {
    let path = |room: &str| match room {
        "root" => "Cargo.toml".to_owned(),
        room => format!("server/{room}/Cargo.toml"),
    };
    ARROWS.iter().map(|(room, _)| (*room, read(path(room)))).collect()
}

fn manifests(texts: &BTreeMap<&'static str, String>) -> BTreeMap<&'static str, Manifest> {
    let workspace = texts["root"].parse().unwrap();
    texts.iter().map(|(room, text)| (*room, Manifest::read(text, &workspace))).collect()
}

/// Rooms used against the arrows, by `room uses room`.
fn against_the_arrows(all: &BTreeMap<&'static str, Manifest>) -> Vec<String> {
    let used = |room: &str| all[room].all().filter_map(|name| name.strip_prefix("yunyiban-")).collect::<Vec<_>>();
    let wrong = ARROWS.iter().flat_map(|(room, allowed)| {
        let wrong = used(room).into_iter().filter(|used| !allowed.contains(used));
        wrong.map(move |used| format!("{room} uses {used}"))
    });
    wrong.collect()
}

/// Libraries of one room that another has too, where [`BESIDE`] does not say why.
fn strayed(all: &BTreeMap<&'static str, Manifest>) -> Vec<String> {
    let wrong = ONLY_IN.iter().flat_map(|(library, owner)| {
        let strays = |room: &str, used: &Manifest| used.ships.contains(*library) || used.beside.contains(*library) && !is_explained(room, library);
        let users = all.iter().filter(move |(room, used)| *room != owner && strays(room, used));
        users.map(move |(room, _)| format!("{room} uses {library}"))
    });
    wrong.collect()
}

/// What tests and build scripts use that neither their room nor [`BESIDE`] has.
fn unexplained(all: &BTreeMap<&'static str, Manifest>) -> Vec<String> {
    let wrong = all.iter().flat_map(|(room, used)| {
        let new = used.beside.difference(&used.ships).filter(|name| !name.starts_with("yunyiban-"));
        new.filter(|name| !is_explained(room, name)).map(move |name| format!("{room} has {name}"))
    });
    wrong.collect()
}

fn is_explained(room: &str, library: &str) -> bool {
    BESIDE.iter().any(|(of, known, _)| *of == room && *known == library)
}

#[test]
fn no_room_uses_one_against_the_arrows() {
    assert_none("rooms use only what the arrows allow", &against_the_arrows(&manifests(&texts())));
}

#[test]
fn a_library_of_one_room_stays_there() {
    assert_none("one outside library each", &strayed(&manifests(&texts())));
}

#[test]
fn what_only_tests_use_has_its_reason() {
    let all = manifests(&texts());
    assert_none("beyond its room a test uses only what BESIDE names", &unexplained(&all));
    let gone = BESIDE.iter().filter(|(room, library, _)| !all[room].beside.contains(*library));
    assert_none(
        "BESIDE names nothing that is gone",
        &gone.map(|(room, library, _)| format!("{room} {library}")).collect::<Vec<_>>(),
    );
}

#[test]
fn a_planted_arrow_is_found_in_every_table() {
    let mut texts = texts();
    let mut plant = |room: &'static str, lines: &str| texts.get_mut(room).unwrap().push_str(lines);
    plant(
        "protocol",
        "\n[build-dependencies]\nyunyiban-core.workspace = true\nargon2.workspace = true\n",
    );
    plant(
        "app",
        "\n[dev-dependencies]\nyunyiban-store = { workspace = true, features = [\"testing\"] }\nproptest.workspace = true\n",
    );
    plant(
        "edge",
        "\n[target.'cfg(unix)'.dependencies]\narchive = { package = \"yunyiban-store\", path = \"../store\" }\n",
    );
    plant(
        "media",
        "\n[target.'cfg(unix)'.dev-dependencies]\nyunyiban-edge.workspace = true\nweb = { package = \"axum\", version = \"0.8\" }\n",
    );
    let all = manifests(&texts);
    assert_eq!(
        against_the_arrows(&all),
        ["protocol uses core", "app uses store", "media uses edge", "edge uses store"]
    );
    assert_eq!(strayed(&all), ["media uses axum", "protocol uses argon2"]);
    assert_eq!(unexplained(&all), ["app has proptest", "media has axum", "protocol has argon2"]);
}

#[test]
fn the_core_knows_nothing_but_words() {
    let all = manifests(&texts());
    assert!(all["core"].ships.iter().eq(["serde", "yunyiban-protocol"]), "{:?}", all["core"].ships);
    let of_protocol: Vec<_> = all["protocol"].all().filter(|name| name.contains("tokio")).collect();
    assert!(of_protocol.is_empty(), "{of_protocol:?}");
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
