// Generated from server/protocol. Never edited: run `make wire`.

export const PROTOCOL_VERSION = 4;

/**
 * How many people are ahead, no finer than helps (JOURNEYS, notes to the screens).
 */
export type Ahead = { "is": "exact", 
/**
 * People ahead.
 */
count: number, } | { "is": "between", 
/**
 * Smallest.
 */
from: number, 
/**
 * Largest.
 */
to: number, } | { "is": "about", 
/**
 * 15, 20, 30 or 50.
 */
count: number, } | { "is": "over", 
/**
 * 50.
 */
count: number, };

/**
 * One appointment as desks see it. Name and telephone are masked.
 */
export type AppointmentEntry = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * The beginning of its slot.
 */
at: Timestamp, 
/**
 * Another slot was booked, which the hall could not keep.
 */
put_off: boolean, 
/**
 * The matter.
 */
item: ItemRef | null, 
/**
 * The queue it will stand in.
 */
queue: QueueId, 
/**
 * Masked name, if one was left.
 */
name: Sensitive<string> | null, 
/**
 * Masked telephone.
 */
phone: Sensitive<string> | null, 
/**
 * What became of it.
 */
state: AppointmentState, };

/**
 * The answer to `GET /api/staff/appointments?day=2026-11-27`.
 */
export type AppointmentList = { 
/**
 * By slot, then by number.
 */
appointments: Array<AppointmentEntry>, };

/**
 * What became of an appointment.
 */
export type AppointmentState = "to_come" | "kept" | "missed" | "called_off";

/**
 * `POST /api/staff/appointments`: a slot is booked for somebody.
 */
export type BookAppointment = { 
/**
 * Names the operation: asked again it books nothing twice, and gives another link.
 */
key: RequestKey, 
/**
 * The matter; absent for somebody who cannot say.
 */
item: ItemCode | null, 
/**
 * The beginning of the slot.
 */
at: Timestamp, 
/**
 * Name and telephone; the telephone is needed.
 */
contact: ContactView, };

/**
 * The answer to [`BookAppointment`].
 */
export type BookedAppointment = { 
/**
 * As the list has it.
 */
appointment: AppointmentEntry, 
/**
 * As its citizen is told, with the times to check in.
 */
status: VisitStatus, 
/**
 * What leads to its page, the code behind its `#`, which no server is told. Told this once, good until the time to check in is over.
 */
link: Sensitive<string>, };

/**
 * Why a staff member is on a break.
 */
export type BreakReason = "rest" | "meal" | "meeting" | "counter" | "back_office" | "equipment" | "training" | "other";

/**
 * A photo or file that travels by the bulk lane. 128 random bits as 22 base64url characters.
 */
export type BulkId = string;

/**
 * How busy a hall is.
 */
export type Busyness = { 
/**
 * People in line.
 */
waiting: number, 
/**
 * Windows that take visits, now or after the one they have.
 */
windows: number, 
/**
 * Of them those whose page has not come back since the hall was started again: it is not known yet whether anybody sits there.
 */
returning: number, 
/**
 * How long a newcomer would wait; absent when the data are too thin.
 */
wait: WaitRange | null, };

/**
 * A day that is not like its weekday.
 */
export type CalendarDay = { 
/**
 * Its date, `2027-02-06`.
 */
day: string, 
/**
 * How it differs.
 */
kind: DayKind, 
/**
 * Why, as the notice says: `春节`; at most 20 characters, none of `,;>`.
 */
name: string, 
/**
 * Its own hours, in order; empty for those of its kind.
 */
runs: Array<DayRun>, };

/**
 * How the two talk now; also the ladder down which a weak link steps (DOMAIN 3.6, media set-up).
 */
export type CallMode = "media" | "text" | "telephone";

/**
 * To a page about its own call.
 */
export type CallNotice = { "type": "answer", 
/**
 * SDP.
 */
sdp: string, } | { "type": "offer", 
/**
 * SDP.
 */
sdp: string, } | { "type": "lost", } | { "type": "media", 
/**
 * Whose state.
 */
seat: Seat, 
/**
 * The whole state.
 */
media: SeatMedia, };

/**
 * `POST /api/staff/appointments/{visit}/call-off`.
 */
export type CallOff = { 
/**
 * Names the operation.
 */
key: RequestKey, };

/**
 * From a page about its own call. The call and the seat follow from the session, never from the message.
 */
export type CallRequest = { "type": "offer", 
/**
 * SDP, at most 32 KiB.
 */
sdp: string, } | { "type": "answer", 
/**
 * SDP, at most 32 KiB.
 */
sdp: string, } | { "type": "restart", } | { "type": "media", 
/**
 * The whole state, not a change of it.
 */
media: SeatMedia, } | { "type": "mode", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The mode wanted.
 */
mode: CallMode, };

/**
 * A call-back (回电) as both sides see it.
 */
export type CallbackView = { 
/**
 * Calls nobody answered so far.
 */
attempts: number, 
/**
 * Calls made at most.
 */
most: number, };

/**
 * `POST /api/staff/calendar`: an administrator changes special days. Every year that occurs is replaced, others stay.
 */
export type ChangeCalendar = { 
/**
 * Names the operation: asked again it changes nothing twice.
 */
key: RequestKey, 
/**
 * What the page shows of these years now.
 */
seen: Array<CalendarDay>, 
/**
 * What they are to be.
 */
days: Array<CalendarDay>, };

/**
 * `POST /api/staff/hours`: an administrator changes the week of the hall or of a queue.
 */
export type ChangeHours = { 
/**
 * Names the operation: asked again it changes nothing twice.
 */
key: RequestKey, 
/**
 * Of this queue; absent for the hall's.
 */
queue: QueueId | null, 
/**
 * What the page shows them to be now.
 */
seen: Array<OpeningHours>, 
/**
 * What they are to be; empty for a queue that is to follow the hall.
 */
hours: Array<OpeningHours>, };

/**
 * `POST /api/staff/password`. The answer is [`SignedIn`] of a new session; every other session of the person ends.
 */
export type ChangePassword = { 
/**
 * The present password.
 */
present: Sensitive<string>, 
/**
 * The wanted one, 10–128 bytes, not the present one and not the name.
 */
wanted: Sensitive<string>, };

/**
 * `POST /api/staff/rules`: an administrator changes one rule.
 */
export type ChangeRule = { 
/**
 * Names the operation: asked again it changes nothing twice.
 */
key: RequestKey, 
/**
 * Which, `timers.ring_ms`.
 */
rule: string, 
/**
 * What the page shows it to be now.
 */
seen: RuleValue, 
/**
 * What it is to be.
 */
value: RuleValue, };

/**
 * What a line carries.
 */
export type ChatBody = { "is": "text", 
/**
 * The words.
 */
text: Sensitive<string>, } | { "is": "picture", 
/**
 * The picture.
 */
bulk: BulkId, };

/**
 * One line, stored before anyone sees it.
 */
export type ChatLine = { 
/**
 * 1, 2, 3 … within the visit.
 */
number: number, 
/**
 * Who.
 */
from: Seat, 
/**
 * What.
 */
body: ChatBody, 
/**
 * When.
 */
at: Timestamp, };

