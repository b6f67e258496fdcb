//! The one task that writes. Whatever waits when it is free shares one transaction and one sync of the disk.

use std::thread;

use futures_util::TryStreamExt;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Either, Executor, SqliteConnection};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot};
use yunyiban_app::ports::store::StoreFailure;

use crate::sql::{Fields, Script, Statement, sqlite_arguments};
use crate::sqlite::texts::Texts;
use crate::trouble::Trouble;

/// Most scripts that wait; who comes later waits for room.
const QUEUE: usize = 1_024;

/// Most scripts of one transaction, so that nobody waits for a long one.
const SHARED: usize = 256;

/// Scripts of so many statements are run in one go, with what opens them. Longer ones come in too many shapes to keep a
/// text, and its prepared statements, of each.
const SHORT: usize = 7;

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
                self.run(vec![plain("rollback")]).await.ok();
                (0..count).map(|_| Err(trouble.clone())).collect()
            }
        }
    }

    async fn store_together(&mut self, mut scripts: Vec<Script>) -> Result<Vec<Answer>, Trouble> {
        if scripts.len() == 1
            && let Some(script) = scripts.pop()
        {
            return Ok(vec![Ok(self.store_one("begin immediate", script, "commit").await?)]);
        }
        self.run(vec![plain("begin immediate")]).await?;
        let mut answers = Vec::with_capacity(scripts.len());
        for script in scripts {
            let answer = self.store_one("savepoint script", script, "release script").await;
            match &answer {
                Ok(_) => {}
                Err(Trouble::NotOwner | Trouble::Guard(_)) => {
                    self.run(vec![plain("rollback to script"), plain("release script")]).await?;
                }
                Err(Trouble::Full) => return Err(Trouble::Full),
                Err(Trouble::Engine(word)) => return Err(Trouble::Engine(word.clone())),
            }
            answers.push(answer);
        }
        self.run(vec![plain("commit")]).await?;
        Ok(answers)
    }

    /// Opens, runs the script and closes, unless a fence stops it: what closes is said only after every fence was seen.
    async fn store_one(&mut self, open: &'static str, script: Script, close: &'static str) -> Answer {
        let mut first = vec![plain(open)];
        first.extend(script.statements);
        let mut others = first.split_off(if first.len() <= SHORT { first.len() } else { 2 });
        let last = others.pop_if(|last| !last.fences);
        let mut rows = self.run(first).await?.pop();
        for statement in others {
            rows = self.run(vec![statement]).await?.pop();
        }
        match last {
            Some(last) => rows = self.run(vec![last, plain(close)]).await?.into_iter().next(),
            None => drop(self.run(vec![plain(close)]).await?),
        }
        Ok(rows.unwrap_or_default().into_iter().map(Fields::Sqlite).collect())
    }

    /// Runs these in one go and gives the rows of each.
    async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<SqliteRow>>, Trouble> {
        let Some(text) = self.texts.joined(&statements) else {
            let mut rows = Vec::with_capacity(statements.len());
            for statement in statements {
                rows.push(self.run_one(statement).await?);
            }
            return Ok(rows);
        };
        let fences: Vec<bool> = statements.iter().map(|statement| statement.fences).collect();
        let values = statements.into_iter().flat_map(|statement| statement.values).collect();
        let mut told = self.connection.fetch_many(sqlx::query_with(text, sqlite_arguments(values)?));
        let mut rows = vec![Vec::new()];
        // Every statement ends with a word of its own; the rows before it are its rows.
        while let Some(step) = told.try_next().await? {
            let ended = rows.len() - 1;
            match step {
                Either::Right(row) => rows[ended].push(row),
                Either::Left(_) if fences.get(ended) == Some(&true) && rows[ended].is_empty() => return Err(Trouble::NotOwner),
                Either::Left(_) => rows.push(Vec::new()),
            }
        }
        rows.truncate(fences.len());
        Ok(rows)
    }

    async fn run_one(&mut self, statement: Statement) -> Result<Vec<SqliteRow>, Trouble> {
        let arguments = sqlite_arguments(statement.values)?;
        let rows = sqlx::query_with(statement.sql, arguments).fetch_all(&mut self.connection).await?;
        if statement.fences && rows.is_empty() {
            return Err(Trouble::NotOwner);
        }
        Ok(rows)
    }
}

fn plain(sql: &'static str) -> Statement {
    Statement::new(sql, Vec::new())
}
