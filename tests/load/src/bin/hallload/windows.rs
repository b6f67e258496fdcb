//! Windows: a staff member signs in, is rung, talks, logs and finishes.
use std::future::Future;
use std::time::{Duration, Instant};

use load::hall_client::{key, open, say, staff_ticket, until, Socket, Target};
use load::Args;
use serde_json::{json, Value};
use tokio::time::{Interval, MissedTickBehavior};

use crate::citizens::ping;

/// How often a console beats.
const BEAT: Duration = Duration::from_secs(5);
/// Between two messages of a window: a socket may send 20 a second.
const PACE: Duration = Duration::from_millis(51);

pub struct Window {
    socket: Socket,
    pace: Interval,
    tested: Instant,
    item: String,
}

/// Those of `--staff name:password,…` sit down one after another; each begins its work at once. Gives how many did, and what went
/// wrong.
pub async fn sit_down(a: &Args, target: &Target, mut works: impl FnMut(Window)) -> (usize, Vec<String>) {
    let (mut open, mut trouble) = (0, vec![]);
    let item = a.str("item", "YANGBENXXXXXXXXX015209900001000");
    for (i, pair) in a.str("staff", "").split(',').enumerate() {
        let (name, password) = pair.split_once(':').expect("--staff name:password,…");
        match Window::open(target, i, (name, password), item.clone()).await {
            Ok(window) => {
                works(window);
                open += 1;
            }
            Err(e) => trouble.push(e),
        }
    }
    (open, trouble)
}

impl Window {
    /// Signs in and opens window `i + 1`, on a break.
    async fn open(target: &Target, i: usize, (name, password): (&str, &str), item: String) -> Result<Self, String> {
        let ticket = staff_ticket(target, i, name, password).await?;
        let (socket, _) = open(target, i, &ticket, &Value::Null).await?;
        let mut pace = tokio::time::interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut window = Self { socket, pace, tested: Instant::now(), item };
        window
            .say(json!({"topic":"window","type":"open","key":key(),"window":(i + 1).to_string()}))
            .await?;
        window.say(tested()).await?;
        window.is(json!({"is":"break","reason":"rest"})).await?;
        Ok(window)
    }

    /// Beats until it is time to `start`, then is on duty.
    pub async fn begin(&mut self, start: impl Future<Output = ()>) -> Result<(), String> {
        tokio::select! {
            () = start => {}
            heard = listen(&mut self.socket, Duration::MAX, |_| false) => drop(heard?),
        }
        self.is(json!({"is":"available"})).await
    }

    /// Serves whoever is rung for, until nobody is within `patience`. `accepts` is told of each accept before it is said;
    /// gives how many were served.
    pub async fn serve(&mut self, patience: Duration, talk: Duration, accepts: impl Fn(&str)) -> Result<usize, String> {
        let mut served = 0;
        while let Some(rung) = listen(&mut self.socket, patience, |m| m["topic"] == "window" && m["type"] == "rung").await? {
            let visit = rung["visit"]["id"].clone();
            self.pace.tick().await;
            accepts(visit.as_str().unwrap_or(""));
            say(&mut self.socket, json!({"topic":"window","type":"accept","key":key(),"visit":visit})).await?;
            let serving = |m: &Value| m["type"] == "visit" && m["visit"]["status"]["state"] == "serving";
            listen(&mut self.socket, patience, serving).await?.ok_or("nobody answered the ring")?;
            listen(&mut self.socket, talk, |_| false).await?;
            self.say(json!({"topic":"window","type":"hang_up","key":key()})).await?;
            let draft = json!({"item":self.item,"kind":"answer","result":"answered","note":"","next_step":""});
            self.say(json!({"topic":"record","type":"save","key":key(),"visit":visit,"draft":draft}))
                .await?;
            // A busy window hears something within each beat, and says all the same that its test has run.
            if self.tested.elapsed() >= BEAT {
                self.tested = Instant::now();
                self.say(tested()).await?;
            }
            self.say(json!({"topic":"window","type":"finish","key":key()})).await?;
            served += 1;
        }
        Ok(served)
    }

    pub async fn is(&mut self, presence: Value) -> Result<(), String> {
        self.say(json!({"topic":"window","type":"presence","key":key(),"presence":presence,"note":null}))
            .await
    }

    async fn say(&mut self, message: Value) -> Result<(), String> {
        self.pace.tick().await;
        say(&mut self.socket, message).await
    }
}

/// The test of the console has run, as it says with each beat.
fn tested() -> Value {
    json!({"topic":"session","type":"tested"})
}

/// Reads until a message fits or the time is over, beating meanwhile.
async fn listen(socket: &mut Socket, patience: Duration, fits: impl Fn(&Value) -> bool + Copy) -> Result<Option<Value>, String> {
    let began = Instant::now();
    loop {
        let left = patience.saturating_sub(began.elapsed());
        match until(socket, left.min(BEAT), fits).await {
            Ok(message) => return Ok(Some(message)),
            Err(cause) if !cause.contains("in time") => return Err(cause),
            Err(_) if left <= BEAT => return Ok(None),
            Err(_) => {
                say(socket, ping()).await?;
                say(socket, tested()).await?;
            }
        }
    }
}