/**
 * To a page.
 */
export type ChatNotice = { "type": "lines", 
/**
 * 1–100 lines.
 */
lines: Array<ChatLine>, };

/**
 * From a page.
 */
export type ChatRequest = { "type": "say", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * What.
 */
body: ChatBody, } | { "type": "after", 
/**
 * The last number seen, 0 for none.
 */
number: number, };

/**
 * When an appointment is checked in (签到).
 */
export type CheckInTimes = { 
/**
 * From when on.
 */
from: Timestamp, 
/**
 * Until when; from then on it is missed.
 */
until: Timestamp, 
/**
 * 「我到了，签到」 is taken now.
 */
open: boolean, };

/**
 * From a page. At most 64 KiB as JSON, unknown fields refused.
 */
export type ClientMessage = { "topic": "session" } & SessionRequest | { "topic": "visit" } & VisitRequest | { "topic": "window" } & WindowRequest | { "topic": "call" } & CallRequest | { "topic": "share" } & ShareRequest | { "topic": "chat" } & ChatRequest | { "topic": "record" } & RecordRequest | { "topic": "rating" } & RatingRequest | { "topic": "suspension" } & SuspensionRequest;

/**
 * Why visits are not taken.
 */
export type ClosedCause = "hours" | "last_intake" | "suspended";

/**
 * Matters (事项) of one queue for which no numbers are given now: it is not open, or full for today.
 */
export type ClosedQueue = { 
/**
 * All items of the queue.
 */
items: Array<ItemCode>, 
/**
 * Whoever leaves a telephone number for one of them now is called back from this moment on; absent when nobody can say.
 */
calls_back_from: Timestamp | null, };

/**
 * Everything a staff console shows after it connects.
 */
export type ConsoleView = { 
/**
 * The hall's event number of this view.
 */
seq: number, 
/**
 * Who is signed in.
 */
staff: StaffId, 
/**
 * Name of who is signed in.
 */
staff_name: string, 
/**
 * Name of the hall.
 */
hall_name: string, 
/**
 * All windows.
 */
windows: Array<WindowView>, 
/**
 * The window this person sits at.
 */
mine: WindowId | null, 
/**
 * All queues.
 */
queues: Array<QueueId>, 
/**
 * The line.
 */
line: LineView, 
/**
 * The hall is closed in an emergency.
 */
suspension: SuspensionView | null, 
/**
 * The visit at this window.
 */
visit: ServedVisit | null, 
/**
 * Visits served today by this person.
 */
served_today: number, 
/**
 * Their mean talking time, milliseconds; 0 when none.
 */
mean_talk_ms: number, 
/**
 * Server time.
 */
now: Timestamp, };

/**
 * Name and telephone as the citizen typed them; both optional.
 */
export type ContactView = { 
/**
 * How to address the citizen, at most 20 characters.
 */
name: Sensitive<string> | null, 
/**
 * 11 digits, or a landline of 7–12 digits with an optional hyphen.
 */
phone: Sensitive<string> | null, };

/**
 * How a day differs from its weekday.
 */
export type DayKind = "holiday" | "working" | "short";

/**
 * Special days in a row, as people are told of them: 「2月5日至11日 春节 放假」.
 */
export type DayNote = { 
/**
 * Midnight that begins the first of them.
 */
from: Timestamp, 
/**
 * Midnight that begins the last of them; the same for a single day.
 */
to: Timestamp, 
/**
 * How they differ.
 */
kind: DayKind, 
/**
 * Why: `春节`.
 */
name: string, };

/**
 * Open time within one day.
 */
export type DayRun = { 
/**
 * Minutes after midnight when it opens, 0–1439.
 */
from_minute: number, 
/**
 * Minutes after midnight when it closes, more than `from_minute`, at most 1440.
 */
to_minute: number, };

/**
 * Why a window declines a ring.
 */
export type DeclineReason = "counter" | "other_matter" | "equipment" | "other";

/**
 * An earlier visit of today, as a window reads it before it answers.
 */
export type EarlierVisit = { 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * What was handled, or else what it was taken for.
 */
item: ItemRef | null, 
/**
 * When it was over.
 */
at: Timestamp, 
/**
 * How.
 */
outcome: Outcome, 
/**
 * Found by the telephone alone, which nobody has verified; otherwise by the cookie.
 */
by_phone: boolean, };

/**
 * A return to the end of the line, of a missed number whose place near the front was kept for a while.
 */
export type EndOfLine = "later" | "now";

/**
 * How often the range of the wait held that was shown when a number was taken, of all numbers of a day.
 */
export type EtaDay = { 
/**
 * Helped after a wait of a minute or more: for whoever is helped sooner nobody looks at a range.
 */
waited: number, 
/**
 * Of these, how many were helped within the range, percent; whoever was shown none was not. `null` when nobody waited.
 */
held_percent: number | null, };

/**
 * Why a record needs more time.
 */
export type ExtendReason = "long_record" | "materials" | "other_office" | "equipment" | "other";

/**
 * The first screen's facts, inlined into the citizen page.
 */
export type HallCard = { 
/**
 * The hall.
 */
id: HallId, 
/**
 * Its full name, shown large: the emblem of the citizen side.
 */
name: string, 
/**
 * Telephone number of the hall, or 12345.
 */
telephone: string, 
/**
 * A sentence that says the data is invented; set in the demo hall only.
 */
demo_notice: string | null, 
/**
 * Open or not, and when that changes.
 */
open: OpenState, 
/**
 * Why no numbers are given; absent while they are.
 */
closed_because: ClosedCause | null, 
/**
 * Closed in an emergency.
 */
suspension: SuspensionView | null, 
/**
 * While no numbers are given: whoever leaves a telephone number now is called back from this moment on. Absent too when
 * nobody can say when that would be.
 */
calls_back_from: Timestamp | null, 
/**
 * Matters for which no numbers are given now, queue by queue, where that is not so for the whole hall alike: the queue has hours
 * of its own, or is full for today.
 */
closed_queues: Array<ClosedQueue>, 
/**
 * How many sister halls (别的大厅) there are to look at where this one cannot help now; absent where there is none.
 */
sisters?: number, 
/**
 * Hours of the week, for display.
 */
hours: Array<OpeningHours>, 
/**
 * Days of the next fourteen that are not like their weekday, in order; today's among them.
 */
special_days: Array<DayNote>, 
/**
 * How busy it is now.
 */
busyness: Busyness, 
/**
 * A wait is long here from so many milliseconds on, and another way is offered (`timers.long_wait_ms`). 0 from a server that does not
 * say it.
 */
long_wait_ms: number, 
/**
 * Version of the notice (服务须知) a person accepts by taking a number; stored with the visit.
 */
notice_version: string, 
/**
 * What the hall does, at most 12 of it: the first item of each group of the catalogue, then the second of each, and so on; the
 * whole list is fetched when searched.
 */
items: Array<ItemBrief>, 
/**
 * Server time, so that a wrong phone clock does not matter.
 */
now: Timestamp, };

