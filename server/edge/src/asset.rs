//! Built web files inside the program: pages, and hashed assets with their compressed twins.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_embed::RustEmbed;

use crate::headers::ASSET_POLICY;

/// `web/dist`: inside the binary of a release, read from the folder once at start otherwise. Empty before the first web build.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../web/dist"]
#[allow_missing = true]
struct Built;

/// Everything the web build made, by path: `citizen/index.html`, `assets/citizen-4f2a.js`.
#[derive(Clone, Debug, Default)]
pub struct Assets(BTreeMap<String, Asset>);

#[derive(Clone, Debug)]
struct Asset {
    plain: Coded,
    brotli: Option<Coded>,
    gzip: Option<Coded>,
    kind: &'static str,
}

#[derive(Clone, Debug)]
struct Coded {
    body: Bytes,
    tag: HeaderValue,
}

impl Assets {
    /// The files built into this program.
    pub fn built() -> Self {
        Self::new(Built::iter().filter_map(|path| {
            let file = Built::get(&path)?;
            let body = match file.data {
                std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((path.into_owned(), body))
        }))
    }

    /// Files by path. `x.br` and `x.gz` are other forms of `x`, never files of their own.
    pub fn new(files: impl IntoIterator<Item = (String, Bytes)>) -> Self {
        let mut coded: BTreeMap<String, Coded> = files.into_iter().map(|(path, body)| (path, Coded::new(body))).collect();
        let plain: Vec<String> = coded
            .keys()
            .filter(|path| !path.ends_with(".br") && !path.ends_with(".gz"))
            .cloned()
            .collect();
        let assets = plain.into_iter().filter_map(|path| {
            let asset = Asset {
                plain: coded.remove(&path)?,
                brotli: coded.remove(&format!("{path}.br")),
                gzip: coded.remove(&format!("{path}.gz")),
                kind: kind(&path),
            };
            Some((path, asset))
        });
        Self(assets.collect())
    }

    /// The text of a page, such as `citizen/index.html`.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).and_then(|asset| std::str::from_utf8(&asset.plain.body).ok())
    }

    /// A hashed file for good: the smallest form the browser takes. `None`: no such file.
    pub fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let asset = self.0.get(path)?;
        let takes = |coding| accepts(request, coding);
        let (coded, coding) = match (&asset.brotli, &asset.gzip) {
            (Some(brotli), _) if takes("br") => (brotli, Some("br")),
            (_, Some(gzip)) if takes("gzip") => (gzip, Some("gzip")),
            (_, _) => (&asset.plain, None),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, ASSET_POLICY);
        headers.insert(header::ETAG, coded.tag.clone());
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
        if request.get(header::IF_NONE_MATCH).is_some_and(|known| known == coded.tag) {
            return Some((StatusCode::NOT_MODIFIED, headers).into_response());
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
        if let Some(coding) = coding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        Some((headers, Body::from(coded.body.clone())).into_response())
    }
}

impl Coded {
    fn new(body: Bytes) -> Self {
        // FNV-1a: names of assets carry their own hash, this only tells their forms apart.
        let hash = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let tag = HeaderValue::try_from(format!("\"{hash:016x}\"")).expect("hex digits in quotes are a header value");
        Self { body, tag }
    }
}

/// Whether `Accept-Encoding` names the coding with a weight above 0 (RFC 9110, section 12.5.3).
fn accepts(request: &HeaderMap, coding: &str) -> bool {
    let lines = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|weight| weight.parse::<f32>().is_ok_and(|weight| weight <= 0.0));
        named && !refused
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets() -> Assets {
        let files = [
            ("assets/a.js", "plain"),
            ("assets/a.js.br", "brotli"),
            ("assets/a.js.gz", "gzip"),
            ("assets/b.png", "png"),
        ];
        Assets::new(files.map(|(path, body)| (path.to_owned(), Bytes::from_static(body.as_bytes()))))
    }

    fn ask(path: &str, encodings: &str) -> Option<Response> {
        let mut request = HeaderMap::new();
        request.insert(header::ACCEPT_ENCODING, encodings.parse().unwrap());
        assets().answer(path, &request)
    }

    fn coding(path: &str, encodings: &str) -> String {
        let answer = ask(path, encodings).unwrap();
        answer
            .headers()
            .get(header::CONTENT_ENCODING)
            .map_or("plain".to_owned(), |value| value.to_str().unwrap().to_owned())
    }

    #[test]
    fn the_smallest_form_the_browser_takes_is_sent() {
        assert_eq!(coding("assets/a.js", "gzip, deflate, br, zstd"), "br");
        assert_eq!(coding("assets/a.js", "gzip"), "gzip");
        assert_eq!(coding("assets/a.js", "br;q=0, gzip;q=0.5"), "gzip");
        assert_eq!(coding("assets/a.js", "br; q=0.0, GZIP ;q=0"), "plain");
        assert_eq!(coding("assets/a.js", ""), "plain");
        assert_eq!(coding("assets/b.png", "br, gzip"), "plain");
    }

    #[test]
    fn compressed_forms_and_paths_outside_are_no_files() {
        for path in [
            "assets/a.js.br",
            "assets/a.js.gz",
            "assets/../assets/a.js",
            "assets/",
            "assets",
            "",
            "/assets/a.js",
            "assets/c.js",
        ] {
            assert!(ask(path, "br").is_none(), "{path}");
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        let first = ask("assets/a.js", "br").unwrap();
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(first.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let mut request = HeaderMap::new();
        request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
        request.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(assets().answer("assets/a.js", &request).unwrap().status(), StatusCode::NOT_MODIFIED);
        request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(assets().answer("assets/a.js", &request).unwrap().status(), StatusCode::OK);
    }
}
