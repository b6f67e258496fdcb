//! Import of a hall's catalogue of service items (事项目录) from JSON.

mod schema;

use std::collections::BTreeSet;

use pinyin::ToPinyin;
use serde::Deserialize;
use serde_json::Value;
use yunyiban_protocol::{ItemBrief, ItemCode, ItemGuide, ItemRef};

use crate::ports::store::CatalogueItem;
use schema::{Catalogue, Item, Requirement};

/// Why a catalogue is not taken. Names the item, so that a person can mend the file.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueFailure {
    /// Not JSON, or not of the schema's shape.
    #[error("the catalogue cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// A rule of the catalogue is broken.
    #[error("item {item}: {rule}")]
    Broken {
        /// Code of the item.
        item: String,
        /// Which rule, in words.
        rule: &'static str,
    },
}

/// Reads a catalogue file (`catalogue.schema.json`) into items in its order.
///
/// # Errors
/// [`CatalogueFailure`].
pub fn read_catalogue(json: &str) -> Result<Vec<CatalogueItem>, CatalogueFailure> {
    let catalogue: Catalogue = serde_json::from_str(json)?;
    let mut codes = BTreeSet::new();
    let mut items = Vec::with_capacity(catalogue.items.len());
    for source in &catalogue.items {
        let item = Item::deserialize(source)?;
        if let Some(rule) = item.broken_rule() {
            return Err(CatalogueFailure::Broken { item: item.code, rule });
        }
        if !codes.insert(item.code.clone()) {
            return Err(CatalogueFailure::Broken {
                item: item.code,
                rule: "its code occurs twice",
            });
        }
        items.push(catalogue_item(item, source));
    }
    Ok(items)
}

/// Initials of the pinyin of a name, lower case: `城乡居民` → `cxjm`. Letters and digits stay, everything else is left out.
pub fn initials(name: &str) -> String {
    name.chars()
        .filter_map(|character| match character.to_pinyin() {
            Some(pinyin) => pinyin.plain().chars().next(),
            None => character.is_ascii_alphanumeric().then(|| character.to_ascii_lowercase()),
        })
        .collect()
}

/// Of the name and of each everyday name, with a blank between: whoever says 社保卡 types `sbk`.
fn names_initials(item: &Item) -> String {
    let names = std::iter::once(&item.name).chain(&item.aliases);
    names.map(|name| initials(name)).collect::<Vec<_>>().join(" ")
}

fn catalogue_item(item: Item, source: &Value) -> CatalogueItem {
    let initials = names_initials(&item);
    let code = ItemCode::new(item.code);
    let materials = item
        .materials
        .into_iter()
        .filter(|material| material.requirement == Requirement::Required);
    CatalogueItem {
        brief: ItemBrief {
            code: code.clone(),
            name: item.name.clone(),
            aliases: item.aliases,
            group: item.group,
            initials,
        },
        guide: ItemGuide {
            item: ItemRef { code, name: item.name },
            materials: materials.map(|material| (material.name, material.note)).collect(),
            steps: item.steps,
            fee: item.fee,
            promised_limit_days: item.promised_limit_days,
        },
        source: source.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_ITEM: &str = include_str!("catalogue/one_item.json");

    fn broken(from: &str, to: &str) -> String {
        let json = ONE_ITEM.replacen(from, to, 1);
        assert_ne!(json, ONE_ITEM, "the sample holds {from}");
        match read_catalogue(&json) {
            Ok(_) => "taken".into(),
            Err(CatalogueFailure::Unreadable(_)) => "unreadable".into(),
            Err(CatalogueFailure::Broken { rule, .. }) => rule.into(),
        }
    }

    #[test]
    fn an_item_is_found_by_name_alias_and_initials() {
        let items = read_catalogue(ONE_ITEM).unwrap();
        assert_eq!(items[0].brief.name, "居住证申领");
        assert_eq!(items[0].brief.aliases, ["暂住证", "办居住证"]);
        assert_eq!(items[0].brief.initials, "jzzsl zzz bjzz");
        assert!(items[0].source.starts_with('{'));
    }

    #[test]
    fn the_waiting_screen_lists_what_everybody_must_bring() {
        let items = read_catalogue(ONE_ITEM).unwrap();
        assert_eq!(items[0].guide.materials, [("身份证".to_owned(), "带原件".to_owned())]);
        assert_eq!(items[0].guide.promised_limit_days, 5);
    }

    #[test]
    fn initials_keep_letters_and_digits_and_leave_signs_out() {
        assert_eq!(initials("医保电子凭证（医保码）激活"), "ybdzpzybmjh");
        assert_eq!(initials("A类 2级"), "al2j");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn what_the_schema_forbids_is_refused_by_name_of_the_rule() {
        assert_eq!(broken("\"fee\"", "\"price\""), "unreadable");
        assert_eq!(broken("\"公共服务\"", "\"公开服务\""), "unreadable");
        assert_eq!(
            broken("YANGBENXXXXXXXXX015209900001000", "XINQU-1"),
            "its code has not the national form of 31 characters"
        );
        assert_eq!(broken("\"id\": \"m2\"", "\"id\": \"m1\""), "two materials have one id");
        assert_eq!(
            broken("\"situation\": \"first\"", "\"situation\": \"last\""),
            "a condition names a situation or option that is not there"
        );
        assert_eq!(
            broken("\"requirement\": \"situational\"", "\"requirement\": \"required\""),
            "a condition stands with situational materials and with no others"
        );
        assert_eq!(broken("\"居住证申领\"", "\"\""), "a text is empty");
    }

    #[test]
    fn the_same_code_twice_is_refused() {
        let items = &ONE_ITEM[ONE_ITEM.find('[').unwrap() + 1..ONE_ITEM.rfind(']').unwrap()];
        let twice = ONE_ITEM.replace(items, &format!("{items},{items}"));
        assert!(matches!(
            read_catalogue(&twice),
            Err(CatalogueFailure::Broken {
                rule: "its code occurs twice",
                ..
            })
        ));
    }
}
