//! The image and the compose file of `deploy/hall`: what they copy is here, what they run is in the program, and its folders, ports and
//! user are the same in both.

use std::collections::BTreeSet;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};
use yunyiban::cli;

use super::{set_up, understood, words};
use crate::stories::installed;
use crate::support::http::Browser;
use crate::support::{REPOSITORY, TestHall};

/// One `FROM` and what follows it.
struct Stage {
    /// The image it begins with, and the name it has for later ones.
    from: Vec<String>,
    steps: Vec<(String, String)>,
}

impl Stage {
    /// Every stage of the Dockerfile.
    fn all() -> Vec<Self> {
        let mut stages: Vec<Self> = Vec::new();
        let text = read("deploy/hall/Dockerfile").replace("\\\n", " ");
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (word, rest) = line.split_once(' ').unwrap();
            if word == "FROM" {
                let (from, steps) = (words(rest), Vec::new());
                stages.push(Self { from, steps });
            } else {
                stages.last_mut().unwrap().steps.push((word.into(), rest.into()));
            }
        }
        stages
    }

    /// The one that is left in the end.
    fn last() -> Self {
        Self::all().pop().unwrap()
    }

    fn name(&self) -> Option<&str> {
        self.from.get(2).map(String::as_str)
    }

    fn values(&self, word: &str) -> Vec<&str> {
        self.steps
            .iter()
            .filter(|(known, _)| known == word)
            .map(|(_, rest)| rest.as_str())
            .collect()
    }

    #[track_caller]
    fn value(&self, word: &str) -> &str {
        let [value] = self.values(word)[..] else { panic!("{word} once") };
        value
    }

    /// `["a", "b"]` as its words.
    fn list(&self, word: &str) -> Vec<String> {
        serde_json::from_str(self.value(word)).unwrap()
    }

    /// The number and the name of the account that is made.
    fn user(&self) -> (u32, String) {
        let made = self.values("RUN").into_iter().find_map(|run| run.strip_prefix("useradd "));
        let made = words(made.unwrap());
        let uid = made.iter().position(|word| word == "--uid").unwrap() + 1;
        (made[uid].parse().unwrap(), made.last().unwrap().clone())
    }

    /// What is copied, and where to.
    fn copies(&self) -> Vec<(Option<String>, Vec<String>, String)> {
        let copies = self.values("COPY").into_iter().map(|line| {
            let mut all = words(line);
            let from = all[0].strip_prefix("--from=").map(str::to_owned);
            if from.is_some() {
                all.remove(0);
            }
            let to = all.pop().unwrap();
            (from, all, to)
        });
        copies.collect()
    }
}

/// `services.hall` of the compose file.
fn service() -> Yaml {
    let file = YamlLoader::load_from_str(&read("deploy/hall/compose.yaml")).unwrap();
    file[0]["services"]["hall"].clone()
}

