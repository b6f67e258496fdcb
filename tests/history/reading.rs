//! A history read back: operations with their beginning and end, what was only seen, and the faults.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::entry::{Entry, Op, Phase, Value};

/// The end of what nobody ever heard of again.
pub const NEVER: u64 = u64::MAX;

/// A history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In the order of their beginning.
    pub operations: Vec<Operation>,
    /// What was shown to somebody who had not asked, in order.
    pub sights: Vec<Sight>,
    /// What went wrong, in order.
    pub faults: Vec<Fault>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// By whom.
    pub who: String,
    /// What.
    pub op: Op,
    /// When it was asked.
    pub begun_us: u64,
    /// When it was answered; [`NEVER`] when it was not.
    pub ended_us: u64,
    /// When it was answered, or whoever asked had enough; [`NEVER`] when neither was written down.
    pub left_us: u64,
    /// How.
    pub end: Phase,
    /// With what it was asked.
    pub asked: Value,
    /// With what it was answered.
    pub told: Value,
}

/// Something shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// To whom.
    pub who: String,
    /// When.
    pub at_us: u64,
    /// What kind of thing.
    pub op: Op,
    /// What.
    pub value: Value,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its name.
    pub kind: String,
    /// From when.
    pub begun_us: u64,
    /// Until when.
    pub ended_us: u64,
    /// It did something.
    pub has_fired: bool,
}

impl History {
    /// Reads a file.
    pub fn read(path: &Path) -> Self {
        let lines = BufReader::new(File::open(path).unwrap()).lines();
        Self::of(lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect())
    }

    /// Puts beginnings and ends together.
    pub fn of(mut entries: Vec<Entry>) -> Self {
        entries.sort_by_key(|entry| entry.at_us);
        let (mut history, mut open) = (History::default(), BTreeMap::new());
        for entry in entries {
            match (entry.phase, entry.op) {
                (Phase::Saw, op) => history.sights.push(Sight {
                    who: entry.who,
                    at_us: entry.at_us,
                    op,
                    value: entry.value,
                }),
                (Phase::Invoke, _) => {
                    open.insert(entry.nth, history.operations.len());
                    history.operations.push(Operation {
                        who: entry.who,
                        op: entry.op,
                        begun_us: entry.at_us,
                        ended_us: NEVER,
                        left_us: NEVER,
                        end: Phase::Unknown,
                        asked: entry.value,
                        told: Value::default(),
                    });
                }
                (end @ (Phase::Ok | Phase::Fail | Phase::Unknown), _) => {
                    let operation = &mut history.operations[open[&entry.nth]];
                    (operation.end, operation.told) = (end, entry.value);
                    operation.left_us = entry.at_us;
                    operation.ended_us = if end == Phase::Unknown { NEVER } else { entry.at_us };
                }
            }
        }
        history.split_off_faults();
        history
    }

    fn split_off_faults(&mut self) {
        let (faults, operations) = self.operations.drain(..).partition(|operation| operation.op == Op::Fault);
        self.operations = operations;
        let faults: Vec<Operation> = faults;
        self.faults = faults
            .into_iter()
            .map(|fault| Fault {
                kind: fault.asked.text.unwrap_or_default(),
                begun_us: fault.begun_us,
                ended_us: fault.ended_us,
                has_fired: fault.end == Phase::Ok,
            })
            .collect();
    }

    /// Operations of a kind that were done.
    pub fn done(&self, op: Op) -> impl Iterator<Item = &Operation> {
        self.operations
            .iter()
            .filter(move |operation| operation.op == op && operation.end == Phase::Ok)
    }

    /// Operations that count, and how many of them lie outside every fault.
    pub fn counted(&self) -> (u64, u64) {
        let counted = || {
            self.operations
                .iter()
                .filter(|operation| operation.op.is_counted() && operation.end != Phase::Unknown)
        };
        let number = |count| u64::try_from(count).unwrap();
        (
            number(counted().count()),
            number(counted().filter(|operation| self.is_outside_faults(operation)).count()),
        )
    }

    /// Whether nothing went wrong from the moment it was asked until it was answered, or whoever asked had enough.
    pub fn is_outside_faults(&self, operation: &Operation) -> bool {
        let after = self.faults.partition_point(|fault| fault.ended_us < operation.begun_us);
        self.faults.get(after).is_none_or(|fault| fault.begun_us > operation.left_us)
    }

    /// When anybody wrote down anything for the last time, microseconds.
    pub fn ends_us(&self) -> u64 {
        let ends = |begun_us: u64, ended_us: u64| if ended_us == NEVER { begun_us } else { ended_us };
        let operations = self.operations.iter().map(|operation| ends(operation.begun_us, operation.ended_us));
        let sights = self.sights.iter().map(|sight| sight.at_us);
        let faults = self.faults.iter().map(|fault| ends(fault.begun_us, fault.ended_us));
        operations.chain(sights).chain(faults).max().unwrap_or_default()
    }

    /// The longest time from the end of a fault to the beginning of the next, microseconds.
    pub fn longest_peace_us(&self) -> u64 {
        let fired: Vec<&Fault> = self.faults.iter().filter(|fault| fault.has_fired).collect();
        fired.windows(2).map(|two| two[1].begun_us - two[0].ended_us).max().unwrap_or(NEVER)
    }
}
