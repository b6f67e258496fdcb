import { describe, expect, it } from 'vitest';
import type { LineEntry, Presence, Work } from '@protocol';
import { aView, inLine, lineOf, TEN, window3 } from '../testing';
import { askingFor, deskOf, mayPick, suspectOf } from './desk';

const at = (work: Work, presence: Presence) => deskOf(aView({ windows: [window3(work, presence)] }));

describe('the next one may be taken by hand', () => {
  it.each<[string, Work, Presence, boolean]>([
    ['when free and rung by itself', { is: 'idle' }, { is: 'available' }, true],
    ['when free and on demand', { is: 'idle' }, { is: 'on_demand' }, true],
    ['not on a break', { is: 'idle' }, { is: 'break', reason: 'meal' }, false],
    ['not at the end of the shift', { is: 'idle' }, { is: 'draining' }, false],
    ['not while held back', { is: 'suspect', reason: 'ring_unanswered', until: null }, { is: 'available' }, false],
  ])('%s', (_name, work, presence, may) => {
    expect(mayPick(at(work, presence))).toBe(may);
  });
});

describe('a window held back', () => {
  it('says why and until when', () => {
    const desk = at({ is: 'suspect', reason: 'ring_unanswered', until: 5 }, { is: 'available' });
    expect(suspectOf(desk)).toMatchObject({ reason: 'ring_unanswered', until: 5 });
  });

  it('is none when all is well', () => {
    expect(suspectOf(at({ is: 'idle' }, { is: 'available' }))).toBeNull();
  });
});

describe('why a free window is not rung', () => {
  const asked = inLine({ asked_until: TEN + 20_000 });
  const silent = inLine({ number: 'A13', asked_again_at: TEN + 30_000 });

  it('names everybody who is asked, and the end of the last', () => {
    const line = lineOf(asked, silent, inLine({ number: 'A14', asked_until: TEN + 25_000 }));
    expect(askingFor(window3(), line)).toEqual({ is: 'asked', numbers: ['A12', 'A14'], until: TEN + 25_000 });
  });

  it('names who did not answer when nobody else is asked', () => {
    expect(askingFor(window3(), lineOf(silent))).toEqual({ is: 'unanswered', numbers: ['A13'], again: TEN + 30_000 });
  });

  it('says nothing of those it does not take, of those who are away, and of those nobody asked', () => {
    const others = inLine({ queue: 'b', asked_until: TEN + 20_000 });
    const supervised = inLine({ supervised: true, asked_until: TEN + 20_000 });
    const away = inLine({ away: true, asked_again_at: TEN + 20_000 });
    expect(askingFor(window3(), lineOf(others, supervised, away, inLine()))).toBeNull();
    // A server before 「我在」 says nothing of it.
    const older: Partial<LineEntry> = inLine();
    delete older.asked_until;
    delete older.asked_again_at;
    expect(askingFor(window3(), lineOf(older as LineEntry))).toBeNull();
  });
});
