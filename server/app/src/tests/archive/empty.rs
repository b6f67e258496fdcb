//! The archive before anybody came: one hall with one window.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use tokio::sync::watch;
use yunyiban_core::{HallImage, HallRules, Window};
use yunyiban_protocol::{HallId, QueueId, WindowId};

use super::{FakeArchive, State};
use crate::chain::FIRST_HASH;
use crate::tests::stage::residence_permit;

impl Default for FakeArchive {
    fn default() -> Self {
        let rules = HallRules {
            always_open: true,
            handshake: false,
            hands_on_to: vec![HallId::new("laocheng")],
            ..HallRules::default()
        };
        let image = HallImage {
            id: HallId::new("xinqu"),
            name: "新区街道便民服务中心".into(),
            telephone: "12345".into(),
            demo_notice: None,
            rules,
            calendar: Default::default(),
            suspended: None,
            seq: 0,
            last_hash: FIRST_HASH.into(),
            queues: vec![QueueId::new("a")],
            windows: vec![Window::new(WindowId::new("3"), "3号窗口")],
            staff: Vec::new(),
            items: vec![residence_permit()],
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
        };
        let state = State {
            image,
            epoch: 0,
            events: Vec::new(),
            chat: Vec::new(),
            pictures: BTreeMap::new(),
            accounts: Vec::new(),
            meanwhile: None,
            sessions: BTreeMap::new(),
            places: BTreeMap::new(),
            audits: Vec::new(),
            deliveries: Vec::new(),
            log_fails: false,
            faults: VecDeque::new(),
            load_faults: VecDeque::new(),
            commits: 0,
            beside: None,
            refused: None,
        };
        Self {
            state: Mutex::new(state),
            held: watch::Sender::new(false),
            loads_held: watch::Sender::new(false),
        }
    }
}
