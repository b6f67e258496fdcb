//! Whether a wanted password is easy to guess: what NIST SP 800-63B-4 (3.1.1.2) and OWASP ASVS 5.0 (V6.2) ask to be refused, by
//! patterns instead of a dictionary. No kinds of characters are demanded: neither wants that.

use pinyin::ToPinyin;

/// Fewest characters, as the page counts them.
pub(super) const FEWEST: usize = 10;
/// So many characters must be left when runs and common words are taken away.
const FEWEST_OF_ITS_OWN: usize = 6;
/// So many different ones must be among all.
const FEWEST_DIFFERENT: usize = 5;
/// From this length on a run says nothing of its own: 123, aaa, qwe.
const RUN: usize = 3;
/// A name of this length or more is looked for anywhere. Shorter ones stand inside ordinary words and count only as a word.
const NAME: usize = 3;

/// Keys beside each other, both ways: rows, columns as they are typed from above, and the alphabet.
const RUNS: [&str; 15] = [
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "!@#$%^&*()",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "147",
    "258",
];

/// Words the lists of leaked passwords begin with, here and abroad, and our own name.
const COMMON: [&str; 22] = [
    "password", "passwd", "p@ssw0rd", "passw0rd", "mima", "admin", "root", "guest", "test", "user", "login", "welcome", "iloveyou", "letmein",
    "monkey", "dragon", "woaini", "5201314", "1314", "520", "yunyiban", "zhengwu",
];

/// Whether somebody who knows the person or the lists of common passwords finds it early.
pub(super) fn is_guessable(password: &str, sign_in_name: &str, display_name: &str) -> bool {
    let text = password.to_lowercase();
    let characters: Vec<char> = text.chars().collect();
    let mut different = characters.clone();
    different.sort_unstable();
    different.dedup();
    // Birthdays, telephone and identity numbers.
    let only_digits = characters.iter().all(char::is_ascii_digit);
    only_digits
        || different.len() < FEWEST_DIFFERENT
        || names(sign_in_name, display_name).iter().any(|name| holds(&text, name))
        || own_characters(&text) < FEWEST_OF_ITS_OWN
}

/// What the person is called: the sign-in name and its parts, the display name, its pinyin and that of the family name.
fn names(sign_in_name: &str, display_name: &str) -> Vec<String> {
    let (sign_in_name, display_name) = (sign_in_name.to_lowercase(), display_name.to_lowercase());
    let parts = sign_in_name.split(['.', '_', '-']).map(str::to_owned);
    let syllables: Vec<&str> = display_name
        .chars()
        .filter_map(|sign| sign.to_pinyin().map(|syllable| syllable.plain()))
        .collect();
    let spoken = [Some(syllables.concat()), syllables.first().map(|&family| family.to_owned())];
    let mut names: Vec<String> = parts.chain(spoken.into_iter().flatten()).collect();
    names.push(squeezed(&sign_in_name));
    names.push(display_name);
    names.retain(|name| name.chars().count() >= 2);
    names
}

fn holds(text: &str, name: &str) -> bool {
    if name.chars().count() >= NAME {
        return text.contains(name) || squeezed(text).contains(name);
    }
    text.split(|sign: char| !sign.is_alphabetic()).any(|word| word == name)
}

/// Letters and digits alone, so that `chen_gui.ying` is `chenguiying`.
fn squeezed(text: &str) -> String {
    text.chars().filter(|sign| sign.is_alphanumeric()).collect()
}

/// Characters left when a piece said again and again counts once, and runs and common words not at all.
fn own_characters(text: &str) -> usize {
    let mut text = once(text).to_owned();
    for word in COMMON {
        text = text.replace(word, "\n");
    }
    let characters: Vec<char> = text.chars().collect();
    let (mut own, mut at) = (0, 0);
    while at < characters.len() {
        let run = run_length(&characters[at..]);
        if run < RUN {
            own += usize::from(characters[at] != '\n');
            at += 1;
        } else {
            at += run;
        }
    }
    own
}

/// `abcabcabc` is `abc`.
fn once(text: &str) -> &str {
    let pieces = text.char_indices().map(|(at, _)| &text[..at]).skip(1);
    let mut pieces = pieces.filter(|piece| text.len().is_multiple_of(piece.len()));
    pieces.find(|piece| piece.repeat(text.len() / piece.len()) == text).unwrap_or(text)
}

/// How many characters from the first on are the same or lie beside each other in one direction.
fn run_length(characters: &[char]) -> usize {
    let same = characters.iter().take_while(|character| **character == characters[0]).count();
    let beside = RUNS.iter().flat_map(|row| [row.chars().collect::<Vec<_>>(), row.chars().rev().collect()]);
    let longest = beside.map(|row| {
        let starts = row.iter().enumerate().filter(|(_, key)| **key == characters[0]);
        starts
            .map(|(at, _)| row[at..].iter().zip(characters).take_while(|(key, typed)| key == typed).count())
            .max()
    });
    longest.flatten().max().unwrap_or(0).max(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chen(password: &str) -> bool {
        is_guessable(password, "chen.guiying", "陈桂英")
    }

    #[test]
    fn names_in_any_spelling_are_refused() {
        for named in [
            "chen-2026-a",
            "xiao-CHEN-hua-88",
            "my guiying 1998 x",
            "Chen_Gui_Ying!77",
            "窗口陈桂英真的很好用呀",
            "88k-chen.guiying",
        ] {
            assert!(chen(named), "{named}");
        }
        assert!(is_guessable("chen-2026-a", "chen", "陈老师"));
        assert!(is_guessable("w-chenlaoshi-77", "c.guiying", "陈老师"), "pinyin of what she is called");
    }

    #[test]
    fn a_short_name_inside_another_word_is_no_name() {
        assert!(is_guessable("li-9-gqxvbt-w", "li", "李老师"));
        assert!(!is_guessable("oliven-9-gqxvbt", "li", "李老师"));
    }

    #[test]
    fn runs_repeats_and_common_passwords_are_refused() {
        for common in [
            "1234567890",
            "0987654321",
            "13812345678",
            "199807081234",
            "qwertyuiop",
            "poiuytrewq1",
            "1qaz2wsx3edc",
            "asdfghjkl;1",
            "abcdefghijk",
            "aaaaaaaaaab1",
            "aaabbbcccddd",
            "xk7xk7xk7xk7",
            "Password123!",
            "P@ssw0rd2026",
            "admin123456",
            "woaini1314520",
            "yunyiban2026",
            "qwe123asd456",
        ] {
            assert!(chen(common), "{common}");
        }
    }

    #[test]
    fn words_that_have_nothing_to_do_with_each_other_are_taken() {
        for own in [
            "dongjie-1998",
            "xiaohe-2026-qiao",
            "hei mao jing zhang",
            "河边小桥云里看花真美",
            "b7kd2mwe9rqx",
            "f3m9qt2nx8v1",
        ] {
            assert!(!chen(own), "{own}");
        }
    }
}
