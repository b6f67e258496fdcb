//! The people of the stories, their clock, and the hall they meet in.

use std::collections::BTreeSet;

use yunyiban_protocol::{
    ContactView, HallId, ItemBrief, ItemCode, Microphone, Presence, QueueId, RecordDraft, RecordId, RecordKind, RecordResult, RequestKey, Sensitive,
    StaffId, Timestamp, VisitId, WindowId,
};

use super::archive::Archive;
use crate::hall::{Hall, Outputs};
use crate::{
    Act, CitizenAct, Digest, Done, HallImage, HallRules, Heard, Input, RecordWords, Refusal, Sealed, StaffAct, StaffMember, TakeNumberAct, Tell,
    TokenHash, Window,
};

/// Monday 2026-11-23, 9:00 in Shanghai.
pub const MORNING: Timestamp = Timestamp::from_millis(1_795_395_600_000);

/// A street hall with windows 1, 2, 3 where wang, zhao and chen sit.
#[derive(Clone)]
pub struct Stage {
    pub hall: Hall,
    pub now: Timestamp,
    pub archive: Archive,
    /// Everything told so far.
    pub told: Vec<Tell>,
    /// Whose pages ping.
    alive: BTreeSet<String>,
    /// Windows whose page pings and does not test itself any more.
    pub(super) untested: BTreeSet<String>,
    keys: u32,
}

/// Rules for stories: open, no handshake, no estimate needed.
pub fn rules() -> HallRules {
    HallRules {
        handshake: false,
        always_open: true,
        max_live_visits: 5_000,
        ..HallRules::default()
    }
}

/// An empty hall.
pub fn image(rules: HallRules) -> HallImage {
    let window = |id: &str| Window::new(WindowId::new(id), format!("{id}号窗口"));
    let person = |id: &str, name: &str, badge: &str| StaffMember {
        id: StaffId::new(id),
        display_name: name.into(),
        badge: badge.into(),
        supervisor: id == "wang",
    };
    let item = |code: &str, name: &str, group: &str| ItemBrief {
        code: ItemCode::new(code),
        name: name.into(),
        aliases: Vec::new(),
        group: group.into(),
        initials: code.into(),
    };
    HallImage {
        id: HallId::new("xinqu"),
        name: "新区街道便民服务中心".into(),
        telephone: "12345".into(),
        demo_notice: None,
        rules,
        calendar: Default::default(),
        suspended: None,
        seq: 0,
        last_hash: "0".repeat(64),
        queues: vec![QueueId::new("a")],
        windows: vec![window("1"), window("2"), window("3")],
        staff: vec![
            person("wang", "王老师", "101"),
            person("zhao", "赵老师", "102"),
            person("chen", "陈老师", "103"),
        ],
        items: vec![
            item("residence", "居住证申领", "户籍"),
            item("card", "社保卡挂失", "社会保险"),
            item("refund", "医疗费用报销", "医疗保障"),
        ],
        visits: Vec::new(),
        closed_before: Vec::new(),
        tokens: Vec::new(),
        beside: Vec::new(),
        contacts: Vec::new(),
        phone_marks: Vec::new(),
        records: Vec::new(),
        last_numbers: Vec::new(),
        last_record: 0,
        requests: Vec::new(),
    }
}

/// Who sits at a window.
pub fn staff_of(window: &str) -> StaffId {
    StaffId::new(match window {
        "1" => "wang",
        "2" => "zhao",
        _ => "chen",
    })
}

/// The form as it is mostly filled in.
pub fn draft() -> RecordDraft {
    RecordDraft {
        item: ItemCode::new("residence"),
        kind: RecordKind::Guide,
        result: RecordResult::Submitted,
        note: Sensitive::default(),
        next_step: Sensitive::default(),
        proof: None,
    }
}

/// A sealed value.
pub fn sealed<T>(value: T) -> Sealed<T> {
    Sealed {
        value,
        salt: "00".repeat(16),
        digest: Digest("ab".repeat(32)),
    }
}

impl Stage {
    /// A hall with these rules and nobody in it.
    pub fn new(rules: HallRules) -> Self {
        let image = image(rules);
        let archive = Archive::new(image.clone());
        Self {
            hall: Hall::new(image, MORNING),
            now: MORNING.plus(1),
            archive,
            told: Vec::new(),
            alive: BTreeSet::new(),
            untested: BTreeSet::new(),
            keys: 0,
        }
    }

