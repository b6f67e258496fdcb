//! What every archive does, told once and run on all three (`sqlite`, `postgres`, `memory`).

mod accounts;
mod calendar;
mod catalogue;
mod chat;
mod deliveries;
mod erase;
mod fence;
mod guards;
mod hall;
mod phone_marks;
mod rating;
mod records;
mod rules;
pub(crate) mod sample;
mod scope;
mod suspension;

use std::sync::Arc;

use sqlx::{ConnectOptions, Connection};
use yunyiban_app::ports::store::Store;
use yunyiban_protocol::{HallId, RatingLevel, Sensitive, Timestamp, VisitId};

use crate::testing::{PostgresServer, Scratch};
use crate::{MemoryStore, PostgresStore, SqliteStore};

/// One archive under test, empty at first.
struct Subject {
    store: Arc<dyn Store>,
    behind: Behind,
}

/// The same archive without the port: retention erases side rows there.
enum Behind {
    Sqlite(Scratch),
    Postgres(Sensitive<String>),
    Memory(Arc<MemoryStore>),
}

/// Side rows of a visit go, salts with them; digests and events stay. Nothing of the program erases yet; whatever will takes this list,
/// of which `erase` holds that no table is forgotten.
const ERASE: [&str; 4] = [
    "delete from contacts where hall = $1 and visit = $2",
    "delete from phone_marks where hall = $1 and visit = $2",
    "delete from chat_lines where hall = $1 and visit = $2",
    "update records set words = null, salt = null where hall = $1 and visit = $2",
];

impl Subject {
    async fn sqlite() -> Self {
        let folder = Scratch::new();
        let store = SqliteStore::open(&folder.path("hall.db")).await.unwrap();
        Self {
            store: Arc::new(store),
            behind: Behind::Sqlite(folder),
        }
    }

    async fn postgres() -> Self {
        let url = PostgresServer::shared().new_database();
        let store = PostgresStore::connect(&url).await.unwrap();
        Self {
            store: Arc::new(store),
            behind: Behind::Postgres(url),
        }
    }

    async fn memory() -> Self {
        let store = Arc::new(MemoryStore::new());
        Self {
            store: store.clone(),
            behind: Behind::Memory(store),
        }
    }

    async fn erase(&self, hall: &HallId, visit: &VisitId) {
        match &self.behind {
            Behind::Sqlite(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path("hall.db"));
                let mut connection = options.connect().await.unwrap();
                for sql in ERASE {
                    sqlx::query(sql)
                        .bind(hall.as_str())
                        .bind(visit.as_str())
                        .execute(&mut connection)
                        .await
                        .unwrap();
                }
            }
            Behind::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url.reveal()).await.unwrap();
                for sql in ERASE {
                    sqlx::query(sql)
                        .bind(hall.as_str())
                        .bind(visit.as_str())
                        .execute(&mut connection)
                        .await
                        .unwrap();
                }
            }
            Behind::Memory(store) => store.erase(hall, visit),
        }
    }
}

/// A visit's id, its level in words, when in milliseconds.
type RatingRow = (String, String, i64);

const RATINGS: &str = "select visit, level, at_ms from ratings where hall = $1 order by visit limit 10";

impl Subject {
    /// The rows of ratings as they lie there: nothing reads them through the port.
    async fn ratings(&self, hall: &HallId) -> Vec<RatingRow> {
        match &self.behind {
            Behind::Sqlite(folder) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path("hall.db"));
                let mut connection = options.connect().await.unwrap();
                let rows = sqlx::query_as(RATINGS).bind(hall.as_str()).fetch_all(&mut connection);
                rows.await.unwrap()
            }
            Behind::Postgres(url) => {
                let mut connection = sqlx::PgConnection::connect(url.reveal()).await.unwrap();
                let rows = sqlx::query_as(RATINGS).bind(hall.as_str()).fetch_all(&mut connection);
                rows.await.unwrap()
            }
            Behind::Memory(store) => {
                let row = |(visit, (level, at)): (VisitId, (RatingLevel, Timestamp))| (visit.to_string(), level.code().to_owned(), at.as_millis());
                store.ratings(hall).into_iter().map(row).collect()
            }
        }
    }
}

