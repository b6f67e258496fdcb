//! What every answer says about itself to the browser: strict content policy, and leave for camera and microphone (T06, T34).

use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue};

/// Camera, microphone and the rest are for our own pages: without this line some browsers never ask the person.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), autoplay=(self), screen-wake-lock=(self), \
     fullscreen=(self), picture-in-picture=(self), geolocation=(), payment=(), usb=()";

/// One year, as browsers' preload lists ask for.
const HSTS: &str = "max-age=31536000";

/// What data answers may do when opened as a page: nothing.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// What a built file may do: a worker runs under the policy of its own file, and would not run at all in a sandbox.
pub const ASSET_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; script-src 'self'; frame-ancestors 'none'");

/// What every answer says.
const ALWAYS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// What a page says besides. Browsers read these on documents alone: on every file and every answer of a page they would be
/// two kilobytes on a phone's slow link.
const ON_PAGES: [(HeaderName, &str); 2] = [
    (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Sets what every answer carries. A page or file that has set its own policy or caching keeps it;
/// everything else is data that is neither stored nor run.
pub fn seal(headers: &mut HeaderMap, https: bool) {
    let on_pages = ON_PAGES.into_iter().filter(|_| is_page(headers)).collect::<Vec<_>>();
    for (name, value) in ALWAYS.into_iter().chain(on_pages) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(DATA_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The policy of a page served from `origin` (`https://help.example.cn`), if it is known.
///
/// The socket is named beside `'self'` because Safari before 15.4 does not count `wss:` of the same host as `'self'`.
/// Trusted Types policies by name: Vue makes `vue` when it starts; the staff console's heartbeat makes `pulse` for the address of its worker.
pub fn page_policy(origin: Option<&str>) -> HeaderValue {
    let socket = origin
        .and_then(|origin| origin.strip_prefix("http"))
        .map(|rest| format!(" ws{rest}"))
        .unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; \
         connect-src 'self'{socket}; font-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; \
         require-trusted-types-for 'script'; trusted-types vue pulse"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(DATA_POLICY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(headers: &HeaderMap) -> String {
        let mut lines: Vec<_> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    // T34, the half without a browser: the policy that lets our own pages ask for camera, microphone and screen. The other half, that they
    // get them under it, is every talk of `tests/browser/stories`: journey.spec.ts begins with one.
    fn a_page_carries_exactly_these_headers() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        headers.insert(header::CONTENT_SECURITY_POLICY, page_policy(Some("https://help.xinqu.cn")));
        seal(&mut headers, true);
        assert_eq!(
            lines(&headers),
            "cache-control: no-store\n\
             content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
             media-src 'self' blob: mediastream:; connect-src 'self' wss://help.xinqu.cn; font-src 'none'; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'self'; require-trusted-types-for 'script'; trusted-types vue pulse\n\
             content-type: text/html; charset=utf-8\n\
             cross-origin-opener-policy: same-origin\n\
             cross-origin-resource-policy: same-origin\n\
             permissions-policy: camera=(self), microphone=(self), display-capture=(self), autoplay=(self), screen-wake-lock=(self), \
             fullscreen=(self), picture-in-picture=(self), geolocation=(), payment=(), usb=()\n\
             referrer-policy: no-referrer\n\
             strict-transport-security: max-age=31536000\n\
             x-content-type-options: nosniff"
        );
    }

    #[test]
    fn data_is_never_stored_and_never_a_page() {
        let mut headers = HeaderMap::new();
        seal(&mut headers, false);
        assert_eq!(
            lines(&headers),
            format!(
                "cache-control: no-store\n\
                 content-security-policy: {DATA_POLICY}\n\
                 cross-origin-resource-policy: same-origin\n\
                 referrer-policy: no-referrer\n\
                 x-content-type-options: nosniff"
            )
        );
    }

    #[test]
    fn no_page_may_run_inline_or_foreign_scripts() {
        for origin in [None, Some("http://127.0.0.1:8080"), Some("https://help.xinqu.cn")] {
            let policy = page_policy(origin);
            let policy = policy.to_str().unwrap();
            assert!(!policy.contains("unsafe-") && !policy.contains('*'), "{policy}");
            assert!(policy.contains("script-src 'self';"), "{policy}");
        }
        assert!(
            page_policy(Some("http://127.0.0.1:8080"))
                .to_str()
                .unwrap()
                .contains("connect-src 'self' ws://127.0.0.1:8080;")
        );
    }
}