    /// A hall where these windows are available.
    pub fn with_windows(rules: HallRules, windows: &[&str]) -> Self {
        let mut stage = Self::new(rules);
        windows.iter().for_each(|window| stage.open(window));
        stage
    }

    /// Sits down and is available.
    pub fn open(&mut self, window: &str) {
        self.staff(window, StaffAct::Open(WindowId::new(window))).expect("the window is free");
        self.staff(
            window,
            StaffAct::Presence {
                presence: Presence::Available {},
                note: None,
            },
        )
        .expect("anybody may be available");
        self.lives(window);
    }

    /// Takes a number, a second after whatever was before.
    pub fn take(&mut self, name: &str) -> VisitId {
        self.pass(1_000);
        self.try_to_take(name, None).expect("the hall takes visits");
        self.lives(name);
        VisitId::new(name)
    }

    /// Takes a number with what the cookie brought.
    pub fn try_to_take(&mut self, name: &str, known: Option<&str>) -> Result<Done, Refusal> {
        let act = Act::TakeNumber(self.take_act(name, known));
        self.act(act)
    }

    /// Takes a number for an item, a second after whatever was before.
    pub fn take_for(&mut self, name: &str, item: &str) -> VisitId {
        self.pass(1_000);
        let take = TakeNumberAct {
            item: Some(ItemCode::new(item)),
            ..self.take_act(name, None)
        };
        self.act(Act::TakeNumber(take)).expect("the hall takes visits");
        self.lives(name);
        VisitId::new(name)
    }

    /// The act behind it.
    pub fn take_act(&self, name: &str, known: Option<&str>) -> TakeNumberAct {
        TakeNumberAct {
            visit: VisitId::new(name),
            reference: "4027".into(),
            known: known.map(TokenHash::new),
            token: TokenHash::new(&format!("token of {name}")),
            item: Some(ItemCode::new("residence")),
            notice_version: HallRules::default().notice_version,
            device: "wechat_android".into(),
            callback: None,
            along: crate::Along::Nothing,
        }
    }

    /// Leaves a telephone number to be called back at, and looks at the page no more.
    pub fn leave_number(&mut self, name: &str, phone: &str) -> Result<Done, Refusal> {
        let take = TakeNumberAct {
            callback: Some(sealed(ContactView {
                name: None,
                phone: Some(Sensitive::new(phone.into())),
            })),
            ..self.take_act(name, None)
        };
        self.act(Act::TakeNumber(take))
    }

    /// A citizen does something.
    pub fn citizen(&mut self, name: &str, act: CitizenAct) -> Result<Done, Refusal> {
        self.act(Act::Citizen {
            visit: VisitId::new(name),
            act,
        })
    }

    /// 「我在」
    pub fn here(&mut self, name: &str) -> Result<Done, Refusal> {
        self.citizen(
            name,
            CitizenAct::Here {
                microphone: Microphone::Live,
            },
        )
    }

    /// Leaves a name and a telephone.
    pub fn leave_contact(&mut self, name: &str, phone: &str) -> Result<Done, Refusal> {
        let contact = ContactView {
            name: Some(Sensitive::new(name.into())),
            phone: Some(Sensitive::new(phone.into())),
        };
        self.citizen(name, CitizenAct::Contact(sealed(contact)))
    }

    /// The person at a window does something. The page of whoever sits down tests itself first of all.
    pub fn staff(&mut self, window: &str, act: StaffAct) -> Result<Done, Refusal> {
        let sits_down = matches!(act, StaffAct::Open(_));
        let staff = staff_of(window);
        let done = self.act(Act::Staff { staff, act })?;
        if sits_down {
            self.tests_itself(window);
        }
        Ok(done)
    }

    /// The page of a window says that its test of itself has run, where it still runs.
    pub fn tests_itself(&mut self, window: &str) {
        if !self.untested.contains(window) {
            let staff = staff_of(window);
            // Somebody who got up from the window tests it in vain.
            drop(self.act(Act::Heard(Heard::StaffTested { staff })));
        }
    }

    /// The person at a window saves the record of a visit.
    pub fn save(&mut self, window: &str, name: &str) -> Result<Done, Refusal> {
        let words = sealed(RecordWords {
            note: Sensitive::default(),
            next_step: Sensitive::default(),
        });
        self.staff(
            window,
            StaffAct::SaveRecord {
                visit: VisitId::new(name),
                record: RecordId::new(format!("record of {name}")),
                draft: draft(),
                words,
            },
        )
    }

