//! Thousands wait over live sockets when the server is killed in the middle of its work, again and again (F03): each has the number of
//! before and stands where they stood, nobody twice, and everybody is back soon.
//!
//! `CROWD=10000 CROWD_KILLS=20` makes it long, `KILLED_PROGRAM` names the program that ships: then it is held to the times promised.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::join;
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, block_in_place};
use yunyiban::{archive, cli};
use yunyiban_core::Visit;
use yunyiban_protocol::{
    ChatBody, ChatRequest, ClientMessage, ItemCode, Sensitive, ServerMessage, SessionNotice, TakeNumber, TakenNumber, Timestamp, VisitId,
};
use yunyiban_store::testing::PostgresServer;

use super::diary::Diary;
use super::found::{Found, Run};
use super::{from_environment, patient_rules, shipped};
use crate::support::TestHall;
use crate::support::chance::Chance;
use crate::support::figure::{Figure, figure_of, measure};
use crate::support::http::Browser;
use crate::support::page::{Page, fresh_key};

/// Who waits by default, and how often the program is killed.
const PEOPLE: u64 = 300;
const KILLS: u64 = 2;
/// Pages that come back at once: browsers wait a drawn while before they try again.
const AT_ONCE: usize = 64;
/// Who takes numbers, and whose page is loaded again and again, until the server dies.
const NEWCOMERS: usize = 8;
const RELOADING: usize = 8;
/// Each page of so many in turn, for one comes back only so often (T10).
const GROUP: usize = 20;
/// In the middle of what it is killed.
const SCENE: &str = "thousands waiting";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_waits_stands_where_they_stood() {
    kill_with_a_crowd(&run("sqlite", Duration::from_secs(2)), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_waits_stands_where_they_stood_over_postgresql() {
    let url = PostgresServer::shared().new_database().into_revealed();
    kill_with_a_crowd(&run("postgresql", Duration::from_secs(5)), Some(url)).await;
}

fn run(store: &'static str, ready: Duration) -> Run {
    let kills = from_environment("CROWD_KILLS").unwrap_or(KILLS);
    Run {
        store,
        scene: SCENE,
        kills,
        ready,
    }
}

async fn kill_with_a_crowd(run: &Run, url: Option<String>) {
    measure();
    let people = from_environment("CROWD").unwrap_or(PEOPLE);
    let kills = run.kills;
    let seed = from_environment("KILL_SEED").unwrap_or_else(Chance::seed);
    eprintln!("KILL_SEED={seed} CROWD={people} CROWD_KILLS={kills}");
    let mut chance = Chance::new(seed);
    let mut hall = open(url).await;
    let poster = Poster::of(&hall);
    let come = (0..people).map(|_| Person::comes(&poster, hall.address())).collect();
    let (mut crowd, mut before) = (everybody_opens(&hall, come).await, Vec::new());
    let (mut found, diary) = (Found::default(), Diary::default());
    compare(&hall, &crowd, &mut before, &mut found).await;
    for _ in 0..kills {
        crowd.rotate_left(usize::try_from(chance.between(0, people - 1)).unwrap());
        diary.kill_after(chance.between(10, 400), chance.between(0, 3_000), hall.process().killer());
        let came = a_busy_moment(&poster, hall.address(), &diary, &mut crowd).await;
        crowd.extend(came);
        let killed = Instant::now();
        block_in_place(|| {
            // It lets go of thousands of sockets before it lets go of the database.
            hall.process().killer().kill();
            hall.start();
        });
        // Ready is who welcomes the first page again.
        let first = crowd.pop().expect("people wait");
        let mut back = everybody_opens(&hall, vec![first]).await;
        let ready = killed.elapsed();
        back.extend(everybody_opens(&hall, crowd).await);
        found.took(ready, killed.elapsed());
        crowd = back;
        compare(&hall, &crowd, &mut before, &mut found).await;
    }
    let waiting = u64::try_from(crowd.len()).unwrap();
    let budget = format!(">= {people}");
    figure_of(&Figure::new("kills_waiting", waiting, "people", &budget).on(run.store).amid(SCENE));
    found.tell(run, kills);
    found.hold();
    if shipped().is_some() {
        found.hold_to_times(run);
    }
    let problems = cli::doctor::database::examine(&hall.config.store.url).await.unwrap();
    assert_eq!(problems, Vec::<String>::new());
}

async fn open(url: Option<String>) -> TestHall {
    let mut hall = TestHall::make_closed(patient_rules(), &[], |config| {
        config.limits.connections_per_address = config.limits.connections;
        config.limits.visits_per_address_per_minute = 1_000_000;
        if let Some(url) = url {
            config.store.url = url;
        }
    })
    .await;
    hall.program = shipped().unwrap_or(hall.program);
    hall.start();
    hall
}

/// Somebody with a phone.
struct Person {
    browser: Browser,
    hall: String,
    /// As it is asked, and asked again under the same key until it is answered.
    wish: TakeNumber,
    /// Visit and number, once told.
    told: Option<(VisitId, String)>,
    /// Where the last return led, when it was to another visit or number.
    led_astray: bool,
    page: Option<Page>,
}

/// What everybody finds who comes.
struct Poster {
    hall: String,
    item: ItemCode,
    notice_version: String,
}

impl Poster {
    fn of(hall: &TestHall) -> Self {
        Self {
            hall: hall.id().to_string(),
            item: ItemCode::new(hall.first_item()),
            notice_version: hall.notice_version(),
        }
    }
}

impl Person {
    fn comes(poster: &Poster, server: SocketAddr) -> Self {
        Self {
            browser: Browser::new(server),
            hall: poster.hall.clone(),
            wish: TakeNumber {
                key: fresh_key(),
                item: Some(poster.item.clone()),
                callback: None,
                from: None,
                notice_version: poster.notice_version.clone(),
            },
            told: None,
            led_astray: false,
            page: None,
        }
    }

    /// Takes a number, or loads the page again; whoever is told that the house is busy asks again. `None`: the server died.
    async fn asks(&mut self) -> Option<TakenNumber> {
        let (what, body) = match &self.told {
            None => ("visits", serde_json::to_string(&self.wish).unwrap()),
            Some(_) => ("resume", r#"{"version":2}"#.to_owned()),
        };
        let path = format!("/api/halls/{}/{what}", self.hall);
        let answer = loop {
            let answer = self
                .browser
                .try_send("POST", &path, &body, &[("content-type", "application/json")])
                .await?;
            if answer.status != 503 {
                break answer;
            }
        };
        let taken: TakenNumber = answer.json();
        let is = (taken.visit.id.clone(), taken.visit.number.clone());
        let told = self.told.get_or_insert_with(|| is.clone());
        self.led_astray |= *told != is;
        Some(taken)
    }

    /// Asks until it is answered, and opens the page.
    async fn opens(mut self) -> Self {
        let taken = loop {
            if let Some(taken) = self.asks().await {
                break taken;
            }
        };
        let mut page = Page::open(&self.browser, &taken.ticket, None).await;
        while !matches!(page.hear().await, Some(ServerMessage::Session(SessionNotice::Welcome { .. }))) {}
        page.heard.clear();
        self.page = Some(page);
        self
    }

    /// Loads the page again and writes a line, whose answer is not waited for. `None`: the server died.
    async fn does_something(&mut self, diary: &Diary) -> Option<()> {
        diary.step();
        self.asks().await?;
        diary.step();
        let text = Sensitive::new("还要等多久".to_owned());
        let body = ChatBody::Text { text };
        let say = ClientMessage::Chat(ChatRequest::Say { key: fresh_key(), body });
        self.page.as_mut().expect("everybody has a page").try_say(&say).await
    }
}

/// Everybody comes or comes back, and opens the page.
async fn everybody_opens(hall: &TestHall, crowd: Vec<Person>) -> Vec<Person> {
    let gate = Arc::new(Semaphore::new(AT_ONCE));
    let mut coming = JoinSet::new();
    for mut person in crowd {
        person.browser = person.browser.moved_to(hall.address());
        let gate = Arc::clone(&gate);
        coming.spawn(async move {
            let _turn = gate.acquire().await.unwrap();
            person.opens().await
        });
    }
    coming.join_all().await
}

/// Some load their page and write, and more people come, until the server dies. Gives who came.
async fn a_busy_moment(poster: &Poster, server: SocketAddr, diary: &Diary, crowd: &mut [Person]) -> Vec<Person> {
    let groups = crowd
        .chunks_mut(GROUP)
        .take(RELOADING)
        .map(|group| async { while all_do_something(group, diary).await.is_some() {} });
    let newcomers = (0..NEWCOMERS).map(|_| async {
        let mut came = Vec::new();
        loop {
            let mut person = Person::comes(poster, server);
            diary.step();
            let taken = person.asks().await;
            came.push(person);
            if taken.is_none() {
                return came;
            }
            diary.step();
        }
    });
    let (_, came) = join!(join_all(groups), join_all(newcomers));
    came.into_iter().flatten().collect()
}

async fn all_do_something(group: &mut [Person], diary: &Diary) -> Option<()> {
    for person in group {
        person.does_something(diary).await?;
    }
    Some(())
}

/// The line as the archive has it, against what everybody was told and the line of before, which it becomes.
async fn compare(hall: &TestHall, crowd: &[Person], before: &mut Vec<VisitId>, found: &mut Found) {
    let store = archive::look(&hall.config.store.url).await.unwrap();
    let beginning = Timestamp::from_millis(0);
    let image = store.load_hall(&hall.id(), beginning, beginning).await.unwrap().unwrap();
    let mut live: Vec<&Visit> = image.visits.iter().filter(|visit| !visit.state.is_closed()).collect();
    live.sort_by_key(|visit| &visit.order);
    let numbers: BTreeMap<&VisitId, &str> = live.iter().map(|visit| (&visit.id, visit.number.as_str())).collect();
    let has_it = |person: &&Person| {
        let told = person
            .told
            .as_ref()
            .filter(|(visit, number)| numbers.get(visit) == Some(&number.as_str()));
        told.is_some() && !person.led_astray
    };
    let lost = crowd.iter().filter(|person| !has_it(person));
    found.lost.extend(lost.map(|person| format!("what was told as {:?}", person.told)));
    let different: BTreeSet<&str> = numbers.values().copied().collect();
    let doubled = live.len().saturating_sub(crowd.len()) + (live.len() - different.len());
    found.doubled.extend((0..doubled).map(|_| "a number more than people".to_owned()));
    let line: Vec<VisitId> = live.iter().map(|visit| visit.id.clone()).collect();
    // Whoever came later stands behind, and in the order of the numbers.
    let given: Vec<u32> = live.iter().map(|visit| visit.number[1..].parse().unwrap()).collect();
    let moved = before.iter().zip(&line).filter(|(before, now)| before != now);
    found
        .reordered
        .extend(moved.map(|(before, now)| format!("{now} stands where {before} stood")));
    let later = given.windows(2).filter(|two| two[0] >= two[1]);
    found.reordered.extend(later.map(|two| format!("A{} stands before A{}", two[0], two[1])));
    *before = line;
}