/**
 * A hall (政务服务大厅); also the word in its public link `/h/<hall>`: `[a-z0-9-]{1,32}`.
 */
export type HallId = string;

/**
 * The answer to [`OfferHandover`].
 */
export type HandoverCode = { 
/**
 * Six digits to type.
 */
code: Sensitive<string>, 
/**
 * How long it is good, milliseconds from now.
 */
good_for_ms: number, 
/**
 * The same as a link, the code behind its `#`, which no server is told.
 */
link: Sensitive<string>, 
/**
 * The link to be scanned, line by line from the top: `1` is a dark dot, `0` a light one; no margin.
 */
dots: Sensitive<Array<string>>, };

/**
 * Hours or special days that were changed.
 */
export type HoursChange = { 
/**
 * When.
 */
at: Timestamp, 
/**
 * Name of who did it; absent for the command line.
 */
by: string | null, 
/**
 * What.
 */
what: HoursChanged, };

/**
 * What was changed, from what to what.
 */
export type HoursChanged = { "of": "week", 
/**
 * Of this queue; absent for the hall's.
 */
queue: QueueId | null, 
/**
 * What it was.
 */
before: Array<OpeningHours>, 
/**
 * What it has been since.
 */
after: Array<OpeningHours>, } | { "of": "days", 
/**
 * What they were.
 */
before: Array<CalendarDay>, 
/**
 * What they have been since.
 */
after: Array<CalendarDay>, };

/**
 * The answer to `GET /api/staff/hours`.
 */
export type HoursPage = { 
/**
 * Numbers are given outside the hours, too: then nothing here closes the hall.
 */
always_open: boolean, 
/**
 * The date in the hall, `2026-11-23`.
 */
today: string, 
/**
 * Weekly hours of the hall.
 */
hours: Array<OpeningHours>, 
/**
 * Its queues in order; none where the hall has one for everything.
 */
queues: Array<QueueHours>, 
/**
 * Every special day, in order.
 */
days: Array<CalendarDay>, 
/**
 * The newest changes, newest first, at most 20.
 */
changes: Array<HoursChange>, };

/**
 * An item in a list that can be searched.
 */
export type ItemBrief = { 
/**
 * Code in the hall's catalogue.
 */
code: ItemCode, 
/**
 * Official name.
 */
name: string, 
/**
 * Everyday names and spoken words.
 */
aliases: Array<string>, 
/**
 * Group shown as a heading (社会保险).
 */
group: string, 
/**
 * Initials of the pinyin of the name and then of each alias, lower case, a blank between: `jmylbxcb ylbx`.
 * Empty on the hall's card, which is small: the whole list is fetched with the first letter typed.
 */
initials: string, };

/**
 * Code of a service item (事项编码): 31 characters nationally, at most 64.
 */
export type ItemCode = string;

/**
 * What to bring and how it goes, for the waiting screen.
 */
export type ItemGuide = { 
/**
 * The item.
 */
item: ItemRef, 
/**
 * Names of the materials everybody needs, with the note for each.
 */
materials: Array<[string, string]>, 
/**
 * Steps in order.
 */
steps: Array<string>, 
/**
 * Fee as text.
 */
fee: string, 
/**
 * Working days promised; 0 = on the spot.
 */
promised_limit_days: number, };

/**
 * An item by name.
 */
export type ItemRef = { 
/**
 * Code in the hall's catalogue.
 */
code: ItemCode, 
/**
 * Official name.
 */
name: string, };

/**
 * A visit whose citizen gave the turn away for a moment (等 1 分钟).
 */
export type Later = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * When it comes back to its place, if its citizen does not come before.
 */
back_at: Timestamp, };

/**
 * One line of the waiting list at a window. The name is masked (陈**).
 */
export type LineEntry = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * What it is about.
 */
item: ItemRef | null, 
/**
 * Masked name, if one was left.
 */
name: Sensitive<string> | null, 
/**
 * When the number was taken, by the clock of now: where that was set back since, the wait is still true.
 */
joined_at: Timestamp, 
/**
 * The phone is asleep or gone (`away`); the place is kept.
 */
away: boolean, 
/**
 * 「我在」 was answered: can be rung at once.
 */
here: boolean, 
/**
 * Waits for a call-back, away from the page.
 */
callback: boolean, 
/**
 * Where it stands.
 */
queue: QueueId, 
/**
 * The citizen said to be among those who are looked after first.
 */
priority: boolean, 
/**
 * It waits for a supervisor, and no other window may call it.
 */
supervised: boolean, 
/**
 * The slot of the appointment it came by.
 */
appointment: Timestamp | null, 
/**
 * 「我在」 is asked right now, and counts as answered until this moment. Whoever says nothing is passed over, and the next is asked.
 */
asked_until: Timestamp | null, 
/**
 * 「我在」 was asked in vain: not again before this moment.
 */
asked_again_at: Timestamp | null, };

/**
 * The line as every window of the hall sees it.
 */
export type LineView = { 
/**
 * People in line, `away` included.
 */
waiting: number, 
/**
 * When the one waiting longest took the number.
 */
longest_since: Timestamp | null, 
/**
 * In order: the first `pick_first` of each queue, and those who come next, to 30.
 */
head: Array<LineEntry>, 
/**
 * How many of each queue, counted from its first, may be called by hand; 0–30.
 */
pick_first: number, 
/**
 * Those whose rings nobody answers, in line or rung again right now: somebody should look.
 */
unanswered: Array<Unanswered>, 
/**
 * Those who asked for 「等 1 分钟」: in no line, and back by themselves.
 */
later: Array<Later>, 
/**
 * Those a window sent off to fetch something (请市民去准备): in no line, their place kept. Absent from an older server.
 */
preparing: Array<Preparing>, 
/**
 * Those who missed their turn (过号), whose number is kept for a while: in no line, until they return or a window calls them again. Whose
 * place near the front is kept stand first, the longest missed before the others; then of the others the last. At most 30.
 */
missed: Array<Missed>, 
/**
 * Windows whose time for the record is over, which are not rung: a supervisor should look.
 */
overdue: Array<OverdueRecord>, };

/**
 * How long a page tries for a call before it steps down, by the rules of the hall.
 */
export type MediaSetup = { 
/**
 * Milliseconds one attempt at a connection lasts; in vain, the next one is made with the voice alone.
 */
attempt_ms: number, 
/**
 * Milliseconds of attempts in vain, all together, after which text and telephone are offered. Not below `attempt_ms`.
 */
text_ms: number, };

/**
 * What a page's microphone is doing; each unhappy value has a screen of its own.
 */
export type Microphone = "unasked" | "live" | "muted" | "refused" | "missing" | "busy" | "blocked";

/**
 * A visit whose citizen did not answer when it was called (过号).
 */
export type Missed = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * What it is about.
 */
item: ItemRef | null, 
/**
 * Where it stood.
 */
queue: QueueId, 
/**
 * It waits for a supervisor, and no other window may call it.
 */
supervised: boolean, 
/**
 * When it was called in vain.
 */
