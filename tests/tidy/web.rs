//! The arrows on the web: `protocol` ← `kit` ← one app a folder; apps never import each other.

use std::path::{Component, Path, PathBuf};

use super::{assert_none, ours, read, root, wrong_lines};

/// What the folders of the web may import, beside themselves and packages.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("locales", &[]),
    ("kit", &["protocol"]),
    ("citizen", &["kit", "protocol", "locales"]),
    ("staff", &["kit", "protocol", "locales"]),
];

#[test]
fn no_web_folder_imports_against_the_arrows() {
    let files = ARROWS.iter().flat_map(|(folder, _)| ours(&format!("web/{folder}"), &["ts", "vue"]));
    let wrong: Vec<_> = files.flat_map(|path| against_the_arrows(&path, &read(&path))).collect();
    assert_none("web folders import only along the arrows", &wrong);
}

#[test]
fn every_folder_of_the_web_is_in_the_arrows() {
    const OF_THE_TOOLS: [&str; 4] = ["dist", "node_modules", "public", "scripts"];
    let folders = std::fs::read_dir(root().join("web")).unwrap().map(Result::unwrap);
    let names = folders
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap());
    let unknown = names.filter(|name| !OF_THE_TOOLS.contains(&name.as_str()) && !ARROWS.iter().any(|(known, _)| known == name));
    assert_none("every folder of the web is in the table of arrows", &unknown.collect::<Vec<_>>());
}

/// Each kind of wrong import is seen, in each way of writing one, and no right one is taken for wrong.
#[test]
fn an_import_against_the_arrows_is_seen() {
    for (path, line) in [
        ("web/citizen/queue/QueueScreen.vue", "import { x } from '../../staff/queue/x';"),
        ("web/staff/App.vue", "const page = import('../citizen/App.vue');"),
        ("web/kit/call/peer.ts", "import type { Visit } from '../../citizen/useVisit';"),
        ("web/kit/text/words.ts", "import words from '@locales/citizen.json';"),
        ("web/protocol/index.ts", "import '@kit/base.css';"),
        ("web/staff/App.test.ts", "import { x } from '../citizen/x';"),
    ] {
        assert_eq!(against_the_arrows(Path::new(path), line).len(), 1, "{path}: {line}");
    }
    for (path, line) in [
        ("web/citizen/queue/QueueScreen.vue", "import { x } from '../call/x';"),
        (
            "web/citizen/App.vue",
            "import { x } from '@kit/text/x'; import words from '@locales/citizen.json';",
        ),
        (
            "web/kit/call/peer.ts",
            "import type { Wire } from '@protocol'; import { ref } from 'vue';",
        ),
        ("web/kit/text/words.test.ts", "import words from '@locales/citizen.json';"),
    ] {
        assert_none(line, &against_the_arrows(Path::new(path), line));
    }
}

/// The imports of a file of the web that go against the arrows.
fn against_the_arrows(path: &Path, text: &str) -> Vec<String> {
    let folder = path.iter().nth(1).and_then(|name| name.to_str()).unwrap_or_default();
    let allowed = ARROWS
        .iter()
        .find(|(known, _)| *known == folder)
        .map(|(_, allowed)| *allowed)
        .unwrap_or_default();
    let is_test = path.to_string_lossy().ends_with(".test.ts");
    let is_wrong = |import: &String| {
        target(path, import).is_some_and(|target| target != folder && !allowed.contains(&target.as_str()) && !(is_test && target == "locales"))
    };
    imports(text)
        .into_iter()
        .filter(is_wrong)
        .map(|import| format!("{} imports {import}", path.display()))
        .collect()
}

#[test]
fn only_the_kit_opens_sockets_and_calls() {
    let words = ["new WebSocket", "new RTCPeerConnection", "getUserMedia(", "getDisplayMedia("];
    let mut paths = ours("web/citizen", &["ts", "vue"]);
    paths.extend(ours("web/staff", &["ts", "vue"]));
    paths.retain(|path| !path.to_string_lossy().ends_with(".test.ts"));
    assert_none(
        "sockets and calls are in web/kit",
        &wrong_lines(&paths, |line| words.iter().any(|word| line.contains(word))),
    );
}

#[test]
fn no_page_names_a_host() {
    let mut paths = ours("web", &["ts", "vue", "css", "html"]);
    paths.retain(|path| !path.to_string_lossy().ends_with(".test.ts") && !path.ends_with("vite.config.ts"));
    let is_wrong = |line: &str| {
        let code = line.trim_start();
        let comment = code.starts_with("//") || code.starts_with('*') || code.starts_with("/*") || code.starts_with("<!--");
        !comment && (line.contains("https://") || line.contains("http://")) && !line.contains("http://www.w3.org/")
    };
    assert_none("no host but our own in any page", &wrong_lines(&paths, is_wrong));
}

fn imports(text: &str) -> Vec<String> {
    let statements = text.split("from '").chain(text.split("import '")).chain(text.split("import('"));
    statements.skip(1).filter_map(|rest| rest.split('\'').next()).map(str::to_owned).collect()
}

/// The folder of the web an import leads to; `None` for packages.
fn target(file: &Path, import: &str) -> Option<String> {
    if let Some(alias) = import.strip_prefix('@') {
        let name = alias.split('/').next()?;
        return ["kit", "protocol", "locales"].contains(&name).then(|| name.to_owned());
    }
    if !import.starts_with('.') {
        return None;
    }
    let mut path = PathBuf::new();
    for part in file.parent()?.join(import).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    path.strip_prefix("web")
        .ok()?
        .components()
        .next()
        .map(|first| first.as_os_str().to_string_lossy().into_owned())
}
