//! Referrals (介绍过去): windows that send their citizens on to the other hall, take it back or do not; citizens who choose it while they wait; and citizens who go there at once, in two tabs,
//! with a number of it already, or never. What is promised is in [`super::referral`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use yunyiban_app::{Cookies, Secret};
use yunyiban_protocol::{HallId, ReferralView, TransferTarget, VisitRequest, WindowRequest};

use super::chance::Chance;
use super::citizen::Tab;
use super::person::{Person, Wish};
use super::referral::open;
use super::staff::Console;
use super::town::{LAOCHENG, Town, XINQU};
use super::truth::SLACK_MS;

/// A person tries so often to be given a number in the other hall.
const MOST_TRIES: u32 = 3;
/// Of a hundred numbers asked for by a referral, so many are the last thing a server does.
const CRASH_PERCENT: u64 = 8;
/// And of so many the archive does not say that it stored them.
const LOST_PERCENT: u64 = 8;

/// What a person does about being sent to the other hall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Follows,
    InTwoTabs,
    WithANumber,
    Declines,
    Stays,
}

/// What a tab knows of it.
pub struct Going {
    manner: Manner,
    tries: u32,
    /// The page has gone to the other hall.
    left: Arc<AtomicBool>,
    /// The referral as it is shown.
    pub referral: Option<ReferralView>,
}

impl Going {
    /// Of somebody who draws so.
    pub fn new(dice: usize) -> Self {
        Self {
            manner: match dice {
                0..=47 => Manner::Follows,
                48..=61 => Manner::InTwoTabs,
                62..=75 => Manner::WithANumber,
                76..=86 => Manner::Declines,
                _ => Manner::Stays,
            },
            tries: 0,
            left: Arc::default(),
            referral: None,
        }
    }

    /// The page is of no more use here.
    pub fn leaves(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    /// Whether the page is of the other hall by now.
    pub fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    /// Whether the person means to do something about it still.
    pub fn is_undecided(&self) -> bool {
        let open = self.referral.as_ref().is_some_and(|referral| !referral.taken);
        open && self.manner != Manner::Stays && self.tries < MOST_TRIES
    }
}

/// The town has two halls.
fn other_than(own: &str) -> HallId {
    HallId::new(if own == XINQU { LAOCHENG } else { XINQU })
}

impl Tab {
    /// Of those who wait a few would rather go to the other hall.
    pub(super) fn thinks_of_going(&mut self) {
        if self.going.referral.is_some() || !self.page.chance.percent(2) {
            return;
        }
        let hall = other_than(self.person.hall.as_str());
        self.visit("choose_hall", |key| VisitRequest::ChooseHall { key, hall });
    }

    /// A window has named the other hall: the person goes there, says no, or does nothing.
    pub(super) fn thinks_of_other_hall(&mut self) {
        if !self.going.is_undecided() || !self.page.chance.percent(25) {
            return;
        }
        let Some(hall) = self.going.referral.as_ref().map(|referral| referral.hall.clone()) else {
            return;
        };
        self.going.tries += 1;
        if self.going.manner == Manner::Declines {
            return self.visit("decline_referral", |key| VisitRequest::DeclineReferral { key });
        }
        let name = format!("{}r{}", self.page.name, self.going.tries);
        let (person, manner) = (self.person.clone(), self.going.manner);
        // In another tab: the number there may be given while this is under way, and the first hall hears of it after its end.
        let also_declines = self.page.chance.percent(12);
        let leaves = self.page.chance.percent(60).then(|| self.going.left.clone());
        let seed = self.page.chance.draw();
        let there = person.at(&hall);
        let world = person.town.world.clone();
        world.begin(async move {
            let Ok(_one) = there.coming().try_lock() else { return };
            let went = if manner == Manner::InTwoTabs {
                let (second, other) = (format!("{name}b"), seed ^ 0xff);
                let (first, second) = tokio::join!(
                    there.goes_by(&person, &name, manner, seed),
                    there.goes_by(&person, &second, manner, other)
                );
                first || second
            } else {
                there.goes_by(&person, &name, manner, seed).await
            };
            if let Some(left) = leaves.filter(|_| went) {
                left.store(true, Ordering::Relaxed);
            }
        });
        if also_declines {
            self.visit("decline_referral", |key| VisitRequest::DeclineReferral { key });
        }
    }
}

impl Person {
    /// Takes a number here by the referral of there, and lives with it; `false` where none was given.
    async fn goes_by(self: &Arc<Self>, origin: &Arc<Person>, name: &str, manner: Manner, seed: u64) -> bool {
        let mut chance = Chance::new(seed, 14);
        let world = self.town.world.clone();
        // Of two phones each would take one.
        if manner == Manner::WithANumber && !self.phone.is_one_of_two() {
            self.take(&format!("{name}-first"), &mut chance).await;
        }
        if manner == Manner::InTwoTabs {
            let apart = if chance.percent(50) { 40 } else { 1_500 };
            world.sleep(chance.between(0, apart)).await;
        }
        if !self.town.is_calm() && chance.percent(LOST_PERCENT) {
            self.town.archive.change(|weather| weather.lost_replies = 1);
        }
        let wish = Wish {
            from: Some(origin.hall.clone()),
            at_once: manner == Manner::InTwoTabs,
            ..Wish::default()
        };
        let Some(taken) = self.ask_for_number(&format!("{name}-follow"), wish, &mut chance).await else {
            // The page is loaded again.
            origin.resume().await;
            return false;
        };
        let is_first = !taken.resumed || manner == Manner::WithANumber;
        let tab = Tab::new(self, &taken.visit.id.clone(), format!("{name}t"), seed, is_first);
        world.begin(async move {
            tab.live(Some(taken)).await;
        });
        true
    }

