//! Sheets (CSV) that no program takes for formulas.

use std::collections::BTreeMap;

use serde::Serialize;
use yunyiban_protocol::{RecordView, Timestamp};

use crate::day::local_time;

/// The columns of the sheet of records, in order.
pub const COLUMNS: [&str; 14] = [
    "number",
    "visit_number",
    "item",
    "kind",
    "result",
    "note",
    "next_step",
    "staff",
    "window",
    "joined_at",
    "served_at",
    "ended_at",
    "saved_at",
    "version",
];

/// The words of a sheet, from `web/locales`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SheetWords {
    /// Headings in the order of [`COLUMNS`].
    pub headings: Vec<String>,
    /// Kinds of help and results by their word on the wire (`answer`, `not_done`). A word that is not here is shown as it is.
    pub values: BTreeMap<String, String>,
}

/// Records as a sheet: RFC 4180, with the byte order mark by which table programs know UTF-8.
pub(crate) fn sheet_of(records: &[RecordView], words: &SheetWords) -> String {
    let mut sheet = String::from('\u{feff}');
    add_row(&mut sheet, words.headings.iter().map(String::as_str));
    for record in records {
        let cells = cells_of(record, words);
        add_row(&mut sheet, cells.iter().map(String::as_str));
    }
    sheet
}

fn cells_of(record: &RecordView, words: &SheetWords) -> [String; COLUMNS.len()] {
    let moment = |at: Option<Timestamp>| at.map(local_time).unwrap_or_default();
    [
        record.number.clone(),
        record.visit_number.clone(),
        record.item.name.clone(),
        word_of(&record.kind, words),
        word_of(&record.result, words),
        record.note.reveal().clone(),
        record.next_step.reveal().clone(),
        record.staff_name.clone(),
        record.window_name.clone(),
        moment(Some(record.joined_at)),
        moment(record.served_at),
        moment(record.ended_at),
        moment(Some(record.saved_at)),
        record.version.to_string(),
    ]
}

/// The word people read for a word of the wire.
fn word_of<T: Serialize>(value: &T, words: &SheetWords) -> String {
    let wire = serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default();
    words.values.get(&wire).cloned().unwrap_or(wire)
}

fn add_row<'a>(sheet: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            sheet.push(',');
        }
        sheet.push('"');
        if looks_like_a_formula(cell) {
            sheet.push('\'');
        }
        sheet.push_str(&cell.replace('"', "\"\""));
        sheet.push('"');
    }
    sheet.push_str("\r\n");
}

/// Whether a table program might run the cell (T24). Blanks before the sign do not make it safe: programs trim them.
fn looks_like_a_formula(cell: &str) -> bool {
    const SIGNS: [char; 12] = ['=', '+', '-', '@', '\t', '\0', '\r', '\n', '＝', '＋', '－', '＠'];
    cell.starts_with(SIGNS) || cell.trim_start().starts_with(SIGNS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use yunyiban_protocol::{ItemCode, ItemRef, RecordId, RecordKind, RecordResult, Sensitive, VisitId};

    fn record(note: &str) -> RecordView {
        let joined_at = Timestamp::from_millis(1_795_417_357_000);
        RecordView {
            id: RecordId::new("r"),
            number: "20261123-0007".into(),
            visit: VisitId::new("li_nainai"),
            visit_number: "A12".into(),
            version: 1,
            item: ItemRef {
                code: ItemCode::new("c"),
                name: "居住证申领".into(),
            },
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new(note.into()),
            next_step: Sensitive::default(),
            staff_name: "陈老师".into(),
            window_name: "3号窗口".into(),
            joined_at,
            served_at: Some(joined_at.plus(60_000)),
            ended_at: None,
            saved_at: joined_at.plus(120_000),
        }
    }

    fn words() -> SheetWords {
        let values = [("guide", "指导"), ("submitted", "已经提交")].map(|(wire, shown)| (wire.to_owned(), shown.to_owned()));
        SheetWords {
            headings: COLUMNS.map(str::to_owned).to_vec(),
            values: values.into(),
        }
    }

    fn note_cell(note: &str) -> String {
        let sheet = sheet_of(&[record(note)], &words());
        let start = sheet.find("\"已经提交\",").unwrap() + "\"已经提交\",".len();
        sheet[start..sheet.find(",\"\",\"陈老师\"").unwrap()].to_owned()
    }

    #[test]
    fn a_record_becomes_a_row_in_the_order_of_the_headings() {
        let sheet = sheet_of(&[record("已带齐")], &words());
        let rows: Vec<&str> = sheet.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!(rows[0].split(',').count(), COLUMNS.len());
        let expected = "\"20261123-0007\",\"A12\",\"居住证申领\",\"指导\",\"已经提交\",\"已带齐\",\"\",\"陈老师\",\"3号窗口\",\
                        \"2026-11-23 15:02\",\"2026-11-23 15:03\",\"\",\"2026-11-23 15:04\",\"1\"";
        assert_eq!(rows[1], expected);
        assert_eq!(rows[2], "");
    }

    #[test]
    fn no_note_becomes_a_formula() {
        for sign in ["=", "+", "-", "@", "\t", "\0", "\r", "\n", "＝", "＋", "－", "＠", "  =", "\u{3000}＝"] {
            let note = format!("{sign}cmd|' /C calc'!A0");
            assert!(note_cell(&note).starts_with("\"'"), "{note:?}");
        }
        assert_eq!(note_cell("材料齐全 = 可以提交"), "\"材料齐全 = 可以提交\"");
    }

    #[test]
    fn quotes_commas_and_lines_stay_in_their_cell() {
        assert_eq!(note_cell("说\"好\",\n下午来"), "\"说\"\"好\"\",\n下午来\"");
    }
}
