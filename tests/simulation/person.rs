//! A person with a phone: takes a number, comes back by the cookie, scans the poster again.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use yunyiban_app::{Cookies, Secret, Trouble};
use yunyiban_protocol::{ContactView, HallId, ItemCode, Place, RequestKey, TakeNumber, TakenNumber, VisitId};

use super::book::{Asker, End};
use super::chance::Chance;
use super::closing;
use super::rules;
use super::town::{LAOCHENG, Town, XINQU};

/// After so long without an answer a person goes home, unless it is a good day.
const PATIENCE_MS: i64 = 240_000;

/// A person in a hall, with a phone: the cookie is the phone's, whatever tab is open.
pub struct Person {
    /// The town.
    pub town: Arc<Town>,
    /// Number of the person.
    pub number: usize,
    /// Where they go.
    pub hall: HallId,
    /// With what.
    pub phone: Arc<Phone>,
}

/// A phone and its browser.
pub struct Phone {
    /// Number of its line.
    pub line: usize,
    /// Its person has another phone, and has not gone on with it.
    may_give_away: AtomicBool,
    /// A visit of it may be at another phone.
    gave_away: AtomicBool,
    drawers: BTreeMap<HallId, Drawer>,
    /// What was shown last of each visit, on whichever tab.
    pub shown: Mutex<BTreeMap<VisitId, Shown>>,
}

/// What a browser keeps of a hall.
#[derive(Default)]
pub struct Drawer {
    /// The cookie.
    pub cookie: Mutex<Option<Secret>>,
    /// The browser sends one request of a kind at a time.
    pub asking: tokio::sync::Mutex<()>,
    /// Nobody comes to a hall a second time while no answer says what came of the first.
    pub coming: tokio::sync::Mutex<()>,
}

impl Phone {
    /// A phone that was in no hall yet.
    pub fn new(line: usize) -> Arc<Self> {
        let halls = [XINQU, LAOCHENG].map(HallId::new);
        Arc::new(Self {
            line,
            may_give_away: AtomicBool::new(false),
            gave_away: AtomicBool::new(false),
            drawers: halls.into_iter().map(|hall| (hall, Drawer::default())).collect(),
            shown: Mutex::default(),
        })
    }
}

impl Phone {
    /// Its person has another one.
    pub fn has_other(&self) {
        self.may_give_away.store(true, Ordering::Relaxed);
    }

    /// It is the other one.
    pub fn is_other(&self) {
        self.gave_away.store(true, Ordering::Relaxed);
    }

    /// Whether its person may go on with another.
    pub fn may_give_away(&self) -> bool {
        self.may_give_away.load(Ordering::Relaxed)
    }

    /// Its person goes on with the other.
    pub fn gives_away(&self) {
        self.may_give_away.store(false, Ordering::Relaxed);
        self.gave_away.store(true, Ordering::Relaxed);
    }

    /// Whether a person has two phones in use: what the one knows of its visits the other does not.
    pub fn is_one_of_two(&self) -> bool {
        self.may_give_away() || self.gave_away.load(Ordering::Relaxed)
    }
}

/// What somebody wants a number for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish {
    /// To be called back at this telephone.
    pub callback: Option<ContactView>,
    /// The hall whose window sent them.
    pub from: Option<HallId>,
    /// Two tabs of a phone that has no number in this hall ask at once, and neither waits for the other.
    pub at_once: bool,
}

/// A place as a person was shown it.
#[derive(Clone)]
pub struct Shown {
    /// The hall's event number of the message.
    pub seq: u32,
    /// On which tab.
    pub tab: String,
    /// `None`: the visit was not in line.
    pub place: Option<Place>,
}

impl Person {
    /// The same person, with the same phone, in another hall.
    pub fn at(self: &Arc<Self>, hall: &HallId) -> Arc<Self> {
        Arc::new(Self {
            town: self.town.clone(),
            number: self.number,
            hall: hall.clone(),
            phone: self.phone.clone(),
        })
    }

    /// The cookie of the hall.
    pub fn cookie(&self) -> &Mutex<Option<Secret>> {
        &self.phone.drawers[&self.hall].cookie
    }

    /// Held by whoever comes here from another hall.
    pub fn coming(&self) -> &tokio::sync::Mutex<()> {
        &self.phone.drawers[&self.hall].coming
    }

    fn asking(&self) -> &tokio::sync::Mutex<()> {
        &self.phone.drawers[&self.hall].asking
    }

    /// Takes a number and asks until there is an answer: `None` when the person gives up.
    pub async fn take(self: &Arc<Self>, key: &str, chance: &mut Chance) -> Option<TakenNumber> {
        self.ask_for_number(key, Wish::default(), chance).await
    }

