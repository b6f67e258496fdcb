//! The demonstration hall 新区街道便民服务中心: three windows, invented items, two people.

use std::sync::Arc;

use yunyiban_app::account::NewAccount;
use yunyiban_app::catalogue::read_catalogue;
use yunyiban_app::ports::Store;
use yunyiban_app::ports::store::NewHall;
use yunyiban_core::{HallRules, QueueRules, QueueShare, SkillLevel, SkillRules, WindowRules};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, OpeningHours, QueueId, WindowId};

use super::{init, staff};
use crate::archive;
use crate::config::Config;
use crate::failure::{Failure, causes};
use crate::text::say;

/// Its word in `/h/<hall>`.
pub const HALL: &str = "xinqu";

const CATALOGUE: &str = include_str!("../demo/catalogue.json");

/// A person of the demonstration.
struct Person {
    sign_in_name: &'static str,
    /// Key of the display name's sentence.
    display_name: &'static str,
    badge: &'static str,
    role: Role,
}

const PEOPLE: [Person; 2] = [
    Person {
        sign_in_name: "chen",
        display_name: "demo_staff",
        badge: "0412",
        role: Role::Staff,
    },
    Person {
        sign_in_name: "admin",
        display_name: "demo_administrator",
        badge: "0001",
        role: Role::Administrator,
    },
];

/// Makes the hall when it is missing. One line about each person's password: a new one-time password as long as none of
/// their own is chosen, said to replace what was printed before, for only its hash is kept; else how to get one.
///
/// # Errors
/// [`Failure::Database`], [`Failure::DiskFull`].
pub async fn prepare(store: &Arc<dyn Store>, config: &Config) -> Result<Vec<String>, Failure> {
    let hall = HallId::new(HALL);
    let told = |failure| archive::told(&config.store.url, failure);
    if !store.halls().await.map_err(told)?.contains(&hall) {
        store.create_hall(&new_hall()).await.map_err(told)?;
    }
    let items = read_catalogue(CATALOGUE).map_err(|failure| Failure::Catalogue {
        path: "server/demo/catalogue.json".into(),
        reason: causes(&failure),
    })?;
    store.put_catalogue(&hall, &items).await.map_err(told)?;
    let mut lines = Vec::new();
    for person in &PEOPLE {
        lines.push(password_line(store, config, person).await?);
    }
    Ok(lines)
}

async fn password_line(store: &Arc<dyn Store>, config: &Config, person: &Person) -> Result<String, Failure> {
    let known = store
        .account_by_name(person.sign_in_name)
        .await
        .map_err(|failure| archive::told(&config.store.url, failure))?;
    let (name, shown) = (person.sign_in_name, say(person.display_name, &[]));
    Ok(match known {
        Some(account) if !account.must_change => {
            // As it was called just now, so that the words can be typed as they stand.
            let program = std::env::args().next().unwrap_or_else(|| "yunyiban".to_owned());
            say("demo_password_chosen", &[("name", &name), ("person", &shown), ("program", &program)])
        }
        Some(_) => {
            let password = staff::make_again(store, name, config).await?;
            say(
                "demo_password_again",
                &[("name", &name), ("person", &shown), ("password", password.reveal())],
            )
        }
        None => {
            let wish = NewAccount {
                hall: HallId::new(HALL),
                sign_in_name: name.into(),
                display_name: shown.clone(),
                badge: person.badge.into(),
                role: person.role,
            };
            let password = staff::make(store, wish, config).await?;
            say("demo_password", &[("name", &name), ("person", &shown), ("password", password.reveal())])
        }
    })
}

fn new_hall() -> NewHall {
    let run = |from_minute, to_minute| OpeningHours {
        from_day: 1,
        to_day: 5,
        from_minute,
        to_minute,
    };
    NewHall {
        id: HallId::new(HALL),
        name: say("demo_hall", &[]),
        telephone: "12345".into(),
        demo_notice: Some(say("demo_notice", &[])),
        rules: HallRules {
            always_open: true,
            hours: vec![run(9 * 60, 12 * 60), run(13 * 60 + 30, 17 * 60)],
            queues: queues(),
            skills: vec![insurance()],
            windows: window_rules(),
            ..HallRules::default()
        },
        windows: init::windows(3),
    }
}

/// Groups of the demonstration's catalogue that have a queue and a skill of their own.
const INSURANCE: [&str; 2] = ["社会保险", "医疗保障"];

/// 综合 A and 社保医保 B.
fn queues() -> Vec<QueueRules> {
    let queue = |id: &str, name: String, groups: &[&str]| QueueRules {
        id: QueueId::new(id),
        name,
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        items: Vec::new(),
        hours: Vec::new(),
    };
    vec![
        queue("a", say("demo_queue_general", &[]), &[]),
        queue("b", say("demo_queue_insurance", &[]), &INSURANCE),
    ]
}

fn insurance() -> SkillRules {
    SkillRules {
        skill: say("demo_queue_insurance", &[]),
        level: 1,
        groups: INSURANCE.map(str::to_owned).into(),
        items: Vec::new(),
    }
}

/// Every window takes both queues, so that one person alone can try everything: window 1 first A, window 2 first B,
/// both with the skill; window 3 is universal.
fn window_rules() -> Vec<WindowRules> {
    let share = |queue: &str, weight| QueueShare {
        queue: QueueId::new(queue),
        weight,
    };
    let skilled = SkillLevel {
        skill: say("demo_queue_insurance", &[]),
        level: 1,
    };
    let window = |id: &str, queues, skills: Vec<SkillLevel>, universal| WindowRules {
        window: WindowId::new(id),
        queues,
        skills,
        universal,
    };
    vec![
        window("1", vec![share("a", 3), share("b", 1)], vec![skilled.clone()], false),
        window("2", vec![share("a", 1), share("b", 3)], vec![skilled.clone()], false),
        window("3", Vec::new(), vec![skilled], true),
    ]
}
