//! The code a citizen scans (二维码), for paper and for the terminal.

use qrcode::render::{svg, unicode};
use qrcode::{Color, EcLevel, QrCode};

/// The text is too long for any code: more than 2,331 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code")]
pub struct TooLong;

/// A picture for print and screen, with its quiet zone, at least 240 units a side.
///
/// # Errors
/// [`TooLong`].
pub fn qr_svg(text: &str) -> Result<String, TooLong> {
    Ok(code(text)?
        .render()
        .min_dimensions(240, 240)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build())
}

/// Lines of half blocks for a terminal with a dark background, with its quiet zone.
///
/// # Errors
/// [`TooLong`].
pub fn qr_terminal(text: &str) -> Result<String, TooLong> {
    Ok(code(text)?
        .render()
        .dark_color(unicode::Dense1x2::Light)
        .light_color(unicode::Dense1x2::Dark)
        .build())
}

/// The dots alone, line by line from the top, `1` for a dark one: a page draws them, and its margin.
///
/// # Errors
/// [`TooLong`].
pub fn qr_dots(text: &str) -> Result<Vec<String>, TooLong> {
    let code = code(text)?;
    let dot = |color: &Color| color.select('1', '0');
    Ok(code.to_colors().chunks(code.width()).map(|line| line.iter().map(dot).collect()).collect())
}

/// Level M survives a scratched poster and keeps a short link at 29 × 29 dots.
fn code(text: &str) -> Result<QrCode, TooLong> {
    QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| TooLong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poster_link_fits_a_terminal() {
        let code = qr_terminal("http://192.168.1.7:8080/h/xinqu").unwrap();
        assert!(code.lines().all(|line| line.chars().count() <= 40));
        assert!(code.lines().count() <= 20);
    }

    #[test]
    fn a_poster_is_a_picture_without_scripts() {
        let picture = qr_svg("https://help.xinqu.cn/h/xinqu").unwrap();
        assert!(picture.contains("<svg") && !picture.contains("<script"));
    }

    #[test]
    fn an_endless_link_is_refused() {
        assert_eq!(qr_svg(&"x".repeat(3_000)), Err(TooLong));
    }
}
