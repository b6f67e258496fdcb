//! JSON from outside: shallow, typed, nothing unknown (T12).

use serde::de::DeserializeOwned;

/// Deepest nesting of arrays and objects in anything a page sends.
pub const MAX_DEPTH: usize = 16;

/// What a page sent cannot be read. What was in it is nobody's business, so this says nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Reads one JSON value.
///
/// # Errors
/// [`Unreadable`]: not JSON, nested deeper than [`MAX_DEPTH`], or not what the type asks for.
pub fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, Unreadable> {
    if deeper_than(json, MAX_DEPTH) {
        return Err(Unreadable);
    }
    serde_json::from_slice(json).map_err(|_| Unreadable)
}

/// Whether brackets nest deeper than `limit`, looking at bytes only: before the parser, which would build what it reads.
fn deeper_than(json: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in json {
        if in_string {
            in_string = escaped || *byte != b'"';
            escaped = !escaped && *byte == b'\\';
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use yunyiban_protocol::{ClientMessage, TakeNumber};

    use super::*;

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn sixteen_levels_pass_and_seventeen_do_not() {
        assert!(decode::<Value>(nested(16).as_bytes()).is_ok());
        assert_eq!(decode::<Value>(nested(17).as_bytes()), Err(Unreadable));
        assert_eq!(decode::<Value>(nested(60_000).as_bytes()), Err(Unreadable));
    }

    #[test]
    fn brackets_inside_words_do_not_count() {
        let words = format!(r#"["{}", "a\"{}", "\\"]"#, "[".repeat(40), "{".repeat(40));
        assert!(decode::<Value>(words.as_bytes()).is_ok());
        let deep_after_words = format!(r#"["\\", {}]"#, nested(17));
        assert_eq!(decode::<Value>(deep_after_words.as_bytes()), Err(Unreadable));
    }

    #[test]
    fn unknown_fields_are_refused() {
        let good = r#"{"topic":"session","type":"ping","visible":true}"#;
        let odd = r#"{"topic":"session","type":"ping","visible":true,"admin":true}"#;
        assert!(decode::<ClientMessage>(good.as_bytes()).is_ok());
        assert_eq!(decode::<ClientMessage>(odd.as_bytes()).err(), Some(Unreadable));
        let odd = r#"{"key":"k1234567","item":null,"notice_version":"1","place":1}"#;
        assert_eq!(decode::<TakeNumber>(odd.as_bytes()).err(), Some(Unreadable));
    }

    #[test]
    fn half_a_message_is_refused() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            "1",
            r#"{"topic":"session"}"#,
            r#"{"topic":"nothing","type":"ping"}"#,
            "\u{feff}{}",
            "{} {}",
        ] {
            assert_eq!(decode::<ClientMessage>(text.as_bytes()).err(), Some(Unreadable), "{text}");
        }
    }
}
