//! What kind of device a page runs on, from its user agent: shown at the window, counted in reports, never trusted.

use axum::http::{HeaderMap, header};

/// One of a few words, so that no user agent is stored as a whole: it would tell persons apart.
///
/// `wechat_android`, `wechat_ios`, `wechat_pc`, `android`, `ios`, `desktop`, or `other`.
/// An iPad that asks for desktop pages says it is a Mac and counts as `desktop`.
pub fn device_kind(headers: &HeaderMap) -> &'static str {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let has = |word: &str| agent.contains(word);
    let ios = has("iPhone") || has("iPad") || has("iPod");
    let android = has("Android") || has("HarmonyOS") || has("OpenHarmony");
    let desktop = has("Windows NT") || has("Macintosh") || has("X11");
    match (has("MicroMessenger"), android, ios, desktop) {
        (true, true, _, _) => "wechat_android",
        (true, false, true, _) => "wechat_ios",
        (true, false, false, true) => "wechat_pc",
        (false, true, _, _) => "android",
        (false, false, true, _) => "ios",
        (false, false, false, true) => "desktop",
        (_, false, false, false) => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(agent: &str, kind: &str) {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, agent.parse().unwrap());
        assert_eq!(device_kind(&headers), kind, "{agent}");
    }

    #[test]
    fn devices_of_a_hall_are_told_apart() {
        check(
            "Mozilla/5.0 (Linux; Android 12; M2102J2SC) AppleWebKit/537.36 Chrome/107.0 Mobile MMWEBID/1 MicroMessenger/8.0.37",
            "wechat_android",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MicroMessenger/8.0.38",
            "wechat_ios",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Chrome/107.0 MicroMessenger/7.0.20.1781 WindowsWechat",
            "wechat_pc",
        );
        check(
            "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 ArkWeb/4.1",
            "android",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 14_3 like Mac OS X) AppleWebKit/605.1.15 Version/14.0.2 Safari/604.1",
            "ios",
        );
        check("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36", "desktop");
        check("curl/8.5.0", "other");
        assert_eq!(device_kind(&HeaderMap::new()), "other");
    }
}
