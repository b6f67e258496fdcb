/** How the link is, in words a person uses. `unknown` until two readings lie between. */
export type Quality = 'unknown' | 'good' | 'fair' | 'poor';

/** Sums of one moment, as the browser counts them since the connection began. */
export type Reading = { packets: number; lost: number; roundTripMs: number };

/** Sums what arrives of all sections, and the time there and back of the path in use. */
export function readStats(report: RTCStatsReport): Reading {
  const reading: Reading = { packets: 0, lost: 0, roundTripMs: 0 };
  report.forEach((entry: Record<string, unknown>) => {
    if (entry['type'] === 'inbound-rtp') {
      reading.packets += numberOf(entry['packetsReceived']);
      reading.lost += Math.max(0, numberOf(entry['packetsLost']));
    }
    if (entry['type'] === 'candidate-pair' && entry['nominated'] === true && entry['state'] === 'succeeded') {
      reading.roundTripMs = Math.max(reading.roundTripMs, numberOf(entry['currentRoundTripTime']) * 1000);
    }
  });
  return reading;
}

/**
 * Judged between two readings. Opus hides 3 % loss and talk stays easy below 400 ms there and back
 * (ITU-T G.114: 150 ms one way is good, above 400 ms one way it is not acceptable).
 */
export function qualityBetween(before: Reading | null, now: Reading): Quality {
  if (!before) return 'unknown';
  const packets = now.packets - before.packets;
  const lost = Math.max(0, now.lost - before.lost);
  // A rebuilt connection counts from 0 again.
  if (packets < 0) return 'unknown';
  const share = packets + lost === 0 ? 0 : lost / (packets + lost);
  if (share > 0.1 || now.roundTripMs > 800) return 'poor';
  if (share > 0.03 || now.roundTripMs > 300) return 'fair';
  return 'good';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