since: Timestamp, 
/**
 * Until when its place near the front is kept; of a `late` one, its number.
 */
until: Timestamp, 
/**
 * Its place near the front is given away: called again, it stands at the end of the line.
 */
late: boolean, };

/**
 * `POST /api/halls/{hall}/handover`: the visit's phone asks for a code that moves it to another.
 */
export type OfferHandover = Record<symbol, never>;

/**
 * Whether the hall takes visits now.
 */
export type OpenState = { "state": "open", 
/**
 * When intake ends today.
 */
until: Timestamp, } | { "state": "closed", 
/**
 * Next opening, if one is within 14 days.
 */
opens_at: Timestamp | null, };

/**
 * One run of open time, repeated weekly. Local time of the hall (Asia/Shanghai).
 */
export type OpeningHours = { 
/**
 * First day, 1 = Monday … 7 = Sunday.
 */
from_day: number, 
/**
 * Last day, 1–7, not before `from_day`.
 */
to_day: number, 
/**
 * Minutes after midnight when it opens, 0–1439.
 */
from_minute: number, 
/**
 * Minutes after midnight when it closes, 1–1440.
 */
to_minute: number, };

/**
 * How a visit ended (DOMAIN 3.2).
 */
export type Outcome = "served" | "abandoned" | "expired" | "no_show" | "cancelled" | "closed_out" | "rejected" | "failed";

/**
 * A window that still writes a record (收尾) after its time.
 */
export type OverdueRecord = { 
/**
 * The window's name, `1号窗口`.
 */
window: string, 
/**
 * When its time was over.
 */
since: Timestamp, };

/**
 * Why somebody is called by hand from further back than the first few of the line.
 */
export type PickReason = "urgent" | "frail" | "continues" | "other";

/**
 * The place as shown.
 */
export type Place = { 
/**
 * People ahead.
 */
ahead: Ahead, 
/**
 * Estimated wait; absent when the data are too thin.
 */
wait: WaitRange | null, 
/**
 * Number being served now, told only at 3 ahead or fewer.
 */
serving: string | null, 
/**
 * Set when the place got worse, or somebody behind went first.
 */
cause: PlaceCause | null, 
/**
 * People of other lines, too, may be rung before: the first here is not always the next.
 */
shared: boolean, };

/**
 * Why a shown place got worse, which without a cause it never does, or stands although somebody behind was rung.
 */
export type PlaceCause = "returned_after_drop" | "missed" | "priority" | "passed" | "referred";

/**
 * A visit whose citizen was sent off to fetch something, and comes back ahead of the line (请市民去准备).
 */
export type Preparing = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * Where it stood, and will stand again.
 */
queue: QueueId, 
/**
 * Until when its place is kept.
 */
until: Timestamp, };

/**
 * What the person chose (DOMAIN 3.3). Never written by the engine.
 */
export type Presence = { "is": "offline", } | { "is": "available", } | { "is": "on_demand", } | { "is": "break", 
/**
 * Why.
 */
reason: BreakReason, } | { "is": "draining", } | { "is": "training", };

/**
 * A declared priority as the window that serves sees it.
 */
export type PriorityView = { 
/**
 * What was found of it; absent before anybody looked.
 */
proof: Proof | null, };

/**
 * What a window's test of itself found between two calls: any of these makes it deaf or dumb.
 */
export type ProbeFault = "microphone" | "relay" | "clock" | "silent";

/**
 * Body of every HTTP answer that is not a success.
 */
export type Problem = { 
/**
 * Refusal or failure code: its sentence is in `web/locales`.
 */
code: string, 
/**
 * Number of the request, to read out to an operator.
 */
request: string, 
/**
 * When to repeat, milliseconds; absent when repeating does not help.
 */
retry_ms: number | null, };

/**
 * Numbers of the hall's rules that the page says in words: an administrator changes them any day, so no sentence holds one.
 */
export type Promises = { 
/**
 * Silence after which its person was away and is welcomed back, milliseconds.
 */
away_ms: number, 
/**
 * How long 「等 1 分钟」 waits, milliseconds.
 */
later_ms: number, 
/**
 * How long 过号 keeps the place near the front, milliseconds.
 */
missed_keeps_ms: number, 
/**
 * After how many others 过号 comes back into the line; 0: before all of them it was before.
 */
missed_after: number, 
/**
 * Calls of a call-back at most, 1 or more.
 */
callback_attempts: number, 
/**
 * Each time a hold has lasted so much longer its citizen is told so anew, milliseconds.
 */
hold_notice_ms: number, };

/**
 * What a window found of it.
 */
export type Proof = "shown" | "not_shown";

/**
 * A queue and its own hours.
 */
export type QueueHours = { 
/**
 * Which.
 */
id: QueueId, 
/**
 * Its name, `社保医保`.
 */
name: string, 
/**
 * Its own weekly hours; empty: the hall's.
 */
hours: Array<OpeningHours>, };

/**
 * A queue of a hall (队列): one item group. A street hall has the single queue `a`.
 */
export type QueueId = string;

/**
 * To windows about the line. Coalesced: only the newest matters.
 */
export type QueueNotice = { "type": "line", 
/**
 * The whole view.
 */
line: LineView, };

/**
 * Five levels (国办发〔2019〕51号); the last two are negative.
 */
export type RatingLevel = "very_dissatisfied" | "dissatisfied" | "fairly_satisfied" | "satisfied" | "very_satisfied";

/**
 * From the citizen's page.
 */
export type RatingRequest = { "type": "rate", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The level.
 */
level: RatingLevel, };

/**
 * `POST /api/staff/calendar/table`: a table of special days is read, and nothing changed.
 */
export type ReadTable = { 
/**
 * The table, one line a day: `date,kind,name[,hours]`.
 */
text: string, };

/**
 * What the staff member fills in; people and times are filled by the system.
 */
export type RecordDraft = { 
/**
 * Item of the catalogue.
 */
item: ItemCode, 
/**
 * Kind of help.
 */
kind: RecordKind, 
/**
 * How it stands.
 */
result: RecordResult, 
/**
 * For the hall, at most 1,000 characters.
 */
note: Sensitive<string>, 
/**
 * For the citizen's slip: what happens next, at most 200 characters; may be empty.
 */
next_step: Sensitive<string>, 
/**
 * What was found of a declared priority; absent when nobody looked.
 */
proof: Proof | null, };

/**
 * One logged item (办件编号).
 */
export type RecordId = string;

/**
 * What kind of help it was.
 */
export type RecordKind = "answer" | "guide" | "act_for" | "refer";

/**
 * `GET /api/staff/records?day=2026-11-23&text=…&staff=…&item=…&cursor=…`: newest first, at most 50 a page.
 */
export type RecordPage = { 
/**
 * The newest version of each record.
 */
records: Array<RecordView>, 
/**
 * Visits of these records that who asks may write another version for now, by the rule `record.save` goes by.
 */
mine: Array<VisitId>, 
/**
 * Give it back for the next page.
 */
cursor: string | null, };

/**
 * From a staff console.
 */
export type RecordRequest = { "type": "save", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * The form.
 */
draft: RecordDraft, };