    /// The window's visit is served from ring to record: nothing but what must be done.
    pub fn serve(&mut self, window: &str, name: &str) {
        self.staff(window, StaffAct::Accept(VisitId::new(name))).expect("it is rung");
        self.citizen(name, CitizenAct::Accept).expect("the window has accepted");
        self.staff(window, StaffAct::HangUp).expect("they talk");
        self.save(window, name).expect("it was served here");
        self.staff(window, StaffAct::Finish).expect("the record stands");
    }

    /// One operation with a fresh key, committed and told.
    pub fn act(&mut self, act: Act) -> Result<Done, Refusal> {
        let key = match act {
            Act::OfferHandover { .. } | Act::TakeHandover(_) | Act::ReferralTaken { .. } | Act::Heard(_) | Act::Wake => None,
            Act::TakeNumber(_) | Act::Resume { .. } | Act::Citizen { .. } | Act::Staff { .. } => Some(self.fresh_key()),
        };
        self.handle(Input { key, act })
    }

    /// One input, committed and told. Refused inputs must leave no trace.
    pub fn handle(&mut self, input: Input) -> Result<Done, Refusal> {
        let mut before = self.hall.clone();
        let result = self.hall.handle(input, self.now);
        if let Err(refusal) = result
            && refusal != Refusal::TokenReused
        {
            // Where the clock was set back, the first who asks anything finds everything counted back.
            before.turn.now = self.now;
            before.count_back();
            self.hall.turn = before.turn.clone();
            assert!(self.hall == before, "a refusal ({refusal}) leaves the hall as it was");
        }
        assert_eq!(self.hall.broken_invariant(), None);
        self.drain();
        result
    }

    /// Stores and tells what the hall put out.
    pub fn drain(&mut self) -> Outputs {
        let outputs = self.hall.drain();
        self.archive.commit(&outputs, &self.hall);
        self.told.extend(outputs.tells.iter().cloned());
        outputs
    }

    /// Lets time pass: living pages ping each 5 s, timers fire when they are due.
    pub fn pass(&mut self, millis: u32) {
        let end = self.now.plus(millis);
        while self.now < end {
            let ping = self.now.plus(5_000).min(end);
            let wake = self.hall.next_wake().filter(|at| *at < ping).map_or(ping, |at| at.max(self.now.plus(1)));
            self.now = wake;
            if wake == ping {
                self.ping();
            }
            self.handle(Input { key: None, act: Act::Wake }).expect("time always passes");
        }
    }

    /// The page of a citizen or window pings from now on.
    pub fn lives(&mut self, who: &str) {
        self.alive.insert(who.into());
        self.hear(who);
    }

    /// The page stops pinging, as when a phone sleeps or a cable is pulled.
    pub fn falls_silent(&mut self, who: &str) {
        self.alive.remove(who);
    }

    /// The server dies and comes back with what was stored; pages find it again.
    pub fn restart(&mut self) {
        self.hall = Hall::new(self.archive.image(self.now), self.now);
        self.ping();
    }

    /// The state of a visit by its name.
    pub fn state(&self, name: &str) -> &'static str {
        self.archive.visits[&VisitId::new(name)].state.name()
    }

    /// A key not used before.
    pub fn fresh_key(&mut self) -> RequestKey {
        self.keys += 1;
        RequestKey::new(format!("key-{:08}", self.keys))
    }

    /// Every living page at once, as a batch has them.
    pub fn ping(&mut self) {
        let signs: Vec<Heard> = self.alive.iter().flat_map(|who| self.signs_of(who)).collect();
        self.hear_all(signs);
    }

    fn hear(&mut self, who: &str) {
        let signs = self.signs_of(who);
        self.hear_all(signs);
    }

    /// Somebody who got up from the window, or was forgotten over night, pings in vain.
    fn hear_all(&mut self, signs: Vec<Heard>) {
        self.hall.hear(signs, self.now);
        assert_eq!(self.hall.broken_invariant(), None);
        self.drain();
    }

    /// A window's page says with each sign that its test of itself has run, where it still runs.
    fn signs_of(&self, who: &str) -> Vec<Heard> {
        let staff = || staff_of(who);
        match who {
            "1" | "2" | "3" if self.untested.contains(who) => vec![Heard::Staff { staff: staff() }],
            "1" | "2" | "3" => vec![Heard::Staff { staff: staff() }, Heard::StaffTested { staff: staff() }],
            name => vec![Heard::Citizen {
                visit: VisitId::new(name),
                visible: true,
            }],
        }
    }
}
