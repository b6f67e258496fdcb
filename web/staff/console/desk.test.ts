import { describe, expect, it } from 'vitest';
import type { Presence, Work } from '@protocol';
import { aView, window3 } from '../testing';
import { deskOf, mayPick, suspectOf } from './desk';

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
