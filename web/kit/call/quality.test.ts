import { describe, expect, it } from 'vitest';
import { qualityBetween, readStats, type Reading } from './quality';

const reading = (packets: number, lost = 0, roundTripMs = 40): Reading => ({ packets, lost, roundTripMs });

describe('the link in words', () => {
  it.each<[string, Reading | null, Reading, string]>([
    ['one reading says nothing yet', null, reading(100), 'unknown'],
    ['everything arrives', reading(0), reading(150), 'good'],
    ['one in twenty is lost', reading(0), reading(95, 5), 'fair'],
    ['one in five is lost', reading(0), reading(80, 20), 'poor'],
    ['half a second there and back', reading(0), reading(150, 0, 500), 'fair'],
    ['a second there and back', reading(0), reading(150, 0, 1000), 'poor'],
    ['what was lost before does not count', reading(100, 50), reading(250, 50), 'good'],
    ['a new connection counts anew', reading(500), reading(10), 'unknown'],
    ['silence is not loss', reading(100), reading(100), 'good'],
  ])('%s', (_name, before, now, wanted) => {
    expect(qualityBetween(before, now)).toBe(wanted);
  });

  it('sums every section and takes the path in use', () => {
    const report = new Map<string, Record<string, unknown>>([
      ['a', { type: 'inbound-rtp', packetsReceived: 100, packetsLost: 2 }],
      ['b', { type: 'inbound-rtp', packetsReceived: 50, packetsLost: -1 }],
      ['c', { type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.05 }],
      ['d', { type: 'candidate-pair', nominated: false, state: 'failed', currentRoundTripTime: 9 }],
    ]) as unknown as RTCStatsReport;
    expect(readStats(report)).toEqual({ packets: 150, lost: 2, roundTripMs: 50 });
  });
});