/**
 * How the matter stands.
 */
export type RecordResult = "answered" | "concluded" | "submitted" | "incomplete" | "referred" | "not_done";

/**
 * One version of a record.
 */
export type RecordView = { 
/**
 * The record.
 */
id: RecordId, 
/**
 * Number of the matter shown to people, `20261123-0007`.
 */
number: string, 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Number of the visit, `A12`.
 */
visit_number: string, 
/**
 * 1 for the first, one more for each edit.
 */
version: number, 
/**
 * The item.
 */
item: ItemRef, 
/**
 * Kind of help.
 */
kind: RecordKind, 
/**
 * How it stands.
 */
result: RecordResult, 
/**
 * For the hall.
 */
note: Sensitive<string>, 
/**
 * For the citizen.
 */
next_step: Sensitive<string>, 
/**
 * Who saved this version.
 */
staff_name: string, 
/**
 * The window.
 */
window_name: string, 
/**
 * When the number was taken, by the clock of now: where that was set back since, the wait is still true.
 */
joined_at: Timestamp, 
/**
 * When the talk began; absent if it never did.
 */
served_at: Timestamp | null, 
/**
 * When it ended; absent while it runs.
 */
ended_at: Timestamp | null, 
/**
 * When this version was saved.
 */
saved_at: Timestamp, };

/**
 * The hall a citizen is referred to, as both sides of the visit read it.
 */
export type ReferralView = { 
/**
 * The other hall; also the word of its page, `/h/<hall>`.
 */
hall: HallId, 
/**
 * Its full name.
 */
name: string, 
/**
 * Until when a number taken there stands at the place of the first arrival.
 */
until: Timestamp, 
/**
 * A number was taken there.
 */
taken: boolean, 
/**
 * No window named it: the citizen chose it.
 */
chosen?: boolean, };

/**
 * Where a visit was referred from, as both sides of it read it.
 */
export type ReferredView = { 
/**
 * Full name of the hall.
 */
hall_name: string, 
/**
 * The number there, `A12`.
 */
number: string, 
/**
 * When the number here was taken: lines of chat from before were said there.
 */
at: Timestamp, };

/**
 * The answer to an operation, told only after the archive has stored it.
 */
export type Reply = { "type": "done", 
/**
 * The operation.
 */
key: RequestKey, 
/**
 * A value some operations give (a number of a chat line, a telephone number, a record's number).
 */
value: string | null, } | { "type": "refused", 
/**
 * The operation; absent for messages without a key.
 */
key: RequestKey | null, 
/**
 * Which rule: its sentence is in `web/locales`.
 */
code: string, } | { "type": "failed", 
/**
 * The operation.
 */
key: RequestKey | null, 
/**
 * What failed: `store_unavailable`, `relay_unavailable`.
 */
code: string, 
/**
 * When to repeat, milliseconds.
 */
retry_ms: number, };

/**
 * Chosen at random by the page for each operation, 8–64 characters of `[A-Za-z0-9_-]`.
 * Repeating an operation with the same key gives the same reply and does nothing twice; kept 24 h.
 */
export type RequestKey = string;

/**
 * `POST /api/halls/{hall}/resume`.
 */
export type Resume = { 
/**
 * Protocol version of the page. A page of 1 says none, and takes an answer without a body for a broken line.
 */
version: number, };

/**
 * What a staff member may do.
 */
export type Role = "staff" | "administrator";

/**
 * A rule that was changed.
 */
export type RuleChange = { 
/**
 * When.
 */
at: Timestamp, 
/**
 * Name of who did it; absent for the command line.
 */
by: string | null, 
/**
 * Which.
 */
rule: string, 
/**
 * What it was; absent for a list, which the command line sets.
 */
before: RuleValue | null, 
/**
 * What it has been since; absent for a list.
 */
after: RuleValue | null, };

/**
 * What a number or a switch of a hall's rules is.
 */
export type RuleValue = boolean | number;

/**
 * A number or a switch of the hall.
 */
export type RuleView = { 
/**
 * Its name, `timers.ring_ms`.
 */
rule: string, 
/**
 * What it is.
 */
value: RuleValue, 
/**
 * What it would be by itself.
 */
default: RuleValue, 
/**
 * Smallest number allowed; absent for a switch.
 */
least: number | null, 
/**
 * Largest number allowed; absent for a switch.
 */
most: number | null, 
/**
 * The rule whose value this one is not smaller than, if any.
 */
not_below: string | null, 
/**
 * The rule whose value this one is not larger than, if any.
 */
not_above: string | null, };

/**
 * The answer to `GET /api/staff/rules`.
 */
export type RulesPage = { 
/**
 * Every number and switch, by name.
 */
rules: Array<RuleView>, 
/**
 * The newest changes, newest first, at most 20.
 */
changes: Array<RuleChange>, 
/**
 * How often the estimate held yesterday; absent while that cannot be read.
 */
yesterday?: EtaDay, };

/**
 * One participant of a call. One peer connection a seat.
 */
export type Seat = "citizen" | "staff" | "companion" | "supervisor" | "recorder";

/**
 * What one seat shows and hears, told to the others for their screens. Never stored.
 */
export type SeatMedia = { 
/**
 * State of the microphone.
 */
microphone: Microphone, 
/**
 * The camera is on.
 */
camera: boolean, 
/**
 * A window, tab or screen is shared.
 */
share: boolean, 
/**
 * Sound or picture of the other side arrives.
 */
receiving: boolean, };

/**
 * A name, number, address or free text of a person. `Debug` and `Display` show `***`;
 * only the wire and the store see the value, through [`Sensitive::reveal`].
 */
export type Sensitive<T> = T;

/**
 * The visit a window is rung for, serves or writes up.
 */
export type ServedVisit = { 
/**
 * The visit.
 */
id: VisitId, 
/**
 * Its number.
 */
number: string, 
/**
 * Four digits to read out.
 */
reference: string, 
/**
 * What it is about: shown before the name.
 */
item: ItemRef | null, 
/**
 * Name as left; the telephone is only revealed by 「打电话」, so `phone` is masked here (138****5678).
 */
contact: ContactView, 
/**
 * When the number was taken, by the clock of now: where that was set back since, the wait is still true.
 */
joined_at: Timestamp, 
/**
 * Where it stands.
 */
status: VisitStatus, 
/**
 * The citizen's page is connected.
 */
online: boolean, 
/**
 * How the citizen came (`wechat_android`, `ios`, `desktop`, …), from the page's user agent.
 */
device: string, 
/**
 * What is being shown by whom.
 */
shares: Array<ShareView>, 
/**
 * The record as saved so far.
 */
record: RecordView | null, 
/**
 * Who hung up, once somebody has.
 */
hung_up: Seat | null, 
/**
 * The citizen was asked for a rating; whether and how it was given is never told here.
 */
rating_invited: boolean, 
/**
 * Earlier closed visits of the same cookie in this hall today.
 */
earlier_visits: number, 
/**
 * The newest of them, and of those that left the same telephone, at most 5, the newest first: what this hall's own log has of today.
 */
earlier: Array<EarlierVisit>, 
/**
 * Numbers of other live visits of the hall that left the same telephone, three at most: perhaps the same person on two phones.
 * Nobody has verified it, so it is only said.
 */
same_phone: Array<string>, 
/**
 * To be telephoned, not called on the page.
 */
callback: CallbackView | null, 
/**
 * Transfers so far.
 */
transfers: number, 
/**
 * What the citizen said about being looked after first: the form asks for its proof.
 */
priority: PriorityView | null, 
/**
 * How long its number is kept when it is sent off to fetch something, milliseconds.
 */
park_ms: number, 
/**
 * Another hall it is referred to; absent where it is not, once that is over, and once it was declined or withdrawn.
 */
referral?: ReferralView, 
/**
 * Another hall it was referred from.
 */
referred?: ReferredView, };

