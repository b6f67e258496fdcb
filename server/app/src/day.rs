//! Days of a hall: from midnight to midnight in Asia/Shanghai, which is UTC+8 all year.

use yunyiban_protocol::Timestamp;

const DAY_MS: i64 = 24 * 3_600 * 1_000;
const OFFSET_MS: i64 = 8 * 3_600 * 1_000;

/// Midnight that began the day of `now`.
pub(crate) fn day_start(now: Timestamp) -> Timestamp {
    let local = now.as_millis() + OFFSET_MS;
    Timestamp::from_millis(local - local.rem_euclid(DAY_MS) - OFFSET_MS)
}

/// Midnight that ends the day of `now`.
pub(crate) fn day_end(now: Timestamp) -> Timestamp {
    Timestamp::from_millis(day_start(now).as_millis() + DAY_MS)
}

/// First moment of a day written `2026-11-23`; `None` when it is not a day of the years 1970–9999.
pub(crate) fn day_named(text: &str) -> Option<Timestamp> {
    let well_formed = text.len() == 10
        && text
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if !well_formed {
        return None;
    }
    let year: i64 = text[..4].parse().ok()?;
    let month: i64 = text[5..7].parse().ok()?;
    let day: i64 = text[8..].parse().ok()?;
    let days = days_before(year, month, day);
    let exists = year >= 1970 && civil(days) == (year, month, day);
    exists.then(|| Timestamp::from_millis(days * DAY_MS - OFFSET_MS))
}

/// A moment as the hall's clocks show it: `2026-11-23 09:05`.
pub fn local_time(at: Timestamp) -> String {
    let local = at.as_millis() + OFFSET_MS;
    let (year, month, day) = civil(local.div_euclid(DAY_MS));
    let minutes = local.rem_euclid(DAY_MS) / 60_000;
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}", minutes / 60, minutes % 60)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the leap day is the last.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (from_march * 153 + 2) / 5 + day - 1 - 719_468
}

/// The date so many days after 1970-01-01: the only one of which [`days_before`] gives that number.
fn civil(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_before(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12).rev().find(|&month| days_before(year, month, 1) <= days).unwrap_or(1);
    (year, month, days - days_before(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23 07:02:37 UTC = 15:02:37 in the hall.
    const AFTERNOON: Timestamp = Timestamp::from_millis(1_795_417_357_000);

    #[test]
    fn the_day_begins_at_midnight_in_the_hall_not_in_greenwich() {
        assert_eq!(local_time(day_start(AFTERNOON)), "2026-11-23 00:00");
        assert_eq!(day_end(AFTERNOON).since(day_start(AFTERNOON)), 24 * 3_600 * 1_000);
        let just_before = Timestamp::from_millis(day_end(AFTERNOON).as_millis() - 1);
        assert_eq!(day_start(just_before), day_start(AFTERNOON));
        assert_eq!(day_start(day_end(AFTERNOON)), day_end(AFTERNOON));
    }

    #[test]
    fn a_named_day_is_read_and_written_the_same() {
        for day in ["1970-01-02", "1999-12-31", "2000-02-29", "2024-02-29", "2026-11-23", "2100-03-01"] {
            let start = day_named(day).unwrap();
            assert_eq!(local_time(start), format!("{day} 00:00"));
        }
        assert_eq!(day_named("2026-11-23"), Some(day_start(AFTERNOON)));
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in [
            "",
            "2026-11-3",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-11-31",
            "2026/11/23",
            "+026-11-23",
            "2026-11-23x",
            "二〇二六年",
        ] {
            assert_eq!(day_named(text), None, "{text}");
        }
    }
}
