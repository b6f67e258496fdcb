//! An operator writes the configuration, and mistakes are named with the way out.

use std::path::Path;

use yunyiban::config::Config;
use yunyiban::config::read::{defaults, leaves, load};
use yunyiban::failure::Failure;

/// Reads a file with this text and no environment.
fn read(text: &str) -> Result<Config, Failure> {
    read_with(text, &[])
}

fn read_with(text: &str, environment: &[(&str, &str)]) -> Result<Config, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("yunyiban.toml");
    std::fs::write(&file, text).unwrap();
    load(Some(&file), environment.iter().map(|(name, value)| (name.to_string(), value.to_string())))
}

#[test]
fn an_empty_file_is_the_defaults() {
    assert_eq!(read("").unwrap(), Config::default());
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let failure = read("[server]\nlisen = '127.0.0.1:1'").unwrap_err();
    assert!(
        matches!(&failure, Failure::UnknownKey { key, nearest } if key == "server.lisen" && nearest == "server.listen"),
        "{failure}"
    );
    assert!(
        failure.sentence().contains("server.lisen") && failure.sentence().contains("server.listen，请改好"),
        "{}",
        failure.sentence()
    );
}

#[test]
fn an_unknown_section_and_a_key_without_section_are_refused() {
    for text in ["[severs]\nlisten = '127.0.0.1:1'", "listen = '127.0.0.1:1'"] {
        let failure = read(text).unwrap_err();
        assert!(matches!(&failure, Failure::UnknownKey { .. }), "{text}: {failure}");
    }
}

#[test]
fn a_value_of_the_wrong_kind_names_its_key_and_what_was_written() {
    for (text, named, written) in [
        ("[server]\nlisten = 'window 3'", "server.listen", "window 3"),
        ("[limits]\nconnections = 'many'", "limits.connections", "many"),
        ("[limits]\nconnections = -1", "limits.connections", "-1"),
        ("[log]\nformat = 'loud'", "log.format", "loud"),
        ("[tls]\ntrusted_proxies = ['here']", "tls.trusted_proxies", "here"),
        (
            "[limits]\nblocked_networks = ['203.0.113.0/99']",
            "limits.blocked_networks",
            "203.0.113.0/99",
        ),
        (
            "[server]\npublic_origins = ['help.example.cn']",
            "server.public_origins",
            "help.example.cn",
        ),
        (
            "[server]\npublic_origins = ['https://help.example.cn/h']",
            "server.public_origins",
            "https://help.example.cn/h",
        ),
        ("[store]\nurl = 'mysql:x'", "store.url", "mysql:x"),
    ] {
        let failure = read(text).unwrap_err();
        assert!(
            matches!(&failure, Failure::BadValue { key, value } if key == named && value.contains(written)),
            "{text}: {failure}"
        );
    }
}

#[test]
fn text_that_is_not_toml_names_the_file_and_the_line() {
    let failure = read("[server\nlisten = 1").unwrap_err();
    assert!(
        matches!(&failure, Failure::ConfigUnreadable { path, reason } if path.ends_with("yunyiban.toml") && reason.contains("line 1")),
        "{failure}"
    );
}

#[test]
fn a_missing_file_says_how_to_make_one() {
    let failure = load(Some(Path::new("nowhere/yunyiban.toml")), std::iter::empty()).unwrap_err();
    assert!(failure.sentence().contains("yunyiban init"), "{}", failure.sentence());
}

#[test]
fn the_environment_goes_over_the_file() {
    let config = read_with(
        "[server]\nlisten = '127.0.0.1:1'\n[limits]\nconnections = 7",
        &[
            ("YUNYIBAN_SERVER__LISTEN", "127.0.0.1:2"),
            ("YUNYIBAN_SERVER__PUBLIC_ORIGINS", "https://a.example.cn, https://b.example.cn"),
            ("YUNYIBAN_TLS__PLAIN_HTTP_BEHIND_PROXY", "true"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.server.public_origins, ["https://a.example.cn", "https://b.example.cn"]);
    assert_eq!(config.limits.connections, 7);
    assert!(config.tls.plain_http_behind_proxy);
}

#[test]
fn a_misspelt_variable_is_refused_with_the_nearest_known_one() {
    let failure = read_with("", &[("YUNYIBAN_SERVER_LISTEN", "127.0.0.1:2")]).unwrap_err();
    assert!(
        matches!(&failure, Failure::UnknownVariable { nearest, .. } if nearest == "YUNYIBAN_SERVER__LISTEN"),
        "{failure}"
    );
    let failure = read_with("", &[("YUNYIBAN_LIMITS__CONNECTIONS", "many")]).unwrap_err();
    assert!(
        matches!(&failure, Failure::BadValue { key, .. } if key == "YUNYIBAN_LIMITS__CONNECTIONS"),
        "{failure}"
    );
}

#[test]
fn plain_http_where_others_can_listen_needs_a_word() {
    let failure = read("[server]\nlisten = '0.0.0.0:80'").unwrap_err();
    assert!(matches!(failure, Failure::PlainHttp { .. }), "{failure}");
    assert!(read("[server]\nlisten = '0.0.0.0:80'\n[tls]\nplain_http_behind_proxy = true").is_ok());
    assert!(read("[server]\nlisten = '0.0.0.0:443'\n[tls]\ncertificate = 'a.pem'\nkey = 'a.key'").is_ok());
}

#[test]
fn the_example_lists_every_key_with_a_comment_and_is_the_defaults() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/yunyiban.example.toml")).unwrap();
    assert_eq!(read(&text).unwrap(), Config::default());
    let table: toml::Table = text.parse().unwrap();
    assert_eq!(leaves(&table), leaves(&defaults()), "every key stands in the example");
    let lines: Vec<&str> = text.lines().collect();
    for (n, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")) {
        if !line.starts_with('#') {
            assert!(lines[n - 1].starts_with("# "), "line {} has no comment above it: {line}", n + 1);
        }
    }
}
