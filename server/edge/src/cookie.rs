//! The two cookies: one a hall for a citizen's visit, one for a staff member's session (T03, T05).
//!
//! Both are `HttpOnly` and `SameSite=Strict`: pages load without a cookie, and only our own pages call the API, so a link
//! in a chat program still works. Neither opens a socket by itself: that takes a ticket.

use axum::http::{HeaderMap, HeaderValue, header};
use yunyiban_app::Secret;
use yunyiban_protocol::HallId;

use crate::door::hall_of;

/// A citizen's cookie outlives the hall's day and the right to return, and no more.
const VISIT_SECONDS: u32 = 36 * 3600;

const VISIT: &str = "yyb_v_";
const STAFF: &str = "yyb_s";

/// At most this many cookies of one request are looked at.
const MOST: usize = 64;

/// The secret of this person's visit in a hall.
pub fn visit_secret(headers: &HeaderMap, hall: &HallId) -> Option<Secret> {
    let name = visit_name(hall);
    let mut found = pairs(headers).filter(|(key, _)| *key == name);
    found.next().and_then(|(_, value)| Secret::from_cookie(value))
}

/// This person's visits in whatever halls, in the order of the request, at most four.
pub fn visit_secrets(headers: &HeaderMap) -> Vec<(HallId, Secret)> {
    let halls = pairs(headers).filter_map(|(key, value)| Some((key.strip_prefix(VISIT)?, Secret::from_cookie(value)?)));
    halls.filter_map(|(hall, secret)| Some((hall_of(hall).ok()?, secret))).take(4).collect()
}

/// The secret of a staff member's session.
pub fn staff_secret(headers: &HeaderMap) -> Option<Secret> {
    let mut found = pairs(headers).filter(|(key, _)| *key == STAFF);
    found.next().and_then(|(_, value)| Secret::from_cookie(value))
}

/// Keeps a visit for this browser.
pub fn keep_visit(hall: &HallId, secret: &Secret, https: bool) -> HeaderValue {
    cookie(&visit_name(hall), secret.reveal(), Some(VISIT_SECONDS), https)
}

/// Keeps a staff session until this browser closes; the house ends it earlier by its own clock.
pub fn keep_staff(secret: &Secret, https: bool) -> HeaderValue {
    cookie(STAFF, secret.reveal(), None, https)
}

/// Forgets the staff session of this browser.
pub fn forget_staff(https: bool) -> HeaderValue {
    cookie(STAFF, "", Some(0), https)
}

fn visit_name(hall: &HallId) -> String {
    format!("{VISIT}{hall}")
}

fn cookie(name: &str, value: &str, seconds: Option<u32>, https: bool) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let text = format!("{name}={value}; Path=/api{age}; HttpOnly; SameSite=Strict{secure}");
    let mut header = HeaderValue::try_from(text).expect("names, halls and secrets are made of plain letters");
    header.set_sensitive(true);
    header
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .take(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    const SECOND: &str = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    fn hall() -> HallId {
        HallId::new("xinqu")
    }

    fn secret(text: &str) -> Secret {
        Secret::from_cookie(text).unwrap()
    }

    fn sent(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, line.parse().unwrap());
        headers
    }

    #[test]
    fn cookies_are_shut_to_scripts_and_other_sites() {
        assert_eq!(
            keep_visit(&hall(), &secret(FIRST), true),
            format!("yyb_v_xinqu={FIRST}; Path=/api; Max-Age=129600; HttpOnly; SameSite=Strict; Secure")
        );
        assert_eq!(
            keep_staff(&secret(FIRST), false),
            format!("yyb_s={FIRST}; Path=/api; HttpOnly; SameSite=Strict")
        );
        assert_eq!(forget_staff(true), "yyb_s=; Path=/api; Max-Age=0; HttpOnly; SameSite=Strict; Secure");
        assert!(keep_visit(&hall(), &secret(FIRST), true).is_sensitive());
    }

    #[test]
    fn li_nainai_holds_a_visit_in_each_of_two_halls() {
        let headers = sent(&format!("a=b; yyb_v_xinqu={FIRST}; yyb_v_laocheng={SECOND}"));
        assert_eq!(visit_secret(&headers, &hall()), Some(secret(FIRST)));
        assert_eq!(visit_secret(&headers, &HallId::new("laocheng")), Some(secret(SECOND)));
        assert_eq!(visit_secret(&headers, &HallId::new("xin")), None);
        assert_eq!(
            visit_secrets(&headers),
            [(hall(), secret(FIRST)), (HallId::new("laocheng"), secret(SECOND))]
        );
        assert_eq!(staff_secret(&headers), None);
    }

    #[test]
    fn a_cookie_that_is_not_ours_is_no_cookie() {
        for value in [
            "",
            "short",
            &"A".repeat(44),
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
            "%41AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(staff_secret(&sent(&format!("yyb_s={value}"))), None, "{value}");
        }
    }
}