/**
 * To a page. Clients ignore topics and types they do not know.
 */
export type ServerMessage = { "topic": "session" } & SessionNotice | { "topic": "reply" } & Reply | { "topic": "visit" } & VisitNotice | { "topic": "queue" } & QueueNotice | { "topic": "window" } & WindowNotice | { "topic": "call" } & CallNotice | { "topic": "chat" } & ChatNotice | { "topic": "suspension" } & SuspensionNotice;

/**
 * To a page about its socket.
 */
export type SessionNotice = { "type": "welcome", 
/**
 * Lower of the two versions.
 */
version: number, 
/**
 * The hall's event number.
 */
seq: number, 
/**
 * Server time.
 */
now: Timestamp, 
/**
 * Snapshot for a citizen; absent when nothing was told it since `seen`.
 */
visit: VisitView | null, 
/**
 * Snapshot for a staff console, always: several messages carry one event number.
 */
console: ConsoleView | null, 
/**
 * Opens one more socket of this page with [`SessionRequest::Return`]. Absent for a console, and where the next return is to be
 * by `resume`. In the page's memory alone.
 */
return_ticket?: string, 
/**
 * The rule a page goes by in its calls, until [`SessionNotice::Rules`] says another. Always from this server.
 */
media_setup?: MediaSetup, } | { "type": "rules", 
/**
 * Counts from the next attempt.
 */
media_setup: MediaSetup, } | { "type": "pong", 
/**
 * Server time.
 */
now: Timestamp, } | { "type": "replaced", } | { "type": "ended", 
/**
 * A refusal code.
 */
code: string, };

/**
 * From a page about its socket.
 */
export type SessionRequest = { "type": "hello", 
/**
 * From an HTTP answer, used once.
 */
ticket: string, 
/**
 * Protocol version of the page.
 */
version: number, 
/**
 * The hall's event number the page has seen. A citizen's page whose visit still waits, and was told nothing since, gets no
 * snapshot.
 */
seen: number | null, } | { "type": "return", 
/**
 * The `return_ticket` of the last welcome, used once.
 */
ticket: string, 
/**
 * Protocol version of the page.
 */
version: number, 
/**
 * The number of the last message heard. Messages of one number may be several, so that only a page told nothing at it or
 * since gets no snapshot.
 */
seen: number | null, } | { "type": "tested", } | { "type": "ping", 
/**
 * The page is visible.
 */
visible: boolean, };

/**
 * What is shown.
 */
export type ShareKind = "screen" | "camera";

/**
 * From a page: tells the others what its sections carry. Rights follow from the visit's state.
 */
export type ShareRequest = { "type": "start", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * What.
 */
kind: ShareKind, } | { "type": "stop", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * What.
 */
kind: ShareKind, };

/**
 * One running share.
 */
export type ShareView = { 
/**
 * Who shows.
 */
from: Seat, 
/**
 * What.
 */
kind: ShareKind, };

/**
 * `POST /api/staff/sign-in`.
 */
export type SignIn = { 
/**
 * Sign-in name, at most 64 characters.
 */
name: string, 
/**
 * Password, at most 128 bytes.
 */
password: Sensitive<string>, };

/**
 * The answer to [`SignIn`], [`ChangePassword`] and `GET /api/staff/me`. Sets the session's cookie.
 */
export type SignedIn = { 
/**
 * Who.
 */
staff: StaffId, 
/**
 * How the person is addressed.
 */
display_name: string, 
/**
 * What the person may do.
 */
role: Role, 
/**
 * The hall the person works for.
 */
hall: HallId, 
/**
 * Name of the hall.
 */
hall_name: string, 
/**
 * The one-time password was used: choose an own one first; everything else is refused until then.
 */
must_change_password: boolean, 
/**
 * The session ends at this moment whatever happens.
 */
expires_at: Timestamp, };

/**
 * One of them, as its own first screen tells of it.
 */
export type SisterHall = { 
/**
 * The hall: its page is `/h/{id}`.
 */
id: HallId, 
/**
 * Its full name.
 */
name: string, 
/**
 * How busy it is now.
 */
busyness: Busyness, };

/**
 * The answer to `GET /api/halls/{hall}/sisters`: halls of this installation that give numbers now and have somebody at a window.
 */
export type SisterHalls = { 
/**
 * In the order of the rule `hands_on_to`, three at most.
 */
halls: Array<SisterHall>, };

/**
 * What the citizen takes home (screen 8).
 */
export type Slip = { 
/**
 * Number of the matter.
 */
number: string, 
/**
 * The item.
 */
item: ItemRef, 
/**
 * Kind of help.
 */
kind: RecordKind, 
/**
 * How it stands.
 */
result: RecordResult, 
/**
 * What happens next; may be empty.
 */
next_step: Sensitive<string>, 
/**
 * Who helped.
 */
staff_name: string, 
/**
 * When saved.
 */
at: Timestamp, };

/**
 * Who helps, as the citizen is told before any sound or picture (T21).
 */
export type StaffCard = { 
/**
 * Name of the window, `3号窗口`.
 */
window: string, 
/**
 * How the staff member is addressed, `陈老师`.
 */
name: string, 
/**
 * Staff number shown on the badge (工号).
 */
badge: string, 
/**
 * The hall.
 */
hall: string, };

/**
 * A staff member (窗口人员). 128 random bits as 22 base64url characters.
 */
export type StaffId = string;

/**
 * `POST /api/staff/ticket`.
 */
export type StaffTicket = { 
/**
 * Opens one socket within 30 s, once.
 */
ticket: string, };

/**
 * Why the engine holds a window back.
 */
export type SuspectReason = "lease_lost" | "ring_unanswered" | "probe_failed";

/**
 * To every console.
 */
export type SuspensionNotice = { "type": "changed", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * How it is now; `null`: the hall gives numbers by its hours.
 */
suspension: SuspensionView | null, };

/**
 * From a supervisor's console.
 */
export type SuspensionRequest = { "type": "begin", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * 1–200 characters.
 */
text: Sensitive<string>, 
/**
 * When it ends by itself, at most 30 days from now.
 */
until: Timestamp | null, 
/**
 * What happens to those who wait.
 */
waiting: WhoWaits, } | { "type": "end", 
/**
 * Names the operation.
 */
key: RequestKey, };

