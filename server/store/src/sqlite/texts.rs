//! The statements of a short script as one text.
//!
//! The library runs every text on a thread of its own, and to wake that thread and be woken by it takes longer than most
//! statements. One operation is five of them. The text is joined from constants of this program, never from data (T23).

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::sql::Statement;

/// Most texts kept: a quarter of what the library keeps prepared, some 20 KiB each. Scripts of further shapes are run statement by statement.
const SHAPES: usize = 24;

/// Texts by the constants they are joined from.
#[derive(Default)]
pub(super) struct Texts {
    texts: HashMap<Vec<usize>, Joined>,
}

/// Constants of this program, one behind the other. Made by [`Texts`] alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined(Arc<str>);

impl SqlSafeStr for Joined {
    fn into_sql_str(self) -> SqlStr {
        AssertSqlSafe(self.0).into_sql_str()
    }
}

impl Texts {
    /// The statements with their values numbered through; `None` for one alone, and for further shapes.
    pub fn joined(&mut self, statements: &[Statement]) -> Option<Joined> {
        if statements.len() < 2 {
            return None;
        }
        let shape: Vec<usize> = statements.iter().map(|statement| statement.sql.as_ptr().addr()).collect();
        if let Some(text) = self.texts.get(&shape) {
            return Some(text.clone());
        }
        if self.texts.len() == SHAPES {
            return None;
        }
        let text = Joined(join(statements).into());
        self.texts.insert(shape, text.clone());
        Some(text)
    }
}

fn join(statements: &[Statement]) -> String {
    let mut text = String::new();
    let mut before = 0;
    for statement in statements {
        let mut pieces = statement.sql.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let (number, rest) = piece.split_at(digits);
            let number: usize = number.parse().expect("our texts have $ only before the number of a value");
            write!(text, "${}{rest}", number + before).expect("a text has room");
        }
        text.push(';');
        before += statement.values.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::values;

    #[test]
    fn values_are_numbered_through() {
        let statements = [
            Statement::new("begin immediate", Vec::new()),
            Statement::new("update halls set seq = $2 where id = $1 and $2 > 0", values!["xinqu", 3_u32]),
            Statement::new("delete from x where hall = $1", values!["xinqu"]),
        ];
        let expected = "begin immediate;update halls set seq = $2 where id = $1 and $2 > 0;delete from x where hall = $3;";
        assert_eq!(Texts::default().joined(&statements), Some(Joined(expected.into())));
        assert_eq!(Texts::default().joined(&statements[..1]), None, "one is a constant as it is");
    }

    #[test]
    fn ever_new_shapes_are_run_one_by_one() {
        const WORDS: [&str; 2] = ["select 1", "select 2"];
        let mut texts = Texts::default();
        let shapes = (0..64_usize).map(|bits| (0..6).map(|at| Statement::new(WORDS[bits >> at & 1], Vec::new())).collect());
        let kept = shapes.filter(|shape: &Vec<Statement>| texts.joined(shape).is_some()).count();
        assert_eq!(kept, SHAPES);
    }
}
