//! `init`: the first set-up of a real hall.

mod answers;

use std::path::{Path, PathBuf};

use clap::Args;
use yunyiban_app::account::NewAccount;
use yunyiban_app::ports::store::{NewHall, StoreFailure};
use yunyiban_core::HallRules;
use yunyiban_protocol::http::Role;

use super::ask::Questions;
use super::{catalogue, staff};
use crate::archive;
use crate::config::write;
use crate::failure::Failure;
use crate::text::{say, tell};
use answers::Answers;

/// `init`. What is not given here is asked for at the terminal; without a terminal the defaults are taken.
#[derive(Clone, Debug, Default, Args)]
pub struct Init {
    /// Full name of the hall, shown large on every page.
    #[arg(long)]
    pub name: Option<String>,
    /// Word in the public link /h/<id>: 1–32 of a–z, 0–9, hyphen.
    #[arg(long)]
    pub id: Option<String>,
    /// Telephone citizens may ring.
    #[arg(long)]
    pub telephone: Option<String>,
    /// How many windows, 1–200.
    #[arg(long)]
    pub windows: Option<String>,
    /// Opening hours, `1-5 09:00-12:00, 1-5 13:30-17:00` (1 = Monday).
    #[arg(long)]
    pub hours: Option<String>,
    /// Sign-in name of the first administrator.
    #[arg(long)]
    pub administrator: Option<String>,
    /// How the administrator is addressed.
    #[arg(long)]
    pub display_name: Option<String>,
    /// Number on the administrator's badge.
    #[arg(long)]
    pub badge: Option<String>,
    /// Address people open, `https://help.example.cn`.
    #[arg(long)]
    pub origin: Option<String>,
    /// Address and port to listen on.
    #[arg(long)]
    pub listen: Option<String>,
    /// Certificate chain, PEM; `-` when a proxy in front does HTTPS.
    #[arg(long)]
    pub certificate: Option<String>,
    /// Private key of the certificate, PEM.
    #[arg(long)]
    pub key: Option<String>,
    /// Address and port for sound and picture, UDP and TCP.
    #[arg(long)]
    pub media: Option<String>,
    /// Address browsers are told for sound and picture, behind address translation.
    #[arg(long)]
    pub advertised: Option<String>,
    /// Folder for database and pictures.
    #[arg(long)]
    pub data: Option<String>,
    /// Catalogue of service items, JSON; can follow later with `yunyiban catalogue`.
    #[arg(long, value_name = "FILE")]
    pub catalogue: Option<PathBuf>,
}

impl Init {
    /// Asks, then writes database and configuration. Touches nothing that exists.
    ///
    /// # Errors
    /// [`Failure::Exists`], [`Failure::HallExists`], a flag's or file's failure. The configuration is written last: where
    /// it stands, everything else stands too.
    pub async fn run(&self, config_file: &Path) -> Result<(), Failure> {
        if config_file.exists() {
            return Err(Failure::Exists { path: config_file.into() });
        }
        let answers = Answers::gather(self, &mut Questions::at_terminal())?;
        let items = self.catalogue.as_deref().map(catalogue::read).transpose()?;
        crate::check_certificate(&answers.config.tls)?;
        let password = write_hall(&answers, items.unwrap_or_default()).await?;
        write_new(config_file, &write::commented(&answers.config))?;
        let origin = answers.config.first_origin().unwrap_or_default().to_owned();
        tell(&say(
            "init_done",
            &[
                ("config", &config_file.display()),
                ("hall", &answers.name),
                ("name", &answers.administrator),
                ("password", &password),
                ("citizen", &format!("{origin}/h/{}", answers.id)),
                ("staff", &format!("{origin}/staff")),
            ],
        ));
        Ok(())
    }
}

async fn write_hall(answers: &Answers, items: Vec<yunyiban_app::ports::store::CatalogueItem>) -> Result<String, Failure> {
    let url = &answers.config.store.url;
    let told = |failure| archive::told(url, failure);
    let store = archive::create(url).await?;
    let hall = NewHall {
        id: answers.id.clone(),
        name: answers.name.clone(),
        telephone: answers.telephone.clone(),
        demo_notice: None,
        rules: HallRules {
            hours: answers.hours.clone(),
            ..HallRules::default()
        },
        windows: windows(answers.windows),
    };
    store.create_hall(&hall).await.map_err(|failure| match failure {
        StoreFailure::Guard { .. } => Failure::HallExists {
            hall: answers.id.to_string(),
        },
        other @ (StoreFailure::Unavailable { .. } | StoreFailure::Full { .. } | StoreFailure::NotOwner { .. } | StoreFailure::Unreadable(_)) => {
            told(other)
        }
    })?;
    store.put_catalogue(&answers.id, &items).await.map_err(told)?;
    let administrator = NewAccount {
        hall: answers.id.clone(),
        sign_in_name: answers.administrator.clone(),
        display_name: answers.display_name.clone(),
        badge: answers.badge.clone(),
        role: Role::Administrator,
    };
    let password = staff::make(&store, administrator, &answers.config).await?;
    Ok(password.into_revealed())
}

/// 1号窗口, 2号窗口 …
pub fn windows(count: u32) -> Vec<(String, String)> {
    (1..=count)
        .map(|number| (number.to_string(), say("window_name", &[("number", &number)])))
        .collect()
}

/// Writes a file that must not exist, whole or not at all; only its owner may read it.
fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let written = options.write(true).create_new(true).mode(0o600).open(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|cause| Failure::writing(path, &cause))
}
