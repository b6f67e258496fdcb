//! `staff add`, `staff reset`, `staff disable`: accounts, each with a password that works once. A running help desk heeds them at once.

use std::sync::Arc;

use clap::{Args, Subcommand};
use yunyiban_app::account::{NewAccount, another_password, new_account};
use yunyiban_app::ports::store::{Account, StoreFailure};
use yunyiban_app::ports::{Clock, Store};
use yunyiban_protocol::http::Role;
use yunyiban_protocol::{HallId, Sensitive};

use crate::adapters::{SystemClock, SystemRandom};
use crate::archive;
use crate::config::Config;
use crate::failure::Failure;
use crate::text::{say, tell};

/// Accounts of staff.
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Make an account and print its one-time password.
    Add(Add),
    /// Give an account a new one-time password; its sessions end. A disabled account is enabled again.
    Reset(Reset),
    /// Lock a person out who has left; records keep the name.
    Disable(Disable),
}

/// `staff add`.
#[derive(Debug, Args)]
pub struct Add {
    /// Id of the hall; may be left out where there is only one.
    #[arg(long)]
    pub hall: Option<String>,
    /// Sign-in name: 2–64 of a–z, 0–9, dot, hyphen, underscore.
    #[arg(long)]
    pub name: String,
    /// How citizens are told who helps: 陈老师.
    #[arg(long)]
    pub display_name: String,
    /// Number on the badge (工号).
    #[arg(long)]
    pub badge: String,
    /// May manage the hall.
    #[arg(long)]
    pub administrator: bool,
}

/// `staff reset`.
#[derive(Debug, Args)]
pub struct Reset {
    /// Sign-in name.
    #[arg(long)]
    pub name: String,
}

/// `staff disable`.
#[derive(Debug, Args)]
pub struct Disable {
    /// Sign-in name.
    #[arg(long)]
    pub name: String,
}

impl Staff {
    /// Does it and prints the password.
    ///
    /// # Errors
    /// What [`archive::open`] says, [`Failure::NoHall`], [`Failure::NameTaken`], [`Failure::NoAccount`],
    /// [`Failure::BadFlag`]; then no account has changed.
    pub async fn run(&self, config: &Config) -> Result<(), Failure> {
        let store = archive::look(&config.store.url).await?;
        match self {
            Staff::Add(add) => {
                let hall = one_hall(&store, add.hall.as_deref(), config).await?;
                let role = if add.administrator { Role::Administrator } else { Role::Staff };
                let wish = NewAccount {
                    hall,
                    sign_in_name: add.name.clone(),
                    display_name: add.display_name.clone(),
                    badge: add.badge.clone(),
                    role,
                };
                let password = make(&store, wish, config).await?;
                tell(&say("staff_added", &[("name", &add.name), ("password", password.reveal())]));
            }
            Staff::Reset(reset) => {
                let password = make_again(&store, &reset.name, config).await?;
                tell(&say("staff_reset", &[("name", &reset.name), ("password", password.reveal())]));
            }
            Staff::Disable(disable) => {
                lock_out(&store, &disable.name, config).await?;
                tell(&say("staff_disabled", &[("name", &disable.name)]));
            }
        }
        Ok(())
    }
}

/// Makes a new account and gives its one-time password.
///
/// # Errors
/// [`Failure::BadFlag`], [`Failure::NameTaken`], [`Failure::Database`].
pub async fn make(store: &Arc<dyn Store>, wish: NewAccount, config: &Config) -> Result<Sensitive<String>, Failure> {
    let told = |failure| archive::told(&config.store.url, failure);
    let name = wish.sign_in_name.to_lowercase();
    let (account, password) = new_account(wish, &SystemRandom, crate::settings(config).password_cost).ok_or(Failure::BadFlag {
        flag: "--name",
        value: name.clone(),
    })?;
    if store.account_by_name(&name).await.map_err(told)?.is_some() {
        return Err(Failure::NameTaken { name });
    }
    store.add_account(&account).await.map_err(|failure| match failure {
        StoreFailure::Guard { .. } => Failure::NameTaken { name },
        other @ (StoreFailure::Unavailable { .. } | StoreFailure::Full { .. } | StoreFailure::NotOwner { .. } | StoreFailure::Unreadable(_)) => {
            told(other)
        }
    })?;
    audit(store, &account.hall, &format!("staff_added {}", account.member.id), config).await?;
    Ok(password)
}

/// Disables an account: its sessions end, its console is closed within five seconds.
///
/// # Errors
/// [`Failure::NoAccount`], [`Failure::Database`].
pub async fn lock_out(store: &Arc<dyn Store>, name: &str, config: &Config) -> Result<(), Failure> {
    let told = |failure| archive::told(&config.store.url, failure);
    let Account { hall, member, .. } = account_of(store, name, config).await?;
    store.disable_account(&hall, &member.id).await.map_err(told)?;
    audit(store, &hall, &format!("staff_disabled {}", member.id), config).await
}

/// Gives an account a new one-time password: it is enabled, lock and sessions end.
///
/// # Errors
/// [`Failure::NoAccount`], [`Failure::Database`].
pub async fn make_again(store: &Arc<dyn Store>, name: &str, config: &Config) -> Result<Sensitive<String>, Failure> {
    let told = |failure| archive::told(&config.store.url, failure);
    let Account { hall, member, .. } = account_of(store, name, config).await?;
    let (password, hash) = another_password(&SystemRandom, crate::settings(config).password_cost);
    store.reset_password(&hall, &member.id, &hash).await.map_err(told)?;
    audit(store, &hall, &format!("staff_reset {}", member.id), config).await?;
    Ok(password)
}

/// Notes that somebody at the server's command line did something; the system knows who that may be.
///
/// # Errors
/// [`Failure::Database`]; what was done is done.
pub async fn audit(store: &Arc<dyn Store>, hall: &HallId, what: &str, config: &Config) -> Result<(), Failure> {
    let noted = store.audit(hall, SystemClock::start().now(), "cli", what).await;
    noted.map_err(|failure| archive::told(&config.store.url, failure))
}

async fn account_of(store: &Arc<dyn Store>, name: &str, config: &Config) -> Result<Account, Failure> {
    let found = store.account_by_name(&name.to_lowercase()).await;
    let found = found.map_err(|failure| archive::told(&config.store.url, failure))?;
    found.ok_or_else(|| Failure::NoAccount { name: name.to_owned() })
}

/// The hall named, or the only one.
///
/// # Errors
/// [`Failure::NoHall`], which lists those there are.
pub async fn one_hall(store: &Arc<dyn Store>, named: Option<&str>, config: &Config) -> Result<HallId, Failure> {
    let halls = store.halls().await.map_err(|failure| archive::told(&config.store.url, failure))?;
    let only = (halls.len() == 1).then(|| halls[0].as_str());
    let wanted = named.or(only).unwrap_or_default();
    let list = || halls.iter().map(HallId::as_str).collect::<Vec<_>>().join("、");
    halls.iter().find(|hall| hall.as_str() == wanted).cloned().ok_or_else(|| Failure::NoHall {
        hall: wanted.to_owned(),
        halls: list(),
    })
}
