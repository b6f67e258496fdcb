import { describe, expect, it } from 'vitest';
import { cold, type LinkEvent, linkEvent, type LinkState, type Path, stepLink } from './link';

/** Walks the events; a state is followed by what is done to the connection, and by what comes by itself and when. */
function walk(events: LinkEvent[], path: Path): string {
  let link: LinkState = cold;
  return events
    .map((event) => {
      const next = stepLink(link, event, path);
      if (!next) return 'nothing';
      link = next.link;
      const state = 'failures' in link ? `${link.is} ${link.failures}` : link.is;
      const later = next.later && `${next.later.event} in ${next.later.ms / 1000} s`;
      return [state, next.act, later].filter(Boolean).join(', ');
    })
    .join(' > ');
}

const building = 'building 0, build, build_late in 15 s';
const up: LinkEvent[] = ['wanted', 'connected'];
const wasUp = `${building} > up`;
const rebuilt = 'building 1, build, build_late in 15 s';
const asked = 'shaky, restart, restart_late in 10 s';
const askedAhead = 'up, restart, restart_late in 10 s';

describe('the link to the relay', () => {
  it.each<[string, LinkEvent[], Path, string]>([
    ['is built once', ['wanted', 'wanted'], 'broken', `${building} > nothing`],
    ['knows nothing before it is wanted', ['lost', 'reconnected', 'refused'], 'broken', 'nothing > nothing > nothing'],
    [
      'counts attempts that come to nothing',
      ['wanted', 'build_late', 'build_late'],
      'broken',
      `${building} > ${rebuilt} > building 2, build, build_late in 15 s`,
    ],
    [
      'forgets them once it is up',
      ['wanted', 'build_late', 'connected', 'lost'],
      'whole',
      `${building} > ${rebuilt} > up > ${building}`,
    ],
    [
      'pauses when the relay loses one attempt after another',
      ['wanted', 'lost', 'build_late'],
      'broken',
      `${building} > building 0, build_late in 2 s > ${rebuilt}`,
    ],
    [
      'stands by when it is refused, and still knows how often it failed',
      ['wanted', 'build_late', 'refused', 'wanted'],
      'broken',
      `${building} > ${rebuilt} > cold 1, let_go > ${rebuilt}`,
    ],
    [
      'waits out a short disturbance',
      [...up, 'disturbed', 'patience_over'],
      'whole',
      `${wasUp} > up, patience_over in 2 s > nothing`,
    ],
    [
      'asks for a restart after a longer one',
      [...up, 'disturbed', 'patience_over', 'connected'],
      'broken',
      `${wasUp} > up, patience_over in 2 s > ${asked} > up`,
    ],
    [
      'does not ask twice for one trouble',
      [...up, 'broken', 'broken', 'disturbed', 'network_changed'],
      'broken',
      `${wasUp} > ${asked} > nothing > nothing > nothing`,
    ],
    [
      'is built anew when the restart did not help',
      [...up, 'broken', 'restart_late'],
      'broken',
      `${wasUp} > ${asked} > ${rebuilt}`,
    ],
    [
      'asks ahead of trouble without alarming anybody',
      [...up, 'network_changed', 'restart_late'],
      'whole',
      `${wasUp} > ${askedAhead} > nothing`,
    ],
    [
      'asks again when the socket is back',
      [...up, 'reconnected', 'reconnected'],
      'broken',
      `${wasUp} > ${asked} > ${asked}`,
    ],
    ['says its offer again when the socket is back', ['wanted', 'reconnected'], 'broken', `${building} > ${building}`],
    ['is built anew when only its keys failed', [...up, 'keys_failed'], 'whole', `${wasUp} > ${rebuilt}`],
    ['is built anew when a description is not taken', [...up, 'stuck'], 'whole', `${wasUp} > ${rebuilt}`],
    [
      'leaves an offer of its own that is not taken to the timer',
      ['wanted', 'stuck'],
      'broken',
      `${building} > nothing`,
    ],
    ['that is up cannot be refused', [...up, 'refused'], 'whole', `${wasUp} > nothing`],
  ])('%s', (_name, events, path, walked) => expect(walk(events, path)).toBe(walked));
});

describe('what a connection says', () => {
  it.each<[RTCIceConnectionState, RTCPeerConnectionState, LinkEvent | null]>([
    ['checking', 'connecting', null],
    ['connected', 'connecting', null],
    ['connected', 'connected', 'connected'],
    ['completed', 'connected', 'connected'],
    ['connected', 'failed', 'keys_failed'],
    ['disconnected', 'disconnected', 'disturbed'],
    ['failed', 'failed', 'broken'],
    ['closed', 'closed', null],
  ])('path %s, all %s: %s', (iceConnectionState, connectionState, event) =>
    expect(linkEvent({ iceConnectionState, connectionState })).toBe(event),
  );
});
