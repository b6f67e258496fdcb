//! Questions at the terminal, each with a flag that answers it beforehand.

use std::io::{BufRead, IsTerminal, Write};

use crate::failure::Failure;
use crate::text::{say, tell};

/// Where answers come from: flags first, then the person, then the defaults.
pub struct Questions<R> {
    input: R,
    /// Somebody is there to be asked.
    asking: bool,
}

impl Questions<std::io::StdinLock<'static>> {
    /// Asks when standard input is a terminal.
    pub fn at_terminal() -> Self {
        let input = std::io::stdin();
        Self {
            asking: input.is_terminal(),
            input: input.lock(),
        }
    }
}

impl<R: BufRead> Questions<R> {
    /// Asks, reading the answers from `input`.
    #[cfg(test)]
    pub fn asking(input: R) -> Self {
        Self { input, asking: true }
    }

    /// The answer to one question as `read` understands it. `question` is the key of its sentence, `flag` answers it
    /// beforehand; an empty line takes `default`. Asks again until `read` takes the answer.
    ///
    /// # Errors
    /// [`Failure::BadFlag`] when the flag's own value is not understood, [`Failure::FlagMissing`] when nobody can be
    /// asked and there is no default, [`Failure::System`] when the input ends.
    pub fn ask<T>(
        &mut self,
        question: &str,
        flag: &'static str,
        given: Option<&str>,
        default: Option<&str>,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<T, Failure> {
        if let Some(text) = given {
            return read(text.trim()).ok_or_else(|| Failure::BadFlag {
                flag,
                value: text.to_owned(),
            });
        }
        if !self.asking {
            let text = default.ok_or(Failure::FlagMissing { flag })?;
            return read(text).ok_or_else(|| Failure::BadFlag {
                flag,
                value: text.to_owned(),
            });
        }
        loop {
            print!("{} ", say(question, &[("default", &default.unwrap_or_default())]));
            let mut line = String::new();
            let read_bytes = std::io::stdout().flush().and_then(|()| self.input.read_line(&mut line));
            match read_bytes {
                Ok(0) => return Err(Failure::FlagMissing { flag }),
                Ok(_) => {}
                Err(cause) => return Err(Failure::System { reason: cause.to_string() }),
            }
            let answer = if line.trim().is_empty() {
                default.unwrap_or_default()
            } else {
                line.trim()
            };
            match read(answer) {
                Some(value) => return Ok(value),
                None => tell(&say("ask_again", &[("flag", &flag)])),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Option<u32> {
        text.parse().ok()
    }

    #[test]
    fn an_answer_that_is_not_understood_is_asked_again() {
        let mut questions = Questions::asking(&b"three\n\n4\n"[..]);
        assert_eq!(questions.ask("init_windows", "--windows", None, None, number).unwrap(), 4);
    }

    #[test]
    fn an_empty_line_takes_the_default_and_a_flag_is_not_asked() {
        let mut questions = Questions::asking(&b"\n"[..]);
        assert_eq!(questions.ask("init_windows", "--windows", Some("7"), Some("3"), number).unwrap(), 7);
        assert_eq!(questions.ask("init_windows", "--windows", None, Some("3"), number).unwrap(), 3);
    }

    #[test]
    fn where_nobody_can_be_asked_the_flag_is_named() {
        let mut questions = Questions {
            input: &b""[..],
            asking: false,
        };
        let failure = questions.ask("init_windows", "--windows", None, None, number).unwrap_err();
        assert!(matches!(failure, Failure::FlagMissing { flag: "--windows" }));
        assert!(matches!(
            questions.ask("init_windows", "--windows", Some("x"), None, number),
            Err(Failure::BadFlag { .. })
        ));
    }
}
