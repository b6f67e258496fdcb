//! What people may type (T06).

use yunyiban_protocol::ContactView;

use crate::Refusal;

/// Longest name, characters.
const NAME: usize = 20;
/// Longest line of chat, characters.
pub(super) const CHAT: usize = 500;
/// Longest note of a record, characters.
pub(super) const NOTE: usize = 1_000;
/// Longest next step of a record, characters.
pub(super) const NEXT_STEP: usize = 200;

/// Checks name and telephone; an empty field is one left out.
pub(super) fn check_contact(contact: &ContactView) -> Result<(), Refusal> {
    if let Some(name) = &contact.name {
        let name = name.reveal();
        if name.chars().count() > NAME || name.chars().any(|c| c.is_control() || turns_text_around(c)) {
            return Err(Refusal::BadName);
        }
    }
    match &contact.phone {
        Some(phone) if !phone.reveal().is_empty() && !is_phone(phone.reveal()) => Err(Refusal::BadPhone),
        Some(_) | None => Ok(()),
    }
}

/// Checks a text of several lines, at most `longest` characters.
pub(super) fn check_text(text: &str, longest: usize) -> Result<(), Refusal> {
    let shown = |c: char| c == '\n' || !(c.is_control() || turns_text_around(c));
    if text.chars().count() <= longest && text.chars().all(shown) {
        Ok(())
    } else {
        Err(Refusal::BadText)
    }
}

/// The telephone as windows see it before 「打电话」: `138****5678`.
pub(super) fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().collect();
    let last: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    let first: String = if digits.len() >= 11 {
        digits[..3].iter().collect()
    } else {
        String::new()
    };
    format!("{first}****{last}")
}

/// The name as the waiting list shows it: `陈**`.
pub(super) fn mask_name(name: &str) -> Option<String> {
    name.chars().next().map(|first| format!("{first}**"))
}

/// A mobile of 11 digits beginning with 1, or a landline of 7–12 digits with one hyphen inside at most.
fn is_phone(phone: &str) -> bool {
    let digits = phone.bytes().filter(u8::is_ascii_digit).count();
    let hyphens = phone.bytes().filter(|byte| *byte == b'-').count();
    if digits + hyphens != phone.len() {
        return false;
    }
    if phone.starts_with('1') {
        return digits == 11 && hyphens == 0;
    }
    (7..=12).contains(&digits) && hyphens <= 1 && !phone.starts_with('-') && !phone.ends_with('-')
}

/// The digits by which two ways of writing one telephone are the same: 0591-87654321 and 059187654321, and what begins with
/// the country's +86, 0086 or 86. A landline dialled from abroad has lost the 0 of its area code.
pub fn phone_digits(phone: &str) -> String {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let from_abroad = digits.strip_prefix("0086").or_else(|| digits.strip_prefix("86"));
    match from_abroad {
        Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') => mobile.to_owned(),
        Some(landline) if (10..=11).contains(&landline.len()) && !landline.starts_with('0') => format!("0{landline}"),
        Some(landline) if (11..=12).contains(&landline.len()) && landline.starts_with('0') => landline.to_owned(),
        Some(_) | None => digits,
    }
}

/// Marks that reorder text (Unicode UAX #9) and could make it read as something else.
fn turns_text_around(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use yunyiban_protocol::Sensitive;

    use super::*;

    fn contact(name: &str, phone: &str) -> ContactView {
        ContactView {
            name: Some(Sensitive::new(name.into())),
            phone: Some(Sensitive::new(phone.into())),
        }
    }

    #[test]
    fn telephones_are_mobiles_or_landlines() {
        for good in ["13812345678", "0591-87654321", "87654321", "059187654321", ""] {
            assert_eq!(check_contact(&contact("陈阿姨", good)), Ok(()), "{good}");
        }
        for bad in [
            "1381234567",
            "138123456789",
            "138-1234567",
            "-87654321",
            "8765-4-321",
            "123456",
            "８７６５４３２１",
            "电话",
            "0591 8765432",
        ] {
            assert_eq!(check_contact(&contact("陈阿姨", bad)), Err(Refusal::BadPhone), "{bad}");
        }
    }

    #[test]
    fn a_telephone_is_the_same_with_hyphen_and_with_the_number_of_the_country() {
        for same in ["13812345678", "+8613812345678", "0086 138 1234 5678", "86-13812345678"] {
            assert_eq!(phone_digits(same), "13812345678", "{same}");
        }
        for same in ["0591-87654321", "059187654321", "+86 591 87654321", "0086059187654321"] {
            assert_eq!(phone_digits(same), "059187654321", "{same}");
        }
        assert_eq!(phone_digits("861012345678"), "01012345678");
        assert_eq!(phone_digits("86543210"), "86543210", "a landline of the town");
    }

    #[test]
    fn names_are_short_and_read_as_they_are_written() {
        assert_eq!(check_contact(&contact(&"陈".repeat(20), "")), Ok(()));
        for bad in ["陈".repeat(21), "陈\u{202E}".into(), "陈\n".into(), "陈\u{7}".into()] {
            assert_eq!(check_contact(&contact(&bad, "")), Err(Refusal::BadName), "{bad:?}");
        }
    }

    #[test]
    fn texts_may_have_lines_but_no_other_control() {
        assert_eq!(check_text("第一行\n第二行", CHAT), Ok(()));
        for bad in ["\t".to_owned(), "a\u{2066}b".into(), "长".repeat(501)] {
            assert_eq!(check_text(&bad, CHAT), Err(Refusal::BadText), "{bad:?}");
        }
    }

    #[test]
    fn masks_show_enough_to_recognise_and_no_more() {
        assert_eq!(mask_phone("13812345678"), "138****5678");
        assert_eq!(mask_phone("87654321"), "****4321");
        assert_eq!(mask_name("陈阿姨").as_deref(), Some("陈**"));
        assert_eq!(mask_name(""), None);
    }
}
