//! The page of promises names tests; each is there.

use super::{assert_none, ours, read, root};

const PAGE: &str = "docs/promises.zh-CN.md";

#[test]
fn every_test_a_promise_names_is_there() {
    let page = read(PAGE);
    let code: Vec<String> = ours("", &["rs"]).iter().map(read).collect();
    let is_there = |name: &str| match name.contains('/') {
        true => root().join(name).is_file(),
        false => code.iter().any(|text| text.contains(&format!("fn {name}("))),
    };
    // Names of figures are short.
    let named = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|name| name.contains('/') || name.matches('_').count() > 2);
    let (found, missing): (Vec<&str>, Vec<&str>) = named.partition(|name| is_there(name));
    assert_none(PAGE, &missing.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    assert!(found.len() > 20, "{found:?}");
}
