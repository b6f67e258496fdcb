import type { VisitStatus } from '@protocol';
import { describe, expect, it } from 'vitest';
import { monday, place } from '../examples';
import { wantedCall, type WantedCall } from './wantedCall';

const staff = { window: '3 号窗口', name: '陈老师', badge: '0317', hall: '新区街道便民服务中心' };

describe('what the visit asks of the call', () => {
  it.each<[string, VisitStatus | undefined, WantedCall]>([
    ['nobody took a number', undefined, 'over'],
    ['far from the head', { state: 'waiting', place: place(9), here: false }, 'apart'],
    ['li_nainai said that she is here', { state: 'waiting', place: place(1), here: true }, 'warm'],
    ['both have accepted', { state: 'serving', staff, since: monday, mode: 'media' }, 'open'],
  ])('%s', (_name, status, wanted) => expect(wantedCall(status)).toBe(wanted));

  it.each<[VisitStatus['state'], WantedCall]>([
    ['calling', 'apart'],
    ['missed', 'apart'],
    ['parked', 'apart'],
    ['ringing', 'warm'],
    ['connecting', 'warm'],
    ['held', 'as_it_is'],
    ['dropped', 'as_it_is'],
    ['transferring', 'unshown'],
    ['closed', 'over'],
  ])('%s', (state, wanted) => expect(wantedCall({ state } as VisitStatus)).toBe(wanted));
});
