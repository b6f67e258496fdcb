//! The page of promises names tests and checks; each is there.

use super::{assert_none, ours, read, root};

const PAGE: &str = "docs/promises.zh-CN.md";

#[test]
fn every_test_a_promise_names_is_there() {
    let page = read(PAGE);
    let code: Vec<(String, String)> = ours("", &["rs"]).iter().map(|file| (file.display().to_string(), read(file))).collect();
    let has = |text: &str, name: &str| [format!("fn {name}("), format!("fn {name}<")].iter().any(|begins| text.contains(begins));
    let is_there = |name: &str| match name.split_once("::") {
        // A function of a file, named by its folder and its own name.
        Some((file, name)) => {
            let ends = format!("/{file}.rs");
            code.iter().any(|(path, text)| path.ends_with(&ends) && has(text, name))
        }
        None if name.contains('/') => root().join(name).is_file(),
        None => code.iter().any(|(_, text)| has(text, name)),
    };
    // Names of figures are short.
    let named = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') || name.contains("::") || name.matches('_').count() > 2);
    let (found, missing): (Vec<&str>, Vec<&str>) = named.partition(|name| is_there(name));
    assert_none(PAGE, &missing.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert!(found.len() > 20, "{found:?}");
}
