import { describe, expect, it } from 'vitest';
import { cold, type LinkEvent, linkEvent, type LinkState, type Path, stepLink, USUAL_SETUP } from './link';

/** What happens, and so many seconds after what happened before it; what comes by itself comes in its time. */
type Happening = LinkEvent | [after: number, event: LinkEvent];

/** Walks the events; a state is followed by what is done to the connection, and by what comes by itself and when. */
function walk(happenings: Happening[], path: Path, setup = USUAL_SETUP): string {
  let link: LinkState = cold;
  let nowMs = 1_000_000;
  let due: { event: LinkEvent; at: number } | undefined;
  return happenings
    .map((happening) => {
      const [after, event] = typeof happening === 'string' ? [0, happening] : happening;
      nowMs = event === due?.event ? due.at : nowMs + after * 1000;
      const next = stepLink(link, event, { path, setup, nowMs });
      if (!next) return 'nothing';
      link = next.link;
      due = next.later && { event: next.later.event, at: nowMs + next.later.ms };
      const spent = 'spentMs' in link ? `${link.is} ${link.spentMs / 1000}` : link.is;
      const tooLong = link.is === 'building' && link.tooLong && 'too long';
      const later = next.later && `${next.later.event} in ${next.later.ms / 1000} s`;
      return [spent, tooLong, ...(next.acts ?? []), later].filter(Boolean).join(', ');
    })
    .join(' > ');
}

const building = 'building 0, build, build_late in 15 s';
const up: LinkEvent[] = ['wanted', 'connected'];
const wasUp = `${building} > up`;
const again = 'building 15, voice_alone, build, build_late in 15 s';
const rebuilt = 'building 10, build, build_late in 15 s';
const asked = 'shaky, restart, restart_late in 10 s';
const askedAhead = 'up, restart, restart_late in 10 s';

describe('the link to the relay', () => {
  it.each<[string, Happening[], Path, string]>([
    ['is built once', ['wanted', 'wanted'], 'broken', `${building} > nothing`],
    ['knows nothing before it is wanted', ['lost', 'reconnected', 'refused'], 'broken', 'nothing > nothing > nothing'],
    [
      'goes on with the voice alone, and counts the time of attempts that come to nothing',
      ['wanted', 'build_late', 'build_late'],
      'broken',
      `${building} > ${again} > building 30, too long, voice_alone, build, build_late in 15 s`,
    ],
    [
      'counts an attempt that broke off as long as it took, and pauses before the next',
      ['wanted', [0.5, 'keys_failed'], 'build_late', [0.5, 'keys_failed'], 'build_late'],
      'broken',
      `${building} > building 0, build_late in 2 s > building 2.5, voice_alone, build, build_late in 15 s` +
        ' > building 2.5, build_late in 2 s > building 5, voice_alone, build, build_late in 15 s',
    ],
    [
      'counts on while the socket comes and goes',
      ['wanted', [12, 'reconnected'], [12, 'reconnected'], 'too_long', [12, 'reconnected']],
      'broken',
      `${building} > building 12, build, build_late in 15 s > building 24, build, too_long in 6 s` +
        ' > building 24, too long, build_late in 9 s > building 39, too long, voice_alone, build, build_late in 15 s',
    ],
    [
      'that slept did not try meanwhile',
      ['wanted', [600, 'reconnected']],
      'broken',
      `${building} > building 15, build, build_late in 15 s`,
    ],
    [
      'forgets them once it is up',
      ['wanted', 'build_late', 'connected', 'lost'],
      'whole',
      `${building} > ${again} > up > ${building}`,
    ],
    [
      'pauses when the relay loses one attempt after another',
      ['wanted', 'lost', 'build_late'],
      'broken',
      `${building} > building 0, build_late in 2 s > building 2, voice_alone, build, build_late in 15 s`,
    ],
    [
      'stands by when it is refused, and still knows how long it tried',
      ['wanted', 'build_late', [3, 'refused'], [60, 'wanted']],
      'broken',
      `${building} > ${again} > cold 18, let_go > building 18, build, too_long in 12 s`,
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
    [
      'asks again for each socket, and waits no longer for it',
      [...up, 'broken', [8, 'reconnected'], 'restart_late'],
      'broken',
      `${wasUp} > ${asked} > shaky, restart, restart_late in 2 s > ${rebuilt}`,
    ],
    [
      'has time for what it asks for, however late in the disturbance',
      [...up, 'broken', [9.9, 'reconnected'], 'restart_late'],
      'broken',
      `${wasUp} > ${asked} > shaky, restart, restart_late in 2 s > ${rebuilt}`,
    ],
    [
      'asks for no restart whose time is over, and is built anew at once',
      [...up, 'broken', [10, 'reconnected']],
      'broken',
      `${wasUp} > ${asked} > ${rebuilt}`,
    ],
    [
      'that slept through a disturbance is built anew at once',
      [...up, 'broken', [600, 'reconnected']],
      'broken',
      `${wasUp} > ${asked} > ${rebuilt}`,
    ],
    ['says its offer again when the socket is back', ['wanted', 'reconnected'], 'broken', `${building} > ${building}`],
    ['is built anew when only its keys failed', [...up, 'keys_failed'], 'whole', `${wasUp} > ${building}`],
    ['is built anew when a description is not taken', [...up, 'stuck'], 'whole', `${wasUp} > ${building}`],
    [
      'leaves an offer of its own that is not taken to the timer',
      ['wanted', 'stuck'],
      'broken',
      `${building} > nothing`,
    ],
    ['that is up cannot be refused', [...up, 'refused'], 'whole', `${wasUp} > nothing`],
  ])('%s', (_name, events, path, walked) => expect(walk(events, path)).toBe(walked));
});

describe('by other rules of the hall', () => {
  it.each<[string, number, number, Happening[], string]>([
    [
      'text is offered in the middle of an attempt, which goes on',
      20,
      30,
      ['wanted', 'build_late', 'too_long', 'build_late'],
      'building 0, build, build_late in 20 s > building 20, voice_alone, build, too_long in 10 s' +
        ' > building 20, too long, build_late in 10 s > building 40, too long, voice_alone, build, build_late in 20 s',
    ],
    [
      'an offer of text is not taken back when the socket is back',
      20,
      30,
      ['wanted', 'build_late', 'too_long', 'reconnected'],
      'building 0, build, build_late in 20 s > building 20, voice_alone, build, too_long in 10 s' +
        ' > building 20, too long, build_late in 10 s > building 30, too long, voice_alone, build, build_late in 20 s',
    ],
    [
      'text comes with the second attempt where both are as long',
      25,
      25,
      ['wanted', 'build_late'],
      'building 0, build, build_late in 25 s > building 25, too long, voice_alone, build, build_late in 25 s',
    ],
    [
      'a restart in vain is time in vain',
      60,
      60,
      ['wanted', 'connected', 'broken', 'restart_late', 'too_long'],
      `building 0, build, build_late in 60 s > up > ${asked} > building 10, build, too_long in 50 s` +
        ' > building 10, too long, build_late in 10 s',
    ],
  ])('%s', (_name, attempt, text, events, walked) =>
    expect(walk(events, 'broken', { attempt_ms: attempt * 1000, text_ms: text * 1000 })).toBe(walked),
  );
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
