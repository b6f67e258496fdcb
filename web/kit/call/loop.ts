/** `whole`: packets of this page arrived at the relay, which said so. `unknown`: nothing could be sent now. */
export type LoopResult = 'whole' | 'broken' | 'unknown';

export type LoopOptions = {
  stats: () => Promise<RTCStatsReport | undefined>;
  /** What the voice section sends from now on. */
  put: (track: MediaStreamTrack | null) => Promise<void>;
  /** The own microphone, if it is open. */
  voice: () => MediaStreamTrack | undefined;
  /** A talk has the voice section. */
  inTalk: () => boolean;
  wait?: (ms: number) => Promise<void>;
};

const EACH_MS = 1_000;
/** The relay reports each second on what arrives. */
const POLLS = 6;

type Counts = { sent: number; reportedAt: number };

/**
 * The way of a voice to the relay and back, tried with packets: a path that ICE calls whole may carry none. Silence is sent, never what
 * the microphone hears: nobody has accepted, and the relay passes nothing on; its reception report (RFC 3550, section 6.4.2) is what comes back.
 */
export function createLoop(options: LoopOptions) {
  const { wait = (ms) => new Promise((done) => setTimeout(done, ms)) } = options;
  let running = false;

  async function count(): Promise<Counts | undefined> {
    const report = await options.stats().catch(() => undefined);
    return report && countsOf(report);
  }

  async function listen(before: Counts): Promise<LoopResult> {
    let sent = false;
    for (let poll = 0; poll < POLLS; poll += 1) {
      await wait(EACH_MS);
      const now = options.inTalk() ? undefined : await count();
      if (!now) return 'unknown';
      if (now.reportedAt > before.reportedAt) return 'whole';
      sent = now.sent > before.sent;
    }
    return sent ? 'broken' : 'unknown';
  }

  /** Takes some seconds where nothing comes back. A talk that begins meanwhile has the section at once. */
  async function test(): Promise<LoopResult> {
    const voice = options.voice();
    if (running || options.inTalk() || voice?.readyState !== 'live') return 'unknown';
    const before = await count();
    if (!before) return 'unknown';
    running = true;
    const silence = voice.clone();
    silence.enabled = false;
    try {
      if (options.inTalk()) return 'unknown';
      await options.put(silence);
      return await listen(before);
    } finally {
      if (!options.inTalk()) await options.put(null);
      silence.stop();
      running = false;
    }
  }

  return { test };
}

type Entry = { type: string; kind?: string; packetsSent?: number; timestamp?: number };

function countsOf(report: RTCStatsReport): Counts {
  const counts: Counts = { sent: 0, reportedAt: 0 };
  report.forEach((entry: Entry) => {
    if (entry.kind !== 'audio') return;
    if (entry.type === 'outbound-rtp') counts.sent += entry.packetsSent ?? 0;
    if (entry.type === 'remote-inbound-rtp') counts.reportedAt = Math.max(counts.reportedAt, entry.timestamp ?? 0);
  });
  return counts;
}