/**
 * A hall closed in an emergency, as citizens and windows are told.
 */
export type SuspensionView = { 
/**
 * Why, and what to do: 1–200 characters, lines broken where typed.
 */
text: Sensitive<string>, 
/**
 * Since when.
 */
since: Timestamp, 
/**
 * When it ends by itself; absent when nobody can say yet.
 */
until: Timestamp | null, 
/**
 * What happens to those who wait.
 */
waiting: WhoWaits, };

/**
 * What a table says.
 */
export type TableRead = { "is": "days", 
/**
 * One or more.
 */
days: Array<CalendarDay>, } | { "is": "wrong", 
/**
 * Which, from 1.
 */
line: number, 
/**
 * What of it; empty where the table has no day, or a name is missing.
 */
value: string, };

/**
 * `POST /api/halls/{hall}/handover/take`: another phone brings the code. The answer is a [`crate::TakenNumber`].
 */
export type TakeHandover = { 
/**
 * Names the operation: asked again it gives the same visit, if the reply was lost.
 */
key: RequestKey, 
/**
 * What was typed.
 */
code: Sensitive<string>, 
/**
 * A live visit of this phone's own is left for the one that comes. Without it: `own_visit`.
 */
leave_own: boolean, };

/**
 * `POST /api/halls/{hall}/visits`: two taps, one request.
 */
export type TakeNumber = { 
/**
 * Names the operation; repeating it gives the same number.
 */
key: RequestKey, 
/**
 * The item, or none for 「我说不清，直接找人」.
 */
item: ItemCode | null, 
/**
 * Version of the notice that was on screen.
 */
notice_version: string, 
/**
 * Name and telephone of who wants to be called back instead of waiting on the page. So a number is given also while the hall
 * is closed: 「留个电话，上班后给您回」.
 */
callback?: ContactView, 
/**
 * The hall that referred the citizen here, by its window or by the own choice. Its cookie comes with the request; where nothing is known of a referral no number
 * is given (`referral_over`).
 */
from?: HallId, };

/**
 * The answer to [`TakeNumber`] and to `POST /api/halls/{hall}/resume`. Sets the visit's cookie.
 */
export type TakenNumber = { 
/**
 * The visit.
 */
visit: VisitView, 
/**
 * The hall's event number of that view: the `seen` of the socket's hello.
 */
seq: number, 
/**
 * Opens one socket within 30 s, once.
 */
ticket: string, 
/**
 * True when a live visit of this person was found instead of a new one made.
 */
resumed: boolean, 
/**
 * The hall, fresh.
 */
hall: HallCard, };

/**
 * Milliseconds since 1970-01-01T00:00:00Z. Fits 53 bits, so a page reads it as a `number`.
 */
export type Timestamp = number;

/**
 * One of them.
 */
export type TransferHall = { 
/**
 * The hall.
 */
id: HallId, 
/**
 * Its full name.
 */
name: string, 
/**
 * Numbers are given there now; `false` also where the hall did not answer in time.
 */
open: boolean, 
/**
 * How many wait there; 0 where the hall did not answer in time.
 */
waiting: number, };

/**
 * The answer to `GET /api/staff/transfer-halls`: the halls of this installation that a citizen may be referred to.
 */
export type TransferHalls = { 
/**
 * In the order of the rule `hands_on_to`; none where nobody is referred.
 */
halls: Array<TransferHall>, };

/**
 * Where a visit is transferred to.
 */
export type TransferTarget = { "is": "window", 
/**
 * Which.
 */
window: WindowId, } | { "is": "staff", 
/**
 * Whom.
 */
staff: StaffId, } | { "is": "supervisor", } | { "is": "queue", 
/**
 * Which.
 */
queue: QueueId, } | { "is": "hall", 
/**
 * Which.
 */
hall: HallId, };

/**
 * A visit that was rung for longer than a hall allows (60 s unless its rules say otherwise), at whatever windows.
 */
export type Unanswered = { 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Its number, `A12`.
 */
number: string, 
/**
 * When it was first rung.
 */
since: Timestamp, };

/**
 * The answer to `POST /api/bulk`.
 */
export type Uploaded = { 
/**
 * Put this into the message on the socket.
 */
bulk: BulkId, };

/**
 * One visit (求助单), from scan to closing. 128 random bits as 22 base64url characters.
 */
export type VisitId = string;

/**
 * To the citizen's page about its own visit.
 */
export type VisitNotice = { "type": "changed", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * The whole view.
 */
visit: VisitView, } | { "type": "place", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * The place as shown.
 */
place: Place, };

/**
 * From the citizen's page about its own visit.
 */
export type VisitRequest = { "type": "here", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * What the microphone said to the same tap.
 */
microphone: Microphone, } | { "type": "return", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "accept", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "later", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "hang_up", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "leave", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "callback", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "contact", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Both fields.
 */
contact: ContactView, } | { "type": "priority", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "check_in", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Version of the notice that was shown beside it.
 */
notice_version: string, } | { "type": "choose_hall", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * One of the sister halls.
 */
hall: HallId, } | { "type": "decline_referral", 
/**
 * Names the operation.
 */
key: RequestKey, };

/**
 * Where a visit stands, as its citizen is told (DOMAIN 3.2).
 */
export type VisitStatus = { "state": "waiting", 
/**
 * The place as shown.
 */
place: Place, 
/**
 * 「我在」 was answered: the page keeps its call warm.
 */
here: boolean, } | { "state": "calling", 
/**
 * The place as shown.
 */
place: Place, 
/**
 * Until when the answer counts.
 */
until: Timestamp, 
/**
 * 1 and more, mostly to 3: which of its alerts this is.
 */
alert: number, } | { "state": "missed", 
/**
 * End of the right to return as `end_of_line` says it.
 */
until: Timestamp, 
/**
 * Whether the number is kept for a return to the end of the line; absent: after `until` it is over.
 */
end_of_line?: EndOfLine, 
/**
 * When it comes back into the line by itself, to the same place: 「等 1 分钟」 was asked for.
 */
back_at: Timestamp | null, } | { "state": "ringing", } | { "state": "connecting", 
/**
 * Who calls.
 */
staff: StaffCard, 
/**
 * Until when 「接听」 counts.
 */
until: Timestamp, 
/**
 * 「等 1 分钟」 may still be tapped.
 */
may_wait: boolean, } | { "state": "serving", 
/**
 * With whom.
 */
staff: StaffCard, 
/**
 * Since when.
 */
since: Timestamp, 
/**
 * How.
 */
mode: CallMode, } | { "state": "held", 
/**
 * With whom.
 */
staff: StaffCard, 
/**
 * Since when.
 */
since: Timestamp, } | { "state": "parked", 
/**
 * End of the right to return.
 */
until: Timestamp, } | { "state": "dropped", 
/**
 * With whom.
 */
staff: StaffCard, 
/**
 * How long the window waits.
 */
until: Timestamp, } | { "state": "transferring", 
/**
 * To whom.
 */
to: StaffCard | null, } | { "state": "booked", 
/**
 * The slot; or when the hall opens, from which moment on it calls back.
 */
at: Timestamp, 
/**
 * When one checks in; absent for a number left.
 */
check_in: CheckInTimes | null, } | { "state": "callback_kept", 
/**
 * The place as shown.
 */
place: Place | null, } | { "state": "closed", 
/**
 * How.
 */
outcome: Outcome, 
/**
 * When.
 */
at: Timestamp, };

