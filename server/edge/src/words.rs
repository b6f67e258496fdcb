//! Sentences of the plain pages, from the same files the web pages read: `web/locales/zh-CN/door.json`, embedded.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static DOOR: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file = include_str!("../../../web/locales/zh-CN/door.json");
    serde_json::from_str(file).expect("door.json is one object of sentences; the test below reads it")
});

/// A plain page: for when there is no hall to show, and of how the house is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    /// No such hall.
    Unknown,
    /// No page at this address.
    Lost,
    /// Whoever asks is not served from this network.
    Blocked,
    /// The house cannot answer now.
    Failed,
    /// Several halls to choose from.
    Halls,
    /// No hall was set up yet.
    Empty,
    /// The program was built before its pages.
    Unbuilt,
    /// The house is well.
    Well,
    /// Its archive is out of reach.
    StoreDown,
    /// A hall does nothing but fail.
    HallBroken,
}

impl Plain {
    /// What it is.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Unknown => &DOOR["unknown_title"],
            Self::Lost => &DOOR["lost_title"],
            Self::Blocked => &DOOR["blocked_title"],
            Self::Failed => &DOOR["failed_title"],
            Self::Halls => &DOOR["halls_title"],
            Self::Empty => &DOOR["empty_title"],
            Self::Unbuilt => &DOOR["unbuilt_title"],
            Self::Well => &DOOR["well_title"],
            Self::StoreDown => &DOOR["store_down_title"],
            Self::HallBroken => &DOOR["hall_broken_title"],
        }
    }

    /// What to do next.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::Unknown => &DOOR["unknown_next"],
            Self::Lost => &DOOR["lost_next"],
            Self::Blocked => &DOOR["blocked_next"],
            Self::Failed => &DOOR["failed_next"],
            Self::Halls => &DOOR["halls_next"],
            Self::Empty => &DOOR["empty_next"],
            Self::Unbuilt => &DOOR["unbuilt_next"],
            Self::Well => &DOOR["well_next"],
            Self::StoreDown => &DOOR["store_down_next"],
            Self::HallBroken => &DOOR["hall_broken_next"],
        }
    }
}

/// The line every hall has behind it.
pub(crate) fn hotline() -> &'static str {
    &DOOR["hotline"]
}

/// What the button says that calls a number.
pub(crate) fn call(telephone: &str) -> String {
    DOOR["call"].replace("{telephone}", telephone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_plain_page_says_what_it_is_and_what_to_do() {
        let of_the_house = [Plain::Well, Plain::StoreDown, Plain::HallBroken];
        let of_no_hall = [
            Plain::Unknown,
            Plain::Lost,
            Plain::Blocked,
            Plain::Failed,
            Plain::Halls,
            Plain::Empty,
            Plain::Unbuilt,
        ];
        for page in of_no_hall.into_iter().chain(of_the_house) {
            assert!(!page.title().is_empty() && page.next().ends_with('。'), "{page:?}");
        }
    }
}
