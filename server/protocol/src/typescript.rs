//! The same words for the pages: `web/protocol/generated/wire.ts`, one file, never edited by hand.
//! `UPDATE_WIRE=1 cargo test -p yunyiban-protocol` writes it; without that the test holds it current.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::session::PROTOCOL_VERSION;
use crate::{ClientMessage, HallCard, ItemGuide, ServerMessage, TakeNumber, TakenNumber};

/// Declarations by name, so that the file has a stable order.
struct Declarations {
    config: Config,
    found: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            if self.found.contains_key(&name) {
                return;
            }
            let docs = T::docs().unwrap_or_default();
            self.found.insert(name, format!("{docs}export {}\n", T::decl(&self.config)));
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn wire_ts() -> String {
    let mut all = Declarations {
        config: Config::default(),
        found: BTreeMap::new(),
    };
    all.visit::<ClientMessage>();
    all.visit::<ServerMessage>();
    all.visit::<HallCard>();
    all.visit::<ItemGuide>();
    all.visit::<TakeNumber>();
    all.visit::<TakenNumber>();
    all.visit::<crate::http::Resume>();
    all.visit::<crate::http::OfferHandover>();
    all.visit::<crate::http::HandoverCode>();
    all.visit::<crate::http::TakeHandover>();
    all.visit::<crate::http::SignIn>();
    all.visit::<crate::http::SignedIn>();
    all.visit::<crate::http::ChangePassword>();
    all.visit::<crate::http::StaffTicket>();
    all.visit::<crate::http::RecordPage>();
    all.visit::<crate::http::RulesPage>();
    all.visit::<crate::http::ChangeRule>();
    all.visit::<crate::hours::HoursPage>();
    all.visit::<crate::hours::ChangeHours>();
    all.visit::<crate::hours::ChangeCalendar>();
    all.visit::<crate::hours::ReadTable>();
    all.visit::<crate::hours::TableRead>();
    all.visit::<crate::http::TransferHalls>();
    all.visit::<crate::http::SisterHalls>();
    all.visit::<crate::http::BookAppointment>();
    all.visit::<crate::http::BookedAppointment>();
    all.visit::<crate::http::AppointmentList>();
    all.visit::<crate::http::CallOff>();
    all.visit::<crate::http::Uploaded>();
    all.visit::<crate::http::Problem>();
    let body: String = all.found.into_values().collect::<Vec<_>>().join("\n");
    format!("// Generated from server/protocol. Never edited: run `make wire`.\n\nexport const PROTOCOL_VERSION = {PROTOCOL_VERSION};\n\n{body}")
}

#[test]
fn generated_types_are_current() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/protocol/generated/wire.ts");
    let fresh = wire_ts();
    if std::env::var_os("UPDATE_WIRE").is_some() {
        std::fs::create_dir_all(path.parent().expect("the file lies in a folder")).expect("the folder can be made");
        std::fs::write(&path, &fresh).expect("wire.ts can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == fresh, "web/protocol/generated/wire.ts is not current: run `make wire`");
}