    /// The same, to be called back, or sent by another hall.
    pub(super) async fn ask_for_number(self: &Arc<Self>, key: &str, wish: Wish, chance: &mut Chance) -> Option<TakenNumber> {
        let key = RequestKey::new(key);
        let kind = if wish.from.is_some() { "follow" } else { "take" };
        self.town.book.lock().unwrap().invoke(Asker::Person(self.number), kind, &key);
        let since = self.town.world.now();
        loop {
            let one = if wish.at_once && self.has_no_number() {
                None
            } else {
                Some(self.asking().lock().await)
            };
            let cookies = self.cookies(&wish);
            let twice = !self.town.is_calm() && chance.percent(15);
            let asked_at = self.town.world.now();
            let dies_after = self.tempts_fate(&wish, chance).then(|| chance.between(100, 8_000));
            let once = || self.try_to_take(&key, &cookies, &wish, dies_after);
            let answer = if twice {
                let (first, second) = tokio::join!(once(), once());
                if matches!(second, Some(Ok(_))) { second } else { first }
            } else {
                once().await
            };
            drop(one);
            match answer {
                Some(Ok(taken)) => {
                    let end = End::Done(Some(taken.visit.id.to_string()));
                    self.town.book.lock().unwrap().complete(&key, end);
                    return Some(taken);
                }
                Some(Err(Trouble::Refused(refusal))) => {
                    self.town.book.lock().unwrap().complete(&key, End::Refused(refusal.code().into()));
                    self.is_refused(&wish, cookies.origin.as_ref(), refusal.code(), asked_at);
                    let mut book = self.town.book.lock().unwrap();
                    rules::refused(&mut book, &self.hall, refusal.code(), asked_at);
                    if wish.from.is_none() {
                        closing::refused(&mut book, &self.hall, refusal.code(), asked_at);
                    }
                    return None;
                }
                Some(Err(Trouble::Failed { .. } | Trouble::Later { .. })) | None => {}
            }
            if self.town.world.now() - since > PATIENCE_MS && !self.town.is_calm() {
                self.town.book.lock().unwrap().complete(&key, End::Unknown);
                return None;
            }
            self.town.world.sleep(chance.between(300, 3_000)).await;
        }
    }

    async fn try_to_take(
        self: &Arc<Self>,
        key: &RequestKey,
        cookies: &Cookies,
        wish: &Wish,
        dies_after: Option<i64>,
    ) -> Option<Result<TakenNumber, Trouble>> {
        let Wish { callback, from: origin, .. } = wish.clone();
        // What it is about is known in the hall that sent somebody.
        let item = self.town.queues().item_of(self.number).filter(|_| origin.is_none());
        let cookies = cookies.clone();
        let wish = TakeNumber {
            key: key.clone(),
            item: item.map(ItemCode::new),
            notice_version: "2026-11".into(),
            callback,
            from: origin,
        };
        let (town, hall, from) = (self.town.clone(), self.hall.clone(), Town::address(self.phone.line));
        let device = key.to_string();
        let call = move |house: Arc<yunyiban_app::House>| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
            Box::pin(async move {
                let key = wish.key.clone();
                let taken = house.take_number(&hall, wish, cookies, device, from).await;
                if taken.is_ok() {
                    town.book.lock().unwrap().acknowledge(&key);
                    if let Some(back_after) = dies_after {
                        town.world.clone().begin(town.dies_between_halls(back_after));
                    }
                }
                taken
            })
        };
        let answer = self.town.request(self.phone.line, call).await?;
        Some(answer.map(|(taken, secret)| {
            *self.cookie().lock().unwrap() = Some(secret);
            taken
        }))
    }

    /// Whether this phone was never in this hall, or its cookie is of a visit that is over.
    fn has_no_number(&self) -> bool {
        let Some(token) = self.cookie().lock().unwrap().as_ref().map(Secret::hash) else {
            return true;
        };
        let book = self.town.book.lock().unwrap();
        let here = &book.halls[&self.hall];
        let visit = here.referrals.tokens.iter().find(|(_, (last, _))| *last == token).map(|(visit, _)| visit);
        visit.is_some_and(|visit| here.visits.get(visit).is_some_and(|standing| standing.row.state.is_closed()))
    }

    /// Q1: the next number is asked for in a second tab too, whose request may come after the first tab has signed in.
    pub async fn asks_in_second_tab(self: &Arc<Self>, key: &str, chance: &mut Chance) {
        self.town.world.sleep(chance.between(0, 1_500)).await;
        if !self.has_no_number() || self.phone.is_one_of_two() {
            return;
        }
        let wish = Wish {
            at_once: true,
            ..Wish::default()
        };
        self.town.book.lock().unwrap().seen.saw("two_tabs_after_an_end");
        if let Some(taken) = self.ask_for_number(key, wish, chance).await
            && taken.resumed
        {
            self.town.book.lock().unwrap().seen.saw("found_in_second_tab");
        }
    }

    /// Comes back with the cookie.
    pub async fn resume(self: &Arc<Self>) -> Option<Result<TakenNumber, Trouble>> {
        let _one = self.asking().lock().await;
        let cookie = self.cookie().lock().unwrap().clone()?;
        let (town, hall) = (self.town.clone(), self.hall.clone());
        let call = move |house: Arc<yunyiban_app::House>| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
            Box::pin(async move {
                let resumed = house.resume(&hall, cookie).await;
                if let Ok((_, secret)) = &resumed {
                    let mut book = town.book.lock().unwrap();
                    let stored = book.tokens.contains(&secret.hash());
                    book.hold(stored, "I19", || "a fresh cookie is given and not stored".into());
                }
                resumed
            })
        };
        let answer = self.town.request(self.phone.line, call).await?;
        Some(answer.map(|(taken, secret)| {
            *self.cookie().lock().unwrap() = Some(secret);
            taken
        }))
    }

    /// E2, Q1: a second scan leads to the same visit while it lives.
    pub async fn scan_again(self: &Arc<Self>, key: &str, visit: &VisitId, chance: &mut Chance) {
        if !self.is_live(visit) || self.phone.is_one_of_two() {
            return;
        }
        let taken = self.take(key, chance).await;
        if let Some(taken) = taken {
            let same = taken.visit.id == *visit || !self.is_live(visit);
            let story = format!("person {} scanned again and got {} beside {visit}", self.number, taken.visit.id);
            self.town.book.lock().unwrap().hold(same, "Q1", || story);
        }
    }

    /// Whether the archive holds the visit as not over.
    pub fn is_live(&self, visit: &VisitId) -> bool {
        let book = self.town.book.lock().unwrap();
        let standing = book.halls[&self.hall].visits.get(visit);
        standing.is_some_and(|standing| !standing.row.state.is_closed())
    }
}