/// What the compose file has people type, behind `docker compose <verb> … hall`.
fn typed(verb: &str) -> Vec<String> {
    let text = read("deploy/hall/compose.yaml");
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    let mut found = lines.filter_map(|line| Some(words(line.split_once(&format!("docker compose {verb} "))?.1)));
    let line = found.next().unwrap();
    let behind = line.iter().position(|word| word == "hall").unwrap() + 1;
    line[behind..].to_vec()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(REPOSITORY).join(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

#[test]
fn the_image_is_built_of_what_is_here() {
    let stages = Stage::all();
    let ignored = read(".dockerignore");
    for stage in &stages {
        for (from, sources, _) in stage.copies() {
            if let Some(from) = from {
                assert!(stages.iter().any(|earlier| earlier.name() == Some(&from)), "a stage {from}");
                continue;
            }
            for source in sources {
                assert!(Path::new(REPOSITORY).join(&source).exists(), "{source} is here");
                assert!(!ignored.lines().any(|line| line == source), "{source} is sent to the build");
            }
        }
    }
    assert!(
        ignored.lines().any(|line| line == "**/node_modules"),
        "packages of this machine are not those of the image"
    );

    let [web, server, hall] = &stages[..] else {
        panic!("pages, program, image")
    };
    let package: serde_json::Value = serde_json::from_str(&read("web/package.json")).unwrap();
    let floor = package["engines"]["node"].as_str().unwrap();
    assert!(
        web.from[0].starts_with(&format!("node:{}-", floor[2..].split('.').next().unwrap())),
        "{floor}"
    );
    let script = web.values("RUN").into_iter().find_map(|run| run.strip_prefix("npm run "));
    assert!(package["scripts"].get(script.unwrap()).is_some());
    assert!(server.from[0].starts_with(&format!("rust:{}-", env!("CARGO_PKG_RUST_VERSION"))));
    assert!(server.value("RUN").ends_with(concat!("--locked --bin ", env!("CARGO_PKG_NAME"))));
    let program = (
        server.name().map(str::to_owned),
        vec![format!("{}/target/release/{}", server.value("WORKDIR"), env!("CARGO_PKG_NAME"))],
    );
    let (from, sources, to) = hall.copies().swap_remove(0);
    assert_eq!(((from, sources), to.as_str()), (program, "/usr/local/bin/yunyiban"));
    let release = |stage: &Stage| stage.from[0].split('-').find(|part| part.starts_with("bookworm")).map(str::to_owned);
    assert_eq!(
        release(server),
        hall.from[0].split_once(':').map(|(_, tag)| tag.replace("-slim", "")),
        "it runs on the libraries it was built with"
    );
}

#[test]
fn the_container_runs_the_program_by_its_user_and_writes_only_into_volumes() {
    let stage = Stage::last();
    let asked = understood(&[&stage.list("ENTRYPOINT")[1..], &stage.list("CMD")[..]].concat());
    assert_eq!(stage.list("ENTRYPOINT")[0], env!("CARGO_PKG_NAME"));
    assert!(matches!(asked.command, cli::Command::Serve(_)) && asked.config.is_relative());

    let (uid, user) = stage.user();
    assert_eq!((stage.value("USER"), uid), (user.as_str(), installed::USER));
    assert!(
        read("deploy/hall/compose.yaml").contains(&format!("the user {uid}.")),
        "who must be able to read the key"
    );

    let service = service();
    assert_eq!(service["read_only"].as_bool(), Some(true));
    let volumes = words(stage.value("VOLUME"));
    let mounts = service["volumes"].as_vec().unwrap().iter().map(|mount| mount.as_str().unwrap());
    let written: Vec<String> = mounts
        .filter(|mount| !mount.ends_with(":ro"))
        .map(|mount| mount.split_once(':').unwrap().1.to_owned())
        .collect();
    assert_eq!(written, volumes);
    assert!(volumes.contains(&stage.value("WORKDIR").to_owned()), "configuration and data are in it");
    let hall = set_up(&typed("run --rm -it")[1..]);
    assert!(hall.files.folder.is_relative(), "below the work folder: {}", hall.files.folder.display());
    assert!(!hall.store.url.contains(":/"), "below the work folder: {}", hall.store.url);

    let build = (
        service["build"]["context"].as_str().unwrap(),
        service["build"]["dockerfile"].as_str().unwrap(),
    );
    let context = Path::new(REPOSITORY).join("deploy/hall").join(build.0).canonicalize().unwrap();
    assert!(context.join(build.1).ends_with("deploy/hall/Dockerfile") && context.join(build.1).is_file());
}

#[tokio::test]
async fn the_containers_ports_are_those_that_its_init_chooses_and_its_health_is_asked_where_it_is_told() {
    let stage = Stage::last();
    let asked = typed("run --rm -it");
    assert_eq!(asked[0], "init");
    let hall = set_up(&asked[1..]);
    let (web, media) = (hall.server.listen.port(), hall.media.listen.port());
    let ports: BTreeSet<String> = words(stage.value("EXPOSE")).into_iter().collect();
    assert_eq!(
        ports,
        BTreeSet::from([format!("{web}/tcp"), format!("{media}/tcp"), format!("{media}/udp")])
    );
    assert_eq!(service()["network_mode"].as_str(), Some("host"), "the ports are the machine's");
    assert!(
        web > 1024 && media > 1024 && service()["cap_drop"][0].as_str() == Some("ALL"),
        "no right is needed for them"
    );

    let check = words(stage.value("HEALTHCHECK"));
    let asked: Vec<&str> = check
        .iter()
        .filter_map(|word| word.split_once("://127.0.0.1:").map(|(_, rest)| rest))
        .collect();
    let open = TestHall::open().await;
    assert_eq!(asked.len(), 2, "with HTTPS and behind a proxy");
    for (port, path) in asked.iter().map(|address| address.split_once('/').unwrap()) {
        assert_eq!(port, web.to_string());
        assert_eq!(Browser::new(open.address()).get(&format!("/{path}")).await.status, 200);
    }
}

#[test]
fn the_container_has_what_its_nights_and_its_messages_need() {
    let stage = Stage::last();
    let installed = stage.values("RUN").join(" ");
    // It asks for health with curl, and a provider of messages is trusted by the system's certificates.
    for package in ["curl", "ca-certificates"] {
        assert!(words(&installed).contains(&package.to_owned()), "{package} is installed");
    }
    let night = typed("exec -T");
    let copied = stage.copies().into_iter().find(|(_, sources, _)| sources == &["deploy/hall/backup"]);
    let asked = understood(&stage.list("CMD"));
    let folder = night.last().unwrap();
    assert_eq!(night, [copied.unwrap().2, asked.config.display().to_string(), folder.clone()]);
    assert!(words(stage.value("VOLUME")).contains(folder));
}
