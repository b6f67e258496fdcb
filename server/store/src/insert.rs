//! Inserts, and changes, of many rows as static text.
//!
//! One statement for 16 rows costs a commit far less than 16 statements; beyond that SQLite, which looks for each `$n`
//! among all of them, loses more than is gained (measured: 64 rows took a third of the whole commit to find names).
//! The texts for 16, 8, 4, 2 and 1 rows are written by the compiler, so that SQL stays a constant of the program.
//! `$1` is the hall in every row.

use yunyiban_protocol::HallId;

use crate::sql::{Statement, Value};

/// How many rows the texts take, largest first.
const SIZES: [usize; 5] = [16, 8, 4, 2, 1];

/// One insert in five lengths.
pub(crate) struct Insert {
    /// Values a row, the hall not counted.
    pub(crate) columns: usize,
    /// Texts for [`SIZES`].
    pub(crate) texts: [&'static str; 5],
}

impl Insert {
    /// Statements that insert these rows of a hall, in order.
    pub(crate) fn rows(&self, hall: &HallId, rows: Vec<Vec<Value>>) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut left = rows.len();
        let mut rows = rows.into_iter();
        for (size, sql) in SIZES.into_iter().zip(self.texts) {
            while left >= size {
                let mut values = Vec::with_capacity(1 + size * self.columns);
                values.push(Value::from(hall.as_str()));
                values.extend(rows.by_ref().take(size).flatten());
                statements.push(Statement::new(sql, values));
                left -= size;
            }
        }
        statements
    }
}

/// `insert! { head, columns a row without the hall, tail }`
macro_rules! insert {
    ($head:literal, $columns:literal, $tail:literal) => {
        $crate::insert::Insert {
            columns: $columns,
            texts: [
                $crate::insert::insert!(@text $head, $columns, 16, $tail),
                $crate::insert::insert!(@text $head, $columns, 8, $tail),
                $crate::insert::insert!(@text $head, $columns, 4, $tail),
                $crate::insert::insert!(@text $head, $columns, 2, $tail),
                $crate::insert::insert!(@text $head, $columns, 1, $tail),
            ],
        }
    };
    (@text $head:literal, $columns:literal, $rows:literal, $tail:literal) => {{
        const LENGTH: usize = $crate::insert::write(&mut [], $head, $columns, $rows, $tail);
        const BYTES: [u8; LENGTH] = {
            let mut bytes = [0; LENGTH];
            $crate::insert::write(&mut bytes, $head, $columns, $rows, $tail);
            bytes
        };
        match std::str::from_utf8(&BYTES) {
            Ok(text) => text,
            Err(_) => panic!("the text is cut from literals at their ends"),
        }
    }};
}
pub(crate) use insert;

/// Writes `head values ($1, $2, …), ($1, …) tail` as far as there is room and gives the whole length.
pub(crate) const fn write(into: &mut [u8], head: &str, columns: usize, rows: usize, tail: &str) -> usize {
    let mut at = put(into, 0, head);
    at = put(into, at, " values ");
    let mut value = 2;
    let mut row = 0;
    while row < rows {
        at = put(into, at, if row == 0 { "($1" } else { ", ($1" });
        let mut column = 0;
        while column < columns {
            at = put(into, at, ", $");
            at = put_number(into, at, value);
            value += 1;
            column += 1;
        }
        at = put(into, at, ")");
        row += 1;
    }
    at = put(into, at, " ");
    put(into, at, tail)
}

const fn put(into: &mut [u8], at: usize, text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if at + index < into.len() {
            into[at + index] = bytes[index];
        }
        index += 1;
    }
    at + bytes.len()
}

const fn put_number(into: &mut [u8], at: usize, number: usize) -> usize {
    let at = if number >= 10 { put_number(into, at, number / 10) } else { at };
    if at < into.len() {
        into[at] = b'0' + (number % 10) as u8;
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAIRS: Insert = insert!("insert into pairs (hall, a, b)", 2, "on conflict do nothing");

    #[test]
    fn the_compiler_writes_the_text_of_every_length() {
        assert_eq!(
            PAIRS.texts[4],
            "insert into pairs (hall, a, b) values ($1, $2, $3) on conflict do nothing"
        );
        assert!(PAIRS.texts[2].ends_with("($1, $8, $9) on conflict do nothing"));
        assert!(PAIRS.texts[0].ends_with("($1, $32, $33) on conflict do nothing"));
    }

    #[test]
    fn twenty_three_rows_need_four_statements() {
        let rows = (0..23_u32).map(|number| vec![Value::from(number), Value::from("b")]).collect();
        let sizes: Vec<usize> = PAIRS
            .rows(&HallId::new("xinqu"), rows)
            .iter()
            .map(|statement| statement.values.len())
            .collect();
        assert_eq!(sizes, [33, 9, 5, 3]);
    }
}