    /// Whether the server dies between the two halls this time.
    pub(super) fn tempts_fate(&self, wish: &Wish, chance: &mut Chance) -> bool {
        wish.from.is_some() && !self.town.is_calm() && chance.percent(CRASH_PERCENT)
    }

    /// The cookie of the hall that sent somebody.
    pub(super) fn cookies(self: &Arc<Self>, wish: &Wish) -> Cookies {
        let of = |person: &Person| person.cookie().lock().unwrap().clone();
        Cookies {
            own: of(self),
            origin: wish.from.as_ref().and_then(|hall| of(&self.at(hall))),
        }
    }

    /// No number is given: not to whoever brings the last cookie of a visit that was referred here all the while, and was not given one.
    pub(super) fn is_refused(&self, wish: &Wish, cookie: Option<&Secret>, code: &str, asked_at: i64) {
        let Some(from) = wish.from.as_ref().filter(|_| code == "referral_over") else {
            return;
        };
        let mut book = self.town.book.lock().unwrap();
        book.seen.saw("referral_refused");
        let Some(token) = cookie.map(Secret::hash) else { return };
        let (here, there) = (&book.halls[&self.hall], &book.halls[from]);
        let by_token = |(_, (last, since)): &(&_, &(_, i64))| *last == token && *since < asked_at;
        let Some((visit, _)) = there.referrals.tokens.iter().find(by_token) else {
            return;
        };
        let until = here.wall(book.now() + SLACK_MS);
        let leads_here = |row: &yunyiban_core::Visit| open(row).is_some_and(|referral| referral.hall == self.hall && referral.until > until);
        let was_open = there.rows_since(visit, asked_at - SLACK_MS).all(leads_here);
        let story = format!(
            "person {} is refused by {}, where {visit} of {from} is referred to",
            self.number, self.hall
        );
        let unjust = was_open && !here.has_somebody_of(from, visit);
        book.hold(!unjust, "DOMAIN 3.8", || story);
    }
}

impl Town {
    /// A number was stored in one hall, and the other has not heard: the server dies at this moment.
    pub(super) async fn dies_between_halls(self: Arc<Self>, back_after: i64) {
        let _down = self.down.lock().await;
        {
            let mut book = self.book.lock().unwrap();
            book.fault("crash_between_halls", &format!("for {back_after} ms"));
            book.seen.saw("crash_between_halls");
            book.in_trouble();
        }
        self.kill(0);
        self.world.sleep(back_after).await;
        self.book.lock().unwrap().in_trouble();
        self.start().await;
    }
}

impl Console {
    /// The matter is the other hall's.
    pub(super) fn refers(&mut self) {
        let own = &self.employee.hall;
        // Now and then its own, which is refused.
        let hall = if self.page.chance.percent(4) {
            own.clone()
        } else {
            other_than(own.as_str())
        };
        let to = TransferTarget::Hall { hall };
        self.window("refer", |key| WindowRequest::Transfer { key, to });
    }

    /// It was a mistake; `true` when it is taken back.
    pub(super) fn takes_referral_back(&mut self) -> bool {
        let referral = self.served.as_ref().and_then(|served| served.referral.as_ref());
        let back = referral.is_some_and(|referral| !referral.taken) && self.page.chance.percent(8);
        if back {
            self.window("withdraw", |key| WindowRequest::WithdrawReferral { key });
        }
        back
    }
}