/// Makes a test of every story for one engine.
macro_rules! on {
    ($engine:ident, $($feature:ident { $($story:ident),* $(,)? })*) => {
        mod $engine {
            $($(
                #[tokio::test]
                async fn $story() {
                    super::$feature::$story(super::Subject::$engine().await).await;
                }
            )*)*
        }
    };
}

/// Every story on every engine.
macro_rules! contract {
    ($($stories:tt)*) => {
        on! { sqlite, $($stories)* }
        on! { postgres, $($stories)* }
        on! { memory, $($stories)* }
    };
}

contract! {
    fence {
        a_stale_owner_changes_nothing,
        of_two_owners_only_the_last_writes_in_any_order,
        a_number_that_moved_on_changes_nothing,
        rows_without_events_keep_number_and_hash,
        a_hall_that_is_not_there_cannot_be_taken,
        one_halls_conflict_stays_its_own,
        a_caller_who_stops_waiting_leaves_all_or_nothing,
    }
    guards {
        two_visits_cannot_hold_one_window,
        one_person_cannot_hold_two_visits,
        one_person_cannot_sit_at_two_windows,
        a_number_is_given_once_a_day,
        a_place_in_the_order_is_given_once,
        a_token_opens_one_live_visit,
        what_happens_once_is_stored_once,
        a_window_changes_hands_within_one_batch,
        two_windows_swap_their_visits_within_one_batch,
        two_people_swap_their_windows_within_one_batch,
    }
    hall {
        a_new_hall_is_empty,
        a_hall_comes_back_as_it_was_stored,
        a_request_done_again_keeps_its_last_reply,
        only_live_visits_and_those_of_the_day_come_back,
        visits_are_read_by_the_day_of_their_number_and_no_more_than_asked_for,
        events_are_found_by_moment_and_by_window_whatever_the_clock_said,
        what_a_window_writes_up_over_midnight_comes_back,
        a_token_stays_until_it_is_rotated,
        tokens_given_beside_the_last_stay_as_they_were_noted,
        replies_are_kept_until_they_are_forgotten,
        two_hundred_numbers_taken_at_once_come_back,
        a_picture_belongs_to_one_visit,
        the_way_to_the_disk_is_checked,
    }
    chat {
        lines_come_back_in_order_after_the_last_one_seen,
    }
    rating {
        a_corrected_rating_takes_the_place_of_the_one_before,
    }
    deliveries {
        the_log_keeps_the_last_word_of_each_message,
        a_message_is_stored_with_what_it_tells_of_or_not_at_all,
        what_waits_comes_back_whole_oldest_first,
    }
    records {
        the_newest_version_is_listed_and_all_are_kept,
        a_record_keeps_the_names_of_its_day,
        a_long_list_comes_in_pages,
        a_list_is_narrowed_by_time_item_and_person,
    }
    erase {
        an_erased_visit_leaves_the_chain_whole,
    }
    scope {
        the_same_ids_in_two_halls_never_mix,
    }
    accounts {
        an_account_is_found_by_name_and_by_id,
        what_changes_in_an_account_changes_alone,
        a_session_begins_by_the_password_that_stands,
        sessions_that_are_over_go_when_the_next_begins,
        a_sign_in_name_is_taken_once_in_the_house,
        sessions_end_one_by_one_or_all_at_once,
        an_address_is_familiar_until_it_is_forgotten,
    }
    phone_marks {
        a_mark_stands_until_it_counts_for_nothing,
        the_key_of_a_hall_is_made_once,
    }
    suspension {
        an_emergency_close_stands_until_it_ends,
    }
    rules {
        rules_and_their_audit_row_are_stored_together_or_not_at_all,
        rules_replaced_beside_the_owner_are_not_overwritten_by_what_it_knew,
        the_audit_is_read_by_its_first_word_newest_first,
        the_audit_is_read_in_the_order_it_was_written_whatever_the_clock_says,
    }
    calendar {
        a_new_calendar_replaces_the_old_one,
        the_owner_changes_the_calendar_with_its_audit_row_unless_it_was_changed_beside_it,
    }
    catalogue {
        a_new_catalogue_replaces_the_old_one,
        new_rules_are_read_at_the_next_load,
    }
}
