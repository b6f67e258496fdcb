//! `calendar`: shows and changes the special days of a hall (节假日和调休): imported once a year, mended by hand.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use yunyiban_app::ports::Store;
use yunyiban_core::calendar::table::{self, Line, changed_words, date, hours_words};
use yunyiban_core::{Calendar, SpecialDay};
use yunyiban_protocol::{DayKind, HallId, Timestamp};

use super::staff::{audit, one_hall};
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::running;
use crate::text::{say, tell};

/// `calendar`.
#[derive(Debug, Args)]
pub struct Desk {
    /// Id of the hall; may be left out where there is only one.
    #[arg(long, global = true)]
    pub hall: Option<String>,
    /// What to do with it.
    #[command(subcommand)]
    pub act: Act,
}

/// What can be done with a calendar.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Print every special day.
    Show,
    /// Read a table `date,kind,name[,hours]` (UTF-8); it replaces the years it has days of, other years stay.
    Import {
        /// The table. Kinds: holiday, working, short. Hours of that day: `09:00-12:00 13:30-15:00`.
        file: PathBuf,
    },
    /// Make one day special, or change it.
    Set {
        /// The day, `2027-02-06`.
        date: String,
        /// holiday, working or short.
        kind: String,
        /// Why.
        name: String,
        /// Own hours of the day, `09:00-12:00 13:30-15:00`.
        hours: Option<String>,
    },
    /// Let one day follow the week again.
    Remove {
        /// The day, `2027-02-06`.
        date: String,
    },
}

impl Desk {
    /// Does it.
    ///
    /// # Errors
    /// [`Failure::Unreadable`], [`Failure::Calendar`], [`Failure::BadFlag`], [`Failure::NoHall`], what
    /// [`archive::look`] says; then the calendar is the old one.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let url = &config.store.url;
        let told = |failure| archive::told(url, failure);
        let store = archive::look(url).await?;
        let hall = one_hall(&store, self.hall.as_deref(), config).await?;
        let before = read(&store, &hall, config).await?;
        let Some(calendar) = self.changed(&before)? else {
            return show(&before);
        };
        if before != calendar {
            store.put_calendar(&hall, &calendar).await.map_err(told)?;
            let words = changed_words(&before, &calendar);
            audit(&store, &hall, &format!("calendar_changed {words}"), config).await?;
        }
        let count = calendar.days().count();
        tell(&say("calendar_changed", &[("hall", &hall), ("count", &count)]));
        if archive::is_served(url).await {
            tell(&say("calendar_restart", &[("restart", &running::how_to_restart(url))]));
        }
        Ok(())
    }

    /// The calendar after what was asked; `None` when it is only shown.
    fn changed(&self, calendar: &Calendar) -> Result<Option<Calendar>, Failure> {
        let with = |special: Vec<SpecialDay>, kept: &dyn Fn(&SpecialDay) -> bool| {
            Calendar::new(calendar.days().filter(|day| kept(day)).cloned().chain(special))
        };
        let changed = match &self.act {
            Act::Show => return Ok(None),
            Act::Import { file } => {
                let days = read_table(file)?;
                calendar.with_years(&table::years_of(&days), days)
            }
            Act::Set { date, kind, name, hours } => {
                let line = Line {
                    date,
                    kind,
                    name,
                    hours: hours.as_deref().unwrap_or_default(),
                };
                let special = line.read().map_err(|value| Failure::BadFlag { flag: "calendar set", value })?;
                with(vec![special], &|_| true)
            }
            Act::Remove { date: text } => {
                let day = date(text).ok_or_else(|| Failure::BadFlag {
                    flag: "calendar remove",
                    value: text.clone(),
                })?;
                with(Vec::new(), &|known| known.day != day)
            }
        };
        Ok(Some(changed))
    }
}

/// The days of a file.
fn read_table(path: &Path) -> Result<Vec<SpecialDay>, Failure> {
    let bytes = std::fs::read(path).map_err(|cause| Failure::Unreadable {
        path: path.to_owned(),
        reason: cause.to_string(),
    })?;
    let refused = |(line, value)| Failure::Calendar {
        path: path.to_owned(),
        line,
        value,
    };
    let text = String::from_utf8(bytes).map_err(|_| refused((1, "UTF-8".into())))?;
    table::read(&text).map_err(refused)
}

async fn read(store: &Arc<dyn Store>, hall: &HallId, config: &Config) -> Result<Calendar, Failure> {
    let never = Timestamp::from_millis(i64::MAX);
    let image = store.load_hall(hall, never, never).await;
    let image = image.map_err(|failure| archive::told(&config.store.url, failure))?;
    image.map(|image| image.calendar).ok_or_else(|| Failure::NoHall {
        hall: hall.to_string(),
        halls: String::new(),
    })
}

fn show(calendar: &Calendar) -> Result<(), Failure> {
    if calendar.days().next().is_none() {
        tell(&say("calendar_empty", &[]));
    }
    for special in calendar.days() {
        let weekday = match special.day.weekday() {
            1 => say("calendar_monday", &[]),
            2 => say("calendar_tuesday", &[]),
            3 => say("calendar_wednesday", &[]),
            4 => say("calendar_thursday", &[]),
            5 => say("calendar_friday", &[]),
            6 => say("calendar_saturday", &[]),
            _ => say("calendar_sunday", &[]),
        };
        let kind = match special.kind {
            DayKind::Holiday => say("calendar_holiday", &[]),
            DayKind::Working => say("calendar_working", &[]),
            DayKind::Short => say("calendar_short", &[]),
        };
        let hours = hours_words(&special.runs);
        tell(&format!("{} {weekday}  {kind}  {}  {hours}", special.day, special.name));
    }
    Ok(())
}
