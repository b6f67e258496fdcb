//! The migrations, inside the program.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{PgConnection, SqlSafeStr, SqliteConnection};

use crate::open::OpenFailure;

/// Version, description and text of each file of `migrations/`, in order.
const FILES: &[(i64, &str, &str)] = &[
    (1, "archive", include_str!("../../../migrations/0001_archive.sql")),
    (2, "waits", include_str!("../../../migrations/0002_waits.sql")),
    (3, "places", include_str!("../../../migrations/0003_places.sql")),
    (4, "beside", include_str!("../../../migrations/0004_beside.sql")),
    (5, "deliveries", include_str!("../../../migrations/0005_deliveries.sql")),
    (6, "calendar", include_str!("../../../migrations/0006_calendar.sql")),
    (7, "suspensions", include_str!("../../../migrations/0007_suspensions.sql")),
    (8, "audit_order", include_str!("../../../migrations/0008_audit_order.sql")),
    (9, "appointments", include_str!("../../../migrations/0009_appointments.sql")),
    (10, "outbox", include_str!("../../../migrations/0010_outbox.sql")),
];

/// Brings a SQLite file to this program's schema.
pub(crate) async fn migrate_sqlite(connection: &mut SqliteConnection) -> Result<(), OpenFailure> {
    migrator().run(connection).await.map_err(failure)
}

/// Brings a PostgreSQL database to this program's schema; several nodes may try at once.
pub(crate) async fn migrate_postgres(connection: &mut PgConnection) -> Result<(), OpenFailure> {
    migrator().run(connection).await.map_err(failure)
}

fn migrator() -> Migrator {
    let migrations = FILES
        .iter()
        .map(|&(version, description, text)| Migration::new(version, description.into(), MigrationType::Simple, text.into_sql_str(), false));
    Migrator::with_migrations(migrations.collect())
}

fn failure(error: MigrateError) -> OpenFailure {
    if let MigrateError::VersionMissing(version) = error {
        OpenFailure::Newer { version }
    } else {
        OpenFailure::Migration(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_in_the_program() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../migrations");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".sql"))
            .collect();
        found.sort();
        let known: Vec<String> = FILES
            .iter()
            .map(|(version, description, _)| format!("{version:04}_{description}.sql"))
            .collect();
        assert_eq!(found, known);
    }
}
