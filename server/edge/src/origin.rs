//! Which sites may change something here: cross-site requests and hijacked sockets end at this list (T05).

use axum::http::{HeaderMap, HeaderValue, header};
use yunyiban_app::Refusal;

/// The origins whose pages may post and open sockets.
#[derive(Clone, Debug, Default)]
pub struct AllowedOrigins {
    listed: Vec<String>,
    own_host: OwnHost,
}

/// Whether the address a request was sent to counts as an allowed origin too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnHost {
    /// Only the listed origins count: for a hall with a name of its own.
    #[default]
    Ignored,
    /// `scheme://Host` of the request counts: for a machine reached under several addresses (demonstration, local network).
    Allowed,
}

impl AllowedOrigins {
    /// `listed` as a browser writes them: `https://help.example.cn`, `http://127.0.0.1:8080`; lower case, no path, default ports left out.
    pub fn new(listed: impl IntoIterator<Item = String>, own_host: OwnHost) -> Self {
        Self {
            listed: listed.into_iter().collect(),
            own_host,
        }
    }

    /// The address that citizens know, first of those listed: staff may have another.
    pub fn of_citizens(&self) -> Option<&str> {
        self.listed.first().map(String::as_str)
    }

    /// Whether the request names exactly one origin and it is one of ours. Comparison is byte for byte,
    /// as RFC 6454, section 6.2 serialises an origin one way only.
    pub fn accept(&self, headers: &HeaderMap, https: bool) -> bool {
        let Some(origin) = only(headers, header::ORIGIN) else { return false };
        self.listed.iter().any(|listed| listed == origin)
            || (self.own_host == OwnHost::Allowed && own_origin(headers, https).as_deref() == Some(origin))
    }
}

/// The origin a request names: the front has compared it with the hall's own addresses.
///
/// # Errors
/// `foreign_origin` when it names none, or several.
pub fn named_origin(headers: &HeaderMap) -> Result<&str, Refusal> {
    only(headers, header::ORIGIN).ok_or(Refusal::ForeignOrigin)
}

/// `scheme://host` the request was sent to, as a browser would write it as an origin; `None` when `Host` is missing, doubled or strange.
pub fn own_origin(headers: &HeaderMap, https: bool) -> Option<String> {
    let host = only(headers, header::HOST)?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if host.is_empty() || host.len() > 255 || !plain {
        return None;
    }
    let (scheme, default_port) = if https { ("https", ":443") } else { ("http", ":80") };
    let host = host.to_ascii_lowercase();
    Some(format!("{scheme}://{}", host.strip_suffix(default_port).unwrap_or(&host)))
}

/// The value of a header that may stand only once.
fn only(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let first: &HeaderValue = values.next()?;
    if values.next().is_some() {
        return None;
    }
    first.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_bytes(origin.as_bytes()).unwrap());
        }
        headers
    }

    fn door() -> AllowedOrigins {
        AllowedOrigins::new(
            ["https://help.xinqu.cn".to_owned(), "https://help.xinqu.cn:8443".to_owned()],
            OwnHost::Ignored,
        )
    }

    #[test]
    fn the_listed_origins_come_in() {
        assert!(door().accept(&headers("help.xinqu.cn", Some("https://help.xinqu.cn")), true));
        assert!(door().accept(&headers("help.xinqu.cn:8443", Some("https://help.xinqu.cn:8443")), true));
    }

    #[test]
    fn the_hosts_own_origin_comes_in_only_when_told_so() {
        let lan = AllowedOrigins::new([], OwnHost::Allowed);
        assert!(lan.accept(&headers("192.168.1.7:8080", Some("http://192.168.1.7:8080")), false));
        assert!(lan.accept(&headers("LAN.local:443", Some("https://lan.local")), true));
        assert!(!lan.accept(&headers("192.168.1.7:8080", Some("http://192.168.1.8:8080")), false));
        assert!(!lan.accept(&headers("192.168.1.7:8080", Some("https://192.168.1.7:8080")), false));
        assert!(!door().accept(&headers("192.168.1.7:8080", Some("http://192.168.1.7:8080")), false));
    }

    #[test]
    fn a_doubled_origin_is_none() {
        let mut headers = headers("help.xinqu.cn", Some("https://help.xinqu.cn"));
        headers.append(header::ORIGIN, HeaderValue::from_static("https://help.xinqu.cn"));
        assert!(!door().accept(&headers, true));
    }

    #[test]
    fn fifty_hostile_origins_stay_outside() {
        let lan = AllowedOrigins::new(["https://help.xinqu.cn".to_owned()], OwnHost::Allowed);
        assert!(HOSTILE.len() >= 49);
        for hostile in HOSTILE.iter().map(|origin| Some(*origin)).chain([None]) {
            assert!(
                !door().accept(&headers("help.xinqu.cn", hostile), true),
                "{hostile:?} came in by the list"
            );
            assert!(!lan.accept(&headers("help.xinqu.cn", hostile), true), "{hostile:?} came in by the host");
        }
    }

    const HOSTILE: &[&str] = &[
        "",
        "null",
        "Null",
        " null",
        "*",
        "about:blank",
        "file://",
        "data:text/html,x",
        "blob:https://help.xinqu.cn",
        "chrome-extension://abcdefghijklmnop",
        "moz-extension://help.xinqu.cn",
        "javascript:https://help.xinqu.cn",
        "http://help.xinqu.cn",
        "ws://help.xinqu.cn",
        "wss://help.xinqu.cn",
        "ftp://help.xinqu.cn",
        "https:/help.xinqu.cn",
        "https:help.xinqu.cn",
        "//help.xinqu.cn",
        "help.xinqu.cn",
        "https://",
        "https://xinqu.cn",
        "https://evil.help.xinqu.cn",
        "https://www.help.xinqu.cn",
        "https://evilhelp.xinqu.cn",
        "https://help.xinqu.cn.evil.com",
        "https://help.xinqu.cnevil.com",
        "https://help.xinqu.com",
        "https://help-xinqu.cn",
        "https://help.xinqu.cn-evil.com",
        "https://help.xinqu.cn.",
        "https://help.xinqu.cn:443",
        "https://help.xinqu.cn:80",
        "https://help.xinqu.cn:8080",
        "https://help.xinqu.cn:08443",
        "https://help.xinqu.cn:8444",
        "https://help.xinqu.cn:",
        "https://help.xinqu.cn/",
        "https://help.xinqu.cn/h/xinqu",
        "https://help.xinqu.cn?x",
        "https://help.xinqu.cn#x",
        "https://help.xinqu.cn@evil.com",
        "https://evil.com@help.xinqu.cn",
        "https://user:secret@help.xinqu.cn",
        "https://HELP.xinqu.cn",
        "HTTPS://help.xinqu.cn",
        "https://help.xinqu.CN",
        "https://hеlp.xinqu.cn",
        "https://help。xinqu。cn",
        "https://xn--hlp-bdd.xinqu.cn",
        "https://help.xinqu.cn https://evil.com",
        "https://evil.com, https://help.xinqu.cn",
        " https://help.xinqu.cn",
        "https://help.xinqu.cn ",
        "https://help%2exinqu.cn",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::1]",
    ];
}
