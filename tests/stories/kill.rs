//! The server is killed in the middle of a busy hour, again and again (F01, I1–I5, I18–I20).
//!
//! Nine citizens take numbers, write and leave or are helped; three windows help and log. After a number of steps drawn from
//! the seed the real program gets SIGKILL. [`truth`] reads the line it left, it is opened again on the same files, [`truth`] reads
//! the archive, everyone comes back and asks everything again by its key, and the line is the one that was left. [`crowd`] does so with thousands waiting. `KILL_POINTS=100 KILL_SEED=7` makes it longer and repeats a run.

mod citizens;
mod crowd;
mod diary;
mod truth;
mod windows;

use futures_util::future::join_all;
use tokio::join;
use yunyiban_core::HallRules;
use yunyiban_store::testing::PostgresServer;

use crate::support::TestHall;
use crate::support::chance::Chance;
use crate::support::hall::always_open;
use citizens::Citizen;
use diary::Diary;
use windows::Window;

/// Citizens at once.
const CITIZENS: u64 = 9;
/// Who sits at which window.
const PEOPLE: [(&str, &str); 3] = [("chen_laoshi", "1"), ("lin_laoshi", "2"), ("wang_zhuren", "3")];

#[tokio::test]
async fn whatever_was_acknowledged_survives_every_kill() {
    kill_again_and_again(points(6), |_| {}).await;
}

#[tokio::test]
async fn whatever_was_acknowledged_survives_every_kill_over_postgresql() {
    let url = PostgresServer::shared().new_database().into_revealed();
    kill_again_and_again(points(6).div_ceil(3), |config| config.store.url = url).await;
}

async fn kill_again_and_again(points: u64, change: impl FnOnce(&mut yunyiban::config::Config)) {
    let seed = from_environment("KILL_SEED").unwrap_or_else(Chance::seed);
    eprintln!("KILL_SEED={seed} KILL_POINTS={points}");
    let mut chance = Chance::new(seed);
    let rules = HallRules {
        max_live_visits: 100_000,
        ..always_open()
    };
    let mut hall = TestHall::open_apart(rules, |config| {
        config.limits.visits_per_address_per_minute = 1_000_000;
        change(config);
    })
    .await;
    let diary = Diary::default();
    let mut windows = Vec::new();
    for (name, window) in PEOPLE {
        windows.push(Window::sits_down(&hall, name, window).await);
    }
    let mut citizens: Vec<Citizen> = (0..CITIZENS).map(|nth| Citizen::new(&hall, Chance::new(seed ^ (nth + 1)))).collect();
    let (mut kills, mut places, mut told_places) = (0, 0, 0);
    for _ in 0..points {
        diary.kill_after(chance.between(10, 250), chance.between(0, 3_000), hall.process().killer());
        join!(
            join_all(citizens.iter_mut().map(|citizen| citizen.lives(&diary))),
            join_all(windows.iter_mut().map(|window| window.works(&diary))),
        );
        let left = truth::line(&hall.config.store.url).await;
        told_places += windows.iter().map(|window| left.is_told_as(&window.line)).sum::<usize>();
        hall.start();
        truth::check(&hall.config.store.url, &diary).await;
        for citizen in &mut citizens {
            citizen.comes_back(&hall, &diary).await;
        }
        for window in &mut windows {
            window.comes_back(&hall, &diary).await;
        }
        let found = truth::line(&hall.config.store.url).await;
        places += found.is_the_one_of(&left);
        told_places += windows.iter().map(|window| found.is_told_as(&window.line)).sum::<usize>();
        kills += 1;
        eprintln!("KILLS_SURVIVED={kills}");
    }
    truth::check(&hall.config.store.url, &diary).await;
    let problems = yunyiban::cli::doctor::database::examine(&hall.config.store.url).await.unwrap();
    assert_eq!(problems, Vec::<String>::new());
    let told = diary.told();
    eprintln!("{kills} kills: {told:?}, {places} places kept, {told_places} told");
    assert!(places > 0 && told_places > 0, "people waited");
    assert!(
        told.numbers > points && told.lines > points && told.cut_off > 0,
        "a busy hour, cut off: {told:?}"
    );
    assert!(points < 6 || told.records > 0, "windows logged: {told:?}");
}

/// Kills in a run.
fn points(usual: u64) -> u64 {
    from_environment("KILL_POINTS").unwrap_or(usual)
}

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}
