//! The one task that writes. Whatever waits when it is free shares one transaction and one sync of the disk.

use std::thread;

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Either, Executor, SqliteConnection};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use yunyiban_app::ports::store::StoreFailure;

use crate::sql::{Fields, Script, sqlite_arguments};
use crate::sqlite::texts::Texts;
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

async fn serve(connection: SqliteConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut pen = Pen {
        connection,
        texts: Texts::default(),
    };
    let mut waiting = Vec::with_capacity(SHARED);
    while jobs.recv_many(&mut waiting, SHARED).await > 0 {
        let (scripts, replies): (Vec<Script>, Vec<oneshot::Sender<Answer>>) = waiting.drain(..).map(|job| (job.script, job.reply)).unzip();
        for (answer, reply) in pen.store(scripts).await.into_iter().zip(replies) {
            // A caller who stopped waiting learns the outcome when it loads its hall again.
            reply.send(answer).ok();
        }
    }
    // Closing checkpoints the log; what is committed stands also without that.
    pen.connection.close().await.ok();
}

/// What writes.
struct Pen {
    connection: SqliteConnection,
    texts: Texts,
}

impl Pen {
    /// One transaction for all scripts, with an answer for each. A script that a guard or fence stops is undone alone;
    /// anything else undoes all of them.
    async fn store(&mut self, scripts: Vec<Script>) -> Vec<Answer> {
        let count = scripts.len();
        match self.store_together(scripts).await {
            Ok(answers) => answers,
            Err(trouble) => {
                // After a full disk SQLite has rolled back already: then this fails, and nothing is left to undo.
                self.run("rollback").await.ok();
                (0..count).map(|_| Err(trouble.clone())).collect()
            }
        }
    }

    async fn store_together(&mut self, mut scripts: Vec<Script>) -> Result<Vec<Answer>, Trouble> {
        if scripts.len() == 1
            && let Some(script) = scripts.pop()
        {
            let rows = self.store_one("begin immediate", script).await?;
            self.run("commit").await?;
            return Ok(vec![Ok(rows)]);
        }
        self.run("begin immediate").await?;
        let mut answers = Vec::with_capacity(scripts.len());
        for script in scripts {
            let answer = self.store_one("savepoint script", script).await;
            match &answer {
                Ok(_) => self.run("release script").await?,
                Err(Trouble::NotOwner | Trouble::Guard(_)) => self.run("rollback to script; release script").await?,
                Err(Trouble::Full) => return Err(Trouble::Full),
                Err(Trouble::Engine(word)) => return Err(Trouble::Engine(word.clone())),
            }
            answers.push(answer);
        }
        self.run("commit").await?;
        Ok(answers)
    }

    /// Runs `first`, then the script.
    async fn store_one(&mut self, first: &'static str, script: Script) -> Answer {
        let mut rows: Vec<SqliteRow> = Vec::new();
        if let Some(text) = self.texts.joined(first, &script.statements) {
            let fences: Vec<bool> = script.statements.iter().map(|statement| statement.fences).collect();
            let values = script.statements.into_iter().flat_map(|statement| statement.values).collect();
            let query = sqlx::query_with(text, sqlite_arguments(values)?);
            let mut told = self.connection.fetch_many(query);
            // Every statement ends with a word of its own; the rows before it are its rows.
            let mut ended = 0;
            while let Some(step) = told.try_next().await? {
                match step {
                    Either::Right(row) => rows.push(row),
                    Either::Left(_) => {
                        if ended > 0 && fences.get(ended - 1) == Some(&true) && rows.is_empty() {
                            return Err(Trouble::NotOwner);
                        }
                        if ended < fences.len() {
                            rows.clear();
                        }
                        ended += 1;
                    }
                }
            }
        } else {
            self.run(first).await?;
            for statement in script.statements {
                let arguments = sqlite_arguments(statement.values)?;
                rows = sqlx::query_with(statement.sql, arguments).fetch_all(&mut self.connection).await?;
                if statement.fences && rows.is_empty() {
                    return Err(Trouble::NotOwner);
                }
            }
        }
        Ok(rows.into_iter().map(Fields::Sqlite).collect())
    }

    async fn run(&mut self, sql: &'static str) -> Result<(), Trouble> {
        sqlx::query(sql).execute(&mut self.connection).await?;
        Ok(())
    }
}
