//! The chat a page has missed, in pieces small enough for its outbox.

use yunyiban_protocol::{ChatBody, ChatLine, ChatNotice, ServerMessage};

use super::visit_of;
use crate::House;
use crate::hall::HallHandle;
use crate::outbox::{OutboxSender, text_of};
use crate::switchboard::Party;
use crate::trouble::Trouble;

/// Lines read at once, and the most in one message.
const LINES: u32 = 100;
/// Bytes of words in one message.
const BYTES: usize = 16 * 1_024;

/// Sends every line after a number, waiting for room; stops when the page is gone.
pub(super) async fn send_after(house: &House, hall: &HallHandle, party: &Party, to: &OutboxSender, after: u32) -> Result<(), Trouble> {
    let visit = visit_of(house, hall, party).await?;
    let mut after = after;
    loop {
        let read = house.outside.store.chat_after(&hall.lines.id, &visit, after, LINES).await;
        let lines = read.map_err(|failure| Trouble::told(&failure))?;
        let Some(last) = lines.last().map(|line| line.number) else {
            return Ok(());
        };
        for lines in pieces(lines) {
            if !to.push_when_room(text_of(&ServerMessage::Chat(ChatNotice::Lines { lines }))).await {
                return Ok(());
            }
        }
        after = last;
    }
}

/// Cuts lines into runs of at most [`BYTES`] of words; a longer line is a run of its own.
fn pieces(lines: Vec<ChatLine>) -> Vec<Vec<ChatLine>> {
    let mut pieces: Vec<Vec<ChatLine>> = Vec::new();
    let mut bytes = BYTES;
    for line in lines {
        let more = bytes_of(&line);
        match pieces.last_mut().filter(|_| bytes + more <= BYTES) {
            Some(piece) => {
                bytes += more;
                piece.push(line);
            }
            None => {
                bytes = more;
                pieces.push(vec![line]);
            }
        }
    }
    pieces
}

fn bytes_of(line: &ChatLine) -> usize {
    match &line.body {
        ChatBody::Text { text } => text.reveal().len(),
        ChatBody::Picture { bulk } => bulk.as_str().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yunyiban_protocol::{Seat, Sensitive, Timestamp};

    fn line(bytes: usize) -> ChatLine {
        let text = Sensitive::new("x".repeat(bytes));
        ChatLine {
            number: 1,
            from: Seat::Citizen,
            body: ChatBody::Text { text },
            at: Timestamp::default(),
        }
    }

    fn sizes(lines: Vec<ChatLine>) -> Vec<usize> {
        pieces(lines).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_piece_is_as_long_as_fits_and_no_line_is_lost() {
        assert_eq!(sizes(Vec::new()), [0; 0]);
        assert_eq!(sizes(vec![line(1), line(1)]), [2]);
        assert_eq!(sizes(vec![line(BYTES), line(1)]), [1, 1]);
        assert_eq!(sizes(vec![line(BYTES / 2), line(BYTES / 2), line(1), line(BYTES)]), [2, 1, 1]);
        assert_eq!(sizes(vec![line(2 * BYTES), line(1)]), [1, 1]);
    }
}
