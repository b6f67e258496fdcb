//! What the operator may set of the house itself. Rules of a hall are stored with the hall.

/// Bounds and waits of the house. The defaults are meant to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// New visits from one address (IPv4 /32, IPv6 /64) in a minute: wide enough for a hall's Wi-Fi (T10).
    pub visits_a_minute: u32,
    /// Telephone numbers left from one address with one closed hall in a night: a stranger does not fill the morning (T10).
    pub left_numbers_a_night: u32,
    /// Sign-ins from one address in a minute.
    pub sign_ins_a_minute: u32,
    /// Bytes of pictures from one address in an hour: a photograph of each paper of everybody on a hall's Wi-Fi (T11).
    pub picture_bytes_an_hour: u64,
    /// Wrong passwords in a row before a name is locked at one address; of unfamiliar addresses together, four times as many.
    pub lock_after: u32,
    /// How long it stays locked there, milliseconds.
    pub lock_ms: u32,
    /// A staff session without any use ends after this, milliseconds. An open console is use.
    pub idle_ms: u32,
    /// A staff session ends after this whatever happens, milliseconds.
    pub session_ms: u32,
    /// How long a ticket opens a socket, milliseconds.
    pub ticket_ms: u32,
    /// Messages a second one socket may send in the long run.
    pub messages_a_second: u32,
    /// Messages one socket may send at once.
    pub message_burst: u32,
    /// How long an HTTP request waits for the archive before it is told to repeat, milliseconds (F11).
    pub answer_ms: u32,
    /// What hashing a password costs.
    pub password_cost: PasswordCost,
}

impl Default for Settings {
    fn default() -> Self {
        const SECOND: u32 = 1_000;
        const MINUTE: u32 = 60 * SECOND;
        const HOUR: u32 = 60 * MINUTE;
        Self {
            visits_a_minute: 60,
            left_numbers_a_night: 10,
            sign_ins_a_minute: 30,
            picture_bytes_an_hour: 256 << 20,
            lock_after: 5,
            lock_ms: 15 * MINUTE,
            idle_ms: 30 * MINUTE,
            session_ms: 12 * HOUR,
            ticket_ms: 30 * SECOND,
            messages_a_second: 20,
            message_burst: 60,
            answer_ms: 2 * SECOND,
            password_cost: PasswordCost::default(),
        }
    }
}

/// Argon2id cost (RFC 9106). The default is the least that OWASP's password storage sheet asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, KiB, 8 or more.
    pub memory_kib: u32,
    /// Passes over it, 1 or more.
    pub passes: u32,
}

impl Default for PasswordCost {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1_024,
            passes: 2,
        }
    }
}
