//! A day as its file tells it.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use yunyiban_core::{Day, Hall, HallImage, HallRules, StaffMember, Timers, Window};
use yunyiban_protocol::{BreakReason, HallId, ItemBrief, ItemCode, OpeningHours, QueueId, WindowId};

use crate::ahead::Comes;
use crate::{staff, Others, Person, Replay, Seat, HOURS_12_MS};

impl Replay {
    /// The hall in the morning, and everybody who will come.
    pub fn of(day: &Value) -> Replay {
        let midnight = Day::named(&text(&day["date"])).expect("a date").start();
        let seats = seats(day);
        Replay {
            hall: Hall::new(image(day, &seats), midnight),
            midnight,
            now: midnight,
            people: people(day),
            seats,
            agenda: BTreeSet::new(),
            deeds: 0,
            rows: BTreeMap::new(),
            planned: BTreeSet::new(),
            others: Others::default(),
            hold_ms: 0.0,
            served: (0.0, 0),
            rung: 0,
            rings: BTreeMap::new(),
            idle_since: None,
            idle_longest_ms: 0,
        }
    }
}

fn people(day: &Value) -> Vec<Person> {
    let person = |v: &Value| Person {
        at_s: number(&v[0]),
        item: text(&v[1]),
        talk_s: number(&v[2]),
        record_s: number(&v[3]),
        ring_s: number(&v[4]),
        accept_s: number(&v[5]),
        here_s: number(&v[6]),
        patience_s: v[7].as_i64(),
        comes: comes(&v[8]),
    };
    list(&day["visits"]).iter().map(person).collect()
}

/// Nothing said: like everybody.
fn comes(value: &Value) -> Comes {
    match value {
        Value::Null => Comes::Plainly,
        Value::String(word) if word == "priority" => Comes::WithPriority,
        slot_s => Comes::ToAppointment(number(slot_s)),
    }
}

fn seats(day: &Value) -> Vec<Seat> {
    let reason = |value: &Value| match value.as_str() {
        Some("meal") => BreakReason::Meal,
        _ => BreakReason::Rest,
    };
    let seat = |w: &Value| Seat {
        id: text(&w["id"]),
        away: list(&w["away"]).iter().map(|a| (number(&a[0]), number(&a[1]), reason(&a[2]))).collect(),
        silent: list(&w["silent"]).iter().map(|s| (number(&s[0]), number(&s[1]))).collect(),
    };
    list(&day["windows"]).iter().map(seat).collect()
}

/// The hall before anybody came.
fn image(day: &Value, seats: &[Seat]) -> HallImage {
    let member = |seat: &Seat| StaffMember {
        id: staff(&seat.id),
        display_name: seat.id.clone(),
        badge: seat.id.clone(),
        supervisor: false,
    };
    HallImage {
        id: HallId::new("day"),
        name: "day".into(),
        telephone: "12345".into(),
        demo_notice: None,
        rules: rules(day),
        calendar: Default::default(),
        suspended: None,
        seq: 0,
        last_hash: "0".repeat(64),
        queues: vec![QueueId::new("a")],
        windows: seats.iter().map(|seat| Window::new(WindowId::new(&seat.id), seat.id.as_str())).collect(),
        staff: seats.iter().map(member).collect(),
        items: items(day),
        visits: vec![],
        beside: vec![],
        closed_before: vec![],
        tokens: vec![],
        contacts: vec![],
        phone_marks: Vec::new(),
        records: vec![],
        last_numbers: vec![],
        last_record: 0,
        requests: vec![],
    }
}

/// The same hours on every day of the week, and leases that outlast the day: nobody's page renews them.
fn rules(day: &Value) -> HallRules {
    let run = |run: &Value| OpeningHours {
        from_day: 1,
        to_day: 7,
        from_minute: number(&run[0]) as u16,
        to_minute: number(&run[1]) as u16,
    };
    let timers = Timers {
        citizen_lease_ms: HOURS_12_MS,
        call_lease_ms: HOURS_12_MS,
        ..Timers::default()
    };
    HallRules {
        timers,
        hours: list(&day["hours"]).iter().map(run).collect(),
        queues: serde_json::from_value(part(day, "queues")).expect("queues as in a hall's rules"),
        skills: serde_json::from_value(part(day, "skills")).expect("skills as in a hall's rules"),
        windows: serde_json::from_value(part(day, "takes")).expect("windows as in a hall's rules"),
        ..HallRules::default()
    }
}

fn items(day: &Value) -> Vec<ItemBrief> {
    let item = |item: &Value| ItemBrief {
        code: ItemCode::new(text(&item["code"])),
        name: text(&item["code"]),
        aliases: vec![],
        group: text(&item["group"]),
        initials: String::new(),
    };
    list(&day["items"]).iter().map(item).collect()
}

/// Rules of order as a hall's configuration has them; none where the day names none.
fn part(day: &Value, name: &str) -> Value {
    day.get(name).cloned().unwrap_or_else(|| Value::Array(vec![]))
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("a whole number")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
