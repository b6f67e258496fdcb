//! What the operators' handbook has people type: each command is known to the program, and the rest says what lies where.

use std::path::Path;

use super::{understood, words};
use crate::support::REPOSITORY;

/// The command lines of the handbook's blocks, as words, without `sudo`.
pub struct Handbook {
    lines: Vec<Vec<String>>,
}

impl Handbook {
    /// Reads it.
    pub fn read() -> Self {
        let text = std::fs::read_to_string(Path::new(REPOSITORY).join("docs/operator.zh-CN.md")).unwrap();
        let blocks = text.split("```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("sh\n"));
        let joined: String = blocks.collect::<String>().replace("\\\n", " ");
        let mut short = Vec::new();
        let mut lines = Vec::new();
        for line in joined.lines() {
            let mut line = words(line);
            let Some(first) = line.first() else { continue };
            if first == "alias" {
                let (name, meaning) = line[1].split_once('=').unwrap();
                short.push((name.to_owned(), as_anyone(words(meaning))));
                continue;
            }
            if let Some((_, meaning)) = short.iter().find(|(name, _)| name == first) {
                line.splice(..1, meaning.iter().cloned());
            }
            lines.push(as_anyone(line));
        }
        Self { lines }
    }

    /// What stands behind these words, line by line.
    fn after(&self, first: &[&str]) -> Vec<&[String]> {
        let begins = |line: &&Vec<String>| line.iter().map(String::as_str).take(first.len()).eq(first.iter().copied());
        self.lines.iter().filter(begins).map(|line| &line[first.len()..]).collect()
    }

    /// The configuration that every command is given.
    pub fn config(&self) -> String {
        let behind = self.after(&["yunyiban", "--config"]);
        assert!(behind.iter().all(|line| line[0] == behind[0][0]), "one configuration for every command");
        behind[0][0].clone()
    }

    /// The flags of the first set-up.
    pub fn init(&self) -> Vec<String> {
        let commands = self.after(&["yunyiban", "--config"]);
        commands.into_iter().find(|line| line[1] == "init").unwrap()[2..].to_vec()
    }

    /// The account of the service, and its home.
    pub fn user(&self) -> (String, String) {
        let [made] = self.after(&["useradd"])[..] else {
            panic!("one account is made")
        };
        let home = made.iter().position(|word| word == "--home").unwrap() + 1;
        (made.last().unwrap().clone(), made[home].clone())
    }

    /// The folders this account is given, and their mode, `750`.
    pub fn folders(&self) -> (Vec<String>, String) {
        let (user, _) = self.user();
        let made = self.after(&["install", "-d", "-o", &user, "-g", &user, "-m"])[0];
        (made[1..].to_vec(), made[0].clone())
    }

    /// Where a file of this repository is put.
    pub fn place(&self, file: &str) -> String {
        let copied = self.after(&["cp"]).into_iter().chain(self.after(&["install", "-m", "755"]));
        let places: Vec<&String> = copied.filter(|line| line[0] == file).map(|line| &line[1]).collect();
        let [place] = places[..] else {
            panic!("{file} is put in one place, not {places:?}")
        };
        let (_, name) = file.rsplit_once('/').unwrap();
        if place.ends_with('/') { format!("{place}{name}") } else { place.clone() }
    }

    /// The units that are turned on.
    pub fn enabled(&self) -> Vec<String> {
        self.after(&["systemctl", "enable", "--now"])[0].to_vec()
    }
}

/// The same without the words that say by whom.
fn as_anyone(mut line: Vec<String>) -> Vec<String> {
    if line.first().is_some_and(|word| word == "sudo") {
        let by_name = line.get(1).is_some_and(|word| word == "-u");
        line.drain(..if by_name { 3 } else { 1 });
    }
    line
}

#[test]
fn every_command_of_the_handbook_is_known_to_the_program() {
    let handbook = Handbook::read();
    let commands = handbook.after(&["yunyiban"]);
    assert!(commands.len() > 10, "they are found: {}", commands.len());
    for command in commands {
        assert_eq!(understood(command).config, Path::new(&handbook.config()), "{command:?}");
    }
}