/**
 * Everything the citizen's page shows of its visit. Pushed whole on each change of state, ≤ 8 KiB.
 */
export type VisitView = { 
/**
 * The visit.
 */
id: VisitId, 
/**
 * The number called, `A12`.
 */
number: string, 
/**
 * Four digits to read out in pairs (查询号 40 27). A label, never a key.
 */
reference: string, 
/**
 * What it is about.
 */
item: ItemRef | null, 
/**
 * When the number was taken.
 */
joined_at: Timestamp, 
/**
 * What the citizen left of name and telephone.
 */
contact: ContactView, 
/**
 * Where it stands.
 */
status: VisitStatus, 
/**
 * What is being shown by whom.
 */
shares: Array<ShareView>, 
/**
 * What was done, once logged.
 */
slip: Slip | null, 
/**
 * The rating given, if any.
 */
rating: RatingLevel | null, 
/**
 * A rating may be given now, or the one given corrected.
 */
may_rate: boolean, 
/**
 * Waiting on is not the only choice: a call-back is offered, and why.
 */
offer: WaitOffer | null, 
/**
 * Who hung up, once somebody has.
 */
hung_up: Seat | null, 
/**
 * The call-back asked for, until both talk; after the visit's end, how it went.
 */
callback: CallbackView | null, 
/**
 * The hall was closed in an emergency; absent once the visit is over otherwise than by closing time.
 */
suspension: SuspensionView | null, 
/**
 * 「优先照顾」 was declared.
 */
priority: boolean, 
/**
 * It may be declared, and would move the visit ahead.
 */
may_declare_priority: boolean, 
/**
 * What the hall's rules promise.
 */
promises: Promises, 
/**
 * From this moment on whoever waits is shown sister halls (`timers.sister_step_ms`), and may choose one, earlier where there is an `offer`; absent where
 * there are none, and for who does not wait with the page.
 */
sisters_from?: Timestamp, 
/**
 * Another hall it is referred to; absent where it is not, once that is over, and once it was declined.
 */
referral?: ReferralView, 
/**
 * Another hall it was referred from.
 */
referred?: ReferredView, };

/**
 * Why a waiting citizen is offered a call-back.
 */
export type WaitOffer = "no_window" | "long_wait";

/**
 * A wait as people say it: 「大约 5–10 分钟」.
 */
export type WaitRange = { 
/**
 * Minutes, 1 or more.
 */
from_minutes: number, 
/**
 * Minutes, more than `from_minutes`.
 */
to_minutes: number, };

/**
 * What happens to those who have a number when a hall is closed in an emergency. Their numbers are good in any case.
 */
export type WhoWaits = "served" | "called_back";

/**
 * A window (窗口) of a hall, such as `3`.
 */
export type WindowId = string;

/**
 * To a staff console.
 */
export type WindowNotice = { "type": "changed", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * The whole view.
 */
window: WindowView, } | { "type": "rung", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * The visit.
 */
visit: ServedVisit, 
/**
 * Until when to accept.
 */
until: Timestamp, } | { "type": "visit", 
/**
 * The hall's event number of this state.
 */
seq: number, 
/**
 * The visit.
 */
visit: ServedVisit | null, } | { "type": "ended", 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * How.
 */
outcome: Outcome, };

/**
 * From a staff console. The window follows from the session.
 */
export type WindowRequest = { "type": "open", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Which.
 */
window: WindowId, } | { "type": "close", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "presence", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The choice.
 */
presence: Presence, 
/**
 * Required with `break` for `other`; at most 100 characters.
 */
note: Sensitive<string> | null, } | { "type": "back", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "probe", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * `null`: all is well.
 */
fault: ProbeFault | null, } | { "type": "accept", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The visit rung for.
 */
visit: VisitId, } | { "type": "decline", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * The visit rung for.
 */
visit: VisitId, 
/**
 * Why.
 */
reason: DeclineReason, } | { "type": "pick", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * A named visit, or the next.
 */
visit: VisitId | null, } | { "type": "pick_far", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Who.
 */
visit: VisitId, 
/**
 * Why.
 */
reason: PickReason, } | { "type": "recall", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Who.
 */
visit: VisitId, } | { "type": "hang_up", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "hold", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "resume", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "park", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "transfer", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Where to.
 */
to: TransferTarget, } | { "type": "extend_wrap_up", 
/**
 * Names the operation.
 */
key: RequestKey, 
/**
 * Why; absent from consoles of before there were reasons: then it is `other`.
 */
reason: ExtendReason | null, } | { "type": "finish", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "reveal_phone", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "callback_reached", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "callback_unanswered", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "invite_rating", 
/**
 * Names the operation.
 */
key: RequestKey, } | { "type": "withdraw_referral", 
/**
 * Names the operation.
 */
key: RequestKey, };

/**
 * One window as the whole hall sees it.
 */
export type WindowView = { 
/**
 * The window.
 */
id: WindowId, 
/**
 * Its name, `3号窗口`.
 */
name: string, 
/**
 * Who sits there.
 */
staff: StaffId | null, 
/**
 * Name of who sits there.
 */
staff_name: string | null, 
/**
 * What the person chose.
 */
presence: Presence, 
/**
 * Since when.
 */
presence_since: Timestamp, 
/**
 * What the engine knows.
 */
work: Work, 
/**
 * What its test of itself found; held back while there is anything.
 */
fault: ProbeFault | null, 
/**
 * A supervisor (主管) sits there.
 */
supervisor: boolean, 
/**
 * Queues it takes, in the hall's order.
 */
queues: Array<QueueId>, 
/**
 * Nobody is rung here by itself before this moment, after a decline.
 */
rests_until: Timestamp | null, 
/**
 * The time for the record was extended, which is done once.
 */
extended: boolean, };

/**
 * What the engine knows of a window (DOMAIN 3.3).
 */
export type Work = { "is": "idle", } | { "is": "reserved", 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Until when it may accept.
 */
until: Timestamp, } | { "is": "connecting", 
/**
 * The visit.
 */
visit: VisitId, 
/**
 * Until when the citizen may accept.
 */
until: Timestamp, } | { "is": "talking", 
/**
 * The visit.
 */
visit: VisitId, } | { "is": "holding", 
/**
 * The visit.
 */
visit: VisitId, } | { "is": "wrap_up", 
/**
 * The visit just closed.
 */
visit: VisitId, 
/**
 * When it should be done; passing it never cuts off.
 */
until: Timestamp, 
/**
 * The limit has passed.
 */
overdue: boolean, } | { "is": "suspect", 
/**
 * Why.
 */
reason: SuspectReason, 
/**
 * Rung by itself again at this moment; `null`: paused until the person says 「我回来了」.
 */
until: Timestamp | null, };
