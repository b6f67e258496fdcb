const EACH_MS = 1_000;
/** Polls without a packet after which the voice counts as gone: seen within 5 s (DOMAIN 3.12, E3). */
const QUIET_POLLS = 2;

/** Watches whether voice still arrives: the other side may vanish while our own connection is whole. */
export function createFlowWatch(options: {
  stats: () => Promise<RTCStatsReport | undefined>;
  onFlowing: (flowing: boolean) => void;
}) {
  let timer: ReturnType<typeof setInterval> | undefined;
  let received = 0;
  let quiet = 0;

  async function poll(): Promise<void> {
    const report = await options.stats().catch(() => undefined);
    if (timer === undefined || !report) return;
    const now = packetsOfVoice(report);
    if (now !== received) {
      // Fewer than before: a new connection counts from the start.
      received = now;
      quiet = 0;
      if (now > 0) options.onFlowing(true);
    } else if (received > 0) {
      quiet += 1;
      if (quiet === QUIET_POLLS) options.onFlowing(false);
    }
  }

  return {
    start(): void {
      timer ??= setInterval(() => void poll(), EACH_MS);
    },
    stop(): void {
      clearInterval(timer);
      timer = undefined;
      received = quiet = 0;
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
