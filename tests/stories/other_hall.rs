//! Two halls on one server see nothing of each other (T22), and a sheet of records runs nothing (T24).

use yunyiban_protocol::http::{RecordPage, Uploaded};
use yunyiban_protocol::{ClientMessage, ItemCode, RecordDraft, RecordKind, RecordRequest, RecordResult, RecordView, Sensitive, WindowRequest};

use crate::support::page::{done, fresh_key, refused};
use crate::support::{TestHall, TestStaff, in_a_talk};

#[tokio::test]
async fn a_window_of_laocheng_can_neither_read_nor_touch_a_visit_of_xinqu() {
    let hall = TestHall::open_beside_laocheng().await;
    let (mut li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    let path = format!("/api/bulk?hall={}", hall.id());
    let Uploaded { bulk } = li_nainai.browser.post_bytes(&path, b"\x89PNG\r\n\x1a\n and some rows").await.json();
    let visit = li_nainai.visit.id.clone();
    done(chen_laoshi.notes(&visit, &hall.first_item(), "只给新区看的备注").await);
    li_nainai.hears_until_pong().await;

    for name in ["zhou_laoshi", "wu_zhuren"] {
        let mut neighbour = TestStaff::signs_in(&hall, name).await;
        assert_eq!(neighbour.console.line.waiting, 0);
        assert!(
            neighbour.console.windows.iter().all(|window| window.staff.is_none()),
            "nobody of xinqu is seen"
        );
        let page: RecordPage = neighbour.browser.get("/api/staff/records").await.json();
        assert!(page.records.is_empty());
        let of_staff = format!("/api/staff/records?staff={}", chen_laoshi.console.staff);
        assert!(neighbour.browser.get(&of_staff).await.json::<RecordPage>().records.is_empty());
        assert_eq!(neighbour.browser.get("/api/staff/records?hall=xinqu").await.code(), "bad_message");
        let versions: Vec<RecordView> = neighbour.browser.get(&format!("/api/staff/records/{visit}")).await.json();
        assert_eq!(versions, []);
        let sheet = neighbour.browser.get("/api/staff/records.csv").await;
        assert_eq!(
            (sheet.status, sheet.body.trim_end().lines().count()),
            (200, 1),
            "headings alone: {}",
            sheet.body
        );
        assert_eq!(neighbour.browser.get(&format!("/api/bulk/{bulk}")).await.code(), "visit_unknown");

        neighbour.opens_window("1").await;
        assert_eq!(refused(neighbour.accepts(&visit).await), "ring_over");
        let key = fresh_key();
        let pick = WindowRequest::Pick {
            key: key.clone(),
            visit: Some(visit.clone()),
        };
        let code = refused(neighbour.does(key, pick).await);
        assert!(matches!(code.as_str(), "visit_unknown" | "nobody_waiting" | "pick_too_far"), "{code}");
        assert_eq!(refused(neighbour.records(&visit, &hall.first_item()).await), "visit_unknown");
        let key = fresh_key();
        done(neighbour.does(key.clone(), WindowRequest::Close { key }).await);
    }
    assert_eq!(li_nainai.hears_until_pong().await, [], "xinqu heard nothing of it");
    let own: RecordPage = chen_laoshi.browser.get("/api/staff/records").await.json();
    assert_eq!(own.records.len(), 1);
    assert_eq!(own.records[0].version, 1);
}

#[tokio::test]
async fn no_cell_of_the_sheet_begins_like_a_formula() {
    let hall = TestHall::open().await;
    let (li_nainai, mut chen_laoshi) = in_a_talk(&hall).await;
    for sign in ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\n=", "\u{3000}@"] {
        let note = format!("{sign}HYPERLINK(\"http://x.example\",\"点我\")");
        let draft = RecordDraft {
            item: ItemCode::new(hall.first_item()),
            kind: RecordKind::Guide,
            result: RecordResult::Submitted,
            note: Sensitive::new(note.clone()),
            next_step: Sensitive::new(note.clone()),
            proof: None,
        };
        let (key, visit) = (fresh_key(), li_nainai.visit.id.clone());
        let save = ClientMessage::Record(RecordRequest::Save {
            key: key.clone(),
            visit,
            draft,
        });
        done(chen_laoshi.says(key, save).await);
        let sheet = chen_laoshi.browser.get("/api/staff/records.csv").await;
        assert!(sheet.headers["content-type"].starts_with("text/csv"));
        let cells = cells(&sheet.body);
        assert_eq!(cells.iter().filter(|cell| **cell == format!("'{note}")).count(), 2, "{cells:?}");
        let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
        let formulas: Vec<&String> = cells.iter().filter(|cell| cell.trim_start().starts_with(signs)).collect();
        assert_eq!(formulas, Vec::<&String>::new());
    }
}

/// Cells of a sheet (RFC 4180).
fn cells(sheet: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = sheet.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(letter) = letters.next() {
        let cell = cells.last_mut().expect("there is always one");
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => cells.push(String::new()),
            '\r' if !quoted => {}
            other => cell.push(other),
        }
    }
    cells
}
