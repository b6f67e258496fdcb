//! A person with a phone: takes a number, comes back by the cookie, scans the poster again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use yunyiban_app::{Secret, Trouble};
use yunyiban_protocol::{ContactView, HallId, ItemCode, Place, RequestKey, TakeNumber, TakenNumber, VisitId};

use super::book::{Asker, End};
use super::chance::Chance;
use super::town::Town;

/// After so long without an answer a person goes home, unless it is a good day.
const PATIENCE_MS: i64 = 240_000;

/// A person with a phone: the cookie is the phone's, whatever tab is open.
pub struct Person {
    /// The town.
    pub town: Arc<Town>,
    /// Number of the person and of the phone's line.
    pub number: usize,
    /// Where they go.
    pub hall: HallId,
    /// The cookie.
    pub cookie: Mutex<Option<Secret>>,
    /// The browser sends one request of a kind at a time.
    pub asking: tokio::sync::Mutex<()>,
    /// What they were shown last of each visit, on whichever tab.
    pub shown: Mutex<BTreeMap<VisitId, Shown>>,
}

/// A place as a person was shown it.
pub struct Shown {
    /// The hall's event number of the message.
    pub seq: u32,
    /// On the first tab.
    pub on_first: bool,
    /// `None`: the visit was not in line.
    pub place: Option<Place>,
}

impl Person {
    /// Takes a number and asks until there is an answer: `None` when the person gives up.
    pub async fn take(self: &Arc<Self>, key: &str, chance: &mut Chance) -> Option<TakenNumber> {
        self.ask_for_number(key, None, chance).await
    }

    /// The same, to be called back at a telephone where one is given.
    pub(super) async fn ask_for_number(self: &Arc<Self>, key: &str, callback: Option<ContactView>, chance: &mut Chance) -> Option<TakenNumber> {
        let key = RequestKey::new(key);
        let kind = "take";
        self.town.book.lock().unwrap().invoke(Asker::Person(self.number), kind, &key);
        let since = self.town.world.now();
        loop {
            let one = self.asking.lock().await;
            let cookie = self.cookie.lock().unwrap().clone();
            let twice = !self.town.is_calm() && chance.percent(15);
            let answer = if twice {
                let (first, second) = tokio::join!(self.try_to_take(&key, &cookie, &callback), self.try_to_take(&key, &cookie, &callback));
                if matches!(second, Some(Ok(_))) { second } else { first }
            } else {
                self.try_to_take(&key, &cookie, &callback).await
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
        cookie: &Option<Secret>,
        callback: &Option<ContactView>,
    ) -> Option<Result<TakenNumber, Trouble>> {
        let wish = TakeNumber {
            key: key.clone(),
            item: self.town.queues().item_of(self.number).map(ItemCode::new),
            notice_version: "2026-11".into(),
            callback: callback.clone(),
            from: None,
        };
        let (town, hall, from) = (self.town.clone(), self.hall.clone(), Town::address(self.number));
        let cookies = yunyiban_app::Cookies {
            own: cookie.clone(),
            origin: None,
        };
        let device = key.to_string();
        let call = move |house: Arc<yunyiban_app::House>| -> std::pin::Pin<Box<dyn Future<Output = _> + Send>> {
            Box::pin(async move {
                let key = wish.key.clone();
                let taken = house.take_number(&hall, wish, cookies, device, from).await;
                if taken.is_ok() {
                    town.book.lock().unwrap().acknowledge(&key);
                }
                taken
            })
        };
        let answer = self.town.request(self.number, call).await?;
        Some(answer.map(|(taken, secret)| {
            *self.cookie.lock().unwrap() = Some(secret);
            taken
        }))
    }

    /// Comes back with the cookie.
    pub async fn resume(self: &Arc<Self>) -> Option<Result<TakenNumber, Trouble>> {
        let _one = self.asking.lock().await;
        let cookie = self.cookie.lock().unwrap().clone()?;
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
        let answer = self.town.request(self.number, call).await?;
        Some(answer.map(|(taken, secret)| {
            *self.cookie.lock().unwrap() = Some(secret);
            taken
        }))
    }

    /// E2, Q1: a second scan leads to the same visit while it lives.
    pub async fn scan_again(self: &Arc<Self>, key: &str, visit: &VisitId, chance: &mut Chance) {
        if !self.is_live(visit) {
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
