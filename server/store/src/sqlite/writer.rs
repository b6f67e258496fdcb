//! The one task that writes. Whatever waits when it is free shares one transaction and one sync of the disk.

use std::thread;

use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, SqliteConnection};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use yunyiban_app::ports::store::StoreFailure;

use crate::sql::{Fields, Script, sqlite_arguments};
use crate::trouble::Trouble;

/// Most scripts that wait; who comes later waits for room.
const QUEUE: usize = 1_024;

/// Most scripts of one transaction, so that nobody waits for a long one.
const SHARED: usize = 256;

/// What a script gives back.
type Answer = Result<Vec<Fields>, Trouble>;

/// The way to the writing task.
pub(super) struct Writer {
    queue: mpsc::Sender<Job>,
}

struct Job {
    script: Script,
    reply: oneshot::Sender<Answer>,
}

impl Writer {
    /// Starts the task; it ends when the writer is dropped and everything asked for is done.
    ///
    /// It has a thread of its own. Every statement is a question to the thread of the library and an answer from it, and
    /// to be woken out of the network's waiting, where the runtime's threads sleep, takes longer than most statements.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let runtime = Builder::new_current_thread()
            .build()
            .expect("a runtime without drivers asks nothing of the system");
        thread::Builder::new()
            .name("archive".into())
            .spawn(move || runtime.block_on(serve(connection, jobs)))
            .expect("the system has a thread left for the archive, without which nothing can be served");
        Self { queue }
    }

    /// Stores a script. Once asked, it is done even if the caller stops waiting.
    pub(super) async fn write(&self, script: Script) -> Result<Vec<Fields>, StoreFailure> {
        let (hall, doing) = (script.hall.clone(), script.doing.clone());
        let (reply, answer) = oneshot::channel();
        let asked = self.queue.send(Job { script, reply }).await.is_ok();
        let answer = if asked { answer.await.ok() } else { None };
        answer
            .unwrap_or_else(|| Err(Trouble::told("the archive's writer has ended")))
            .map_err(|trouble| trouble.failure(&hall, doing))
    }
}

async fn serve(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(SHARED);
    while jobs.recv_many(&mut waiting, SHARED).await > 0 {
        let (scripts, replies): (Vec<Script>, Vec<oneshot::Sender<Answer>>) = waiting.drain(..).map(|job| (job.script, job.reply)).unzip();
        for (answer, reply) in store(&mut connection, scripts).await.into_iter().zip(replies) {
            // A caller who stopped waiting learns the outcome when it loads its hall again.
            reply.send(answer).ok();
        }
    }
    // Closing checkpoints the log; what is committed stands also without that.
    connection.close().await.ok();
}

/// One transaction for all scripts, with an answer for each. A script that a guard or fence stops is undone alone;
/// anything else undoes all of them.
async fn store(connection: &mut SqliteConnection, scripts: Vec<Script>) -> Vec<Answer> {
    let count = scripts.len();
    match store_together(connection, scripts).await {
        Ok(answers) => answers,
        Err(trouble) => {
            // After a full disk SQLite has rolled back already: then this fails, and nothing is left to undo.
            run(connection, "rollback").await.ok();
            (0..count).map(|_| Err(trouble.clone())).collect()
        }
    }
}

async fn store_together(connection: &mut SqliteConnection, scripts: Vec<Script>) -> Result<Vec<Answer>, Trouble> {
    let alone = scripts.len() == 1;
    run(connection, "begin immediate").await?;
    let mut answers = Vec::with_capacity(scripts.len());
    for script in scripts {
        if alone {
            return match store_one(connection, script).await {
                Ok(rows) => run(connection, "commit").await.map(|()| vec![Ok(rows)]),
                Err(trouble) => Err(trouble),
            };
        }
        run(connection, "savepoint script").await?;
        let answer = store_one(connection, script).await;
        match &answer {
            Ok(_) => run(connection, "release script").await?,
            Err(Trouble::NotOwner | Trouble::Guard(_)) => run(connection, "rollback to script; release script").await?,
            Err(Trouble::Full) => return Err(Trouble::Full),
            Err(Trouble::Engine(word)) => return Err(Trouble::Engine(word.clone())),
        }
        answers.push(answer);
    }
    run(connection, "commit").await?;
    Ok(answers)
}

async fn store_one(connection: &mut SqliteConnection, script: Script) -> Answer {
    let mut rows: Vec<SqliteRow> = Vec::new();
    for statement in script.statements {
        let arguments = sqlite_arguments(statement.values)?;
        rows = sqlx::query_with(statement.sql, arguments).fetch_all(&mut *connection).await?;
        if statement.fences && rows.is_empty() {
            return Err(Trouble::NotOwner);
        }
    }
    Ok(rows.into_iter().map(Fields::Sqlite).collect())
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), Trouble> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}
