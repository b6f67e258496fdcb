const EACH_MS = 1_000;
/** Polls without a packet after which the voice counts as gone: seen within 5 s (DOMAIN 3.12, E3). */
const QUIET_POLLS = 2;

/**
 * Watches whether voice still arrives: the other side may vanish while our own connection is whole. One connection serves
 * many talks: what it counted before `start` says nothing of this one.
 */
export function createFlowWatch(options: {
  stats: () => Promise<RTCStatsReport | undefined>;
  onFlowing: (flowing: boolean) => void;
}) {
  let timer: ReturnType<typeof setInterval> | undefined;
  let received = 0;
  /** Voice has arrived since `start`. */
  let arrived = false;
  let quiet = 0;

  const count = async () => {
    const mine = timer;
    const report = await options.stats().catch(() => undefined);
    return mine === timer && report ? packetsOfVoice(report) : undefined;
  };

  async function poll(): Promise<void> {
    const now = await count();
    if (now === undefined) return;
    if (now !== received) {
      // Fewer than before: a new connection counts from the start.
      received = now;
      quiet = 0;
      arrived = now > 0;
      if (arrived) options.onFlowing(true);
    } else if (arrived) {
      quiet += 1;
      if (quiet === QUIET_POLLS) options.onFlowing(false);
    }
  }

  return {
    start(): void {
      if (timer !== undefined) return;
      timer = setInterval(() => void poll(), EACH_MS);
      void count().then((before) => (received = before ?? received));
    },
    stop(): void {
      clearInterval(timer);
      timer = undefined;
      received = quiet = 0;
      arrived = false;
    },
  };
}

type Inbound = { type: string; kind?: string; packetsReceived?: number };

function packetsOfVoice(report: RTCStatsReport): number {
  let packets = 0;
  report.forEach((entry: Inbound) => {
    if (entry.type === 'inbound-rtp' && entry.kind === 'audio') packets += entry.packetsReceived ?? 0;
  });
  return packets;
}
