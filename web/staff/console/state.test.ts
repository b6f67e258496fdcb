import { describe, expect, it } from 'vitest';
import {
  after,
  aView,
  dropped,
  emptySeat,
  held,
  liNainai,
  MINUTE,
  rung,
  said,
  serving,
  TEN,
  visitIs,
  welcome,
  window3,
  windowIs,
} from '../testing';
import { deskOf } from './desk';
import { mergeLines, reduceConsole, seenWithoutGap } from './state';

const talking = window3({ is: 'talking', visit: 'li_nainai' });
const ended = (outcome: 'served' | 'abandoned') =>
  ({ topic: 'window', type: 'ended', visit: 'li_nainai', outcome }) as const;

describe('what is on the desk', () => {
  it.each([
    ['nothing before the welcome', after(visitIs(liNainai())), 'opening'],
    ['no window after signing in', after(welcome(aView({ windows: [emptySeat()], mine: null }))), 'standing'],
    ['an empty desk', after(welcome(aView())), 'idle'],
    ['a ring, from one message', after(welcome(aView()), rung(liNainai(), TEN + 20_000)), 'ringing'],
    [
      'the same ring after a refresh',
      after(
        welcome(
          aView({
            windows: [window3({ is: 'reserved', visit: 'li_nainai', until: TEN + 20_000 })],
            visit: liNainai(),
          }),
        ),
      ),
      'ringing',
    ],
    [
      'a ring that went to another window',
      after(welcome(aView()), rung(liNainai(), TEN), visitIs(null), windowIs(window3())),
      'idle',
    ],
    [
      'the citizen has not tapped yet',
      after(
        welcome(aView()),
        visitIs(liNainai()),
        windowIs(window3({ is: 'connecting', visit: 'li_nainai', until: TEN })),
      ),
      'connecting',
    ],
    ['a talk', after(welcome(aView()), visitIs(liNainai({ status: serving() })), windowIs(talking)), 'serving'],
    [
      'a talk goes on at a window held back',
      after(
        welcome(aView()),
        visitIs(liNainai({ status: serving() })),
        windowIs(window3({ is: 'suspect', reason: 'lease_lost', until: null })),
      ),
      'serving',
    ],
    [
      'the record to write',
      after(
        welcome(aView()),
        visitIs(liNainai()),
        windowIs(window3({ is: 'wrap_up', visit: 'li_nainai', until: TEN, overdue: false })),
      ),
      'wrap_up',
    ],
  ])('%s', (_name, state, desk) => {
    expect(deskOf(state.view).is).toBe(desk);
  });
});

describe('windows', () => {
  it('sitting down is known from the window alone', () => {
    const state = after(welcome(aView({ windows: [emptySeat()], mine: null })), windowIs(window3()));
    expect(state.view?.mine).toBe('3');
  });

  it('a colleague sitting down elsewhere leaves my seat alone', () => {
    const elsewhere = { ...window3(), id: '1', name: '1号窗口', staff: 'lin', staff_name: '林志强' };
    const state = after(welcome(aView()), windowIs(elsewhere));
    expect(state.view?.mine).toBe('3');
    expect(state.view?.windows.map(({ name }) => name)).toEqual(['1号窗口', '3号窗口']);
  });
});

describe('the day of chen', () => {
  const talk = after(
    welcome(aView({ served_today: 1, mean_talk_ms: 4 * MINUTE })),
    visitIs(liNainai({ status: serving(TEN) })),
    windowIs(talking),
  );
  const end = (message: ReturnType<typeof ended>, state = talk) =>
    reduceConsole(state, { type: 'heard', message, at: TEN + 2 * MINUTE });

  it('counts a talk and its length when it was served', () => {
    expect(end(ended('served')).view).toMatchObject({ served_today: 2, mean_talk_ms: 3 * MINUTE });
  });

  it('counts the same talk once', () => {
    expect(end(ended('served'), end(ended('served'))).view?.served_today).toBe(2);
  });

  it('counts from the first word, also through a hold', () => {
    const onHold = reduceConsole(talk, {
      type: 'heard',
      message: visitIs(liNainai({ status: held(TEN + MINUTE) })),
      at: TEN + MINUTE,
    });
    expect(onHold.talk).toEqual({ visit: 'li_nainai', since: TEN });
  });

  it('tells how a visit ended that nobody served, and does not count it', () => {
    const state = end(ended('abandoned'));
    expect(state.view?.served_today).toBe(1);
    expect(state.ended).toEqual({ visit: 'li_nainai', number: 'A12', outcome: 'abandoned' });
    expect(reduceConsole(state, { type: 'ended_read' }).ended).toBeNull();
  });

  it('tells so of a ring, too, whose visit is gone from the desk before the hall says how it ended', () => {
    const state = end(ended('abandoned'), after(welcome(aView()), rung(liNainai(), TEN), visitIs(null)));
    expect(state.ended).toEqual({ visit: 'li_nainai', number: 'A12', outcome: 'abandoned' });
    expect(end(ended('abandoned'), after(welcome(aView()), visitIs(null))).ended).toBeNull();
  });

  it('tells of a citizen who did not come back, whom nobody hung up on', () => {
    const gone = after(welcome(aView()), visitIs(liNainai({ status: dropped(TEN + MINUTE) })), visitIs(null));
    expect(gone.ended).toEqual({ visit: 'li_nainai', number: 'A12', outcome: 'lost' });
    expect(end(ended('abandoned'), gone).ended?.outcome).toBe('abandoned');
    expect(after(welcome(aView()), visitIs(liNainai({ status: serving() })), visitIs(null)).ended).toBeNull();
  });

  it('forgets how the last one ended when the next one rings', () => {
    const next = reduceConsole(end(ended('abandoned')), {
      type: 'heard',
      message: rung(liNainai({ id: 'wang_shu', number: 'A13' }), TEN),
      at: TEN,
    });
    expect(next.ended).toBeNull();
  });
});

describe('chat', () => {
  it('goes with the visit, and never to the next citizen', () => {
    const talk = after(welcome(aView()), visitIs(liNainai()), said(1, '您好'));
    expect(talk.chat).toHaveLength(1);
    const next = visitIs(liNainai({ id: 'wang_shu' }));
    expect(reduceConsole(talk, { type: 'heard', message: next, at: TEN }).chat).toEqual([]);
  });

  it('is kept over a fresh snapshot of the same visit', () => {
    const state = after(
      welcome(aView({ visit: liNainai() })),
      said(1, '您好'),
      welcome(aView({ seq: 9, visit: liNainai() })),
    );
    expect(state.chat).toHaveLength(1);
  });

  it('is dropped by a snapshot of another visit', () => {
    const state = after(
      welcome(aView({ visit: liNainai() })),
      said(1, '您好'),
      welcome(aView({ seq: 9, visit: liNainai({ id: 'wang_shu' }) })),
    );
    expect(state.chat).toEqual([]);
  });

  const line = (number: number) => ({
    number,
    from: 'staff' as const,
    body: { is: 'text' as const, text: `${number}` },
    at: TEN,
  });
  it.each([
    ['late lines find their place', [1, 3], [2], [1, 2, 3], 3],
    ['lines told twice stand once', [1, 2], [2], [1, 2], 2],
    ['a gap is asked for again', [1], [3], [1, 3], 1],
    ['a chat begun elsewhere is asked for from the start', [], [4], [4], 0],
  ])('%s', (_name, known, fresh, numbers, seen) => {
    const merged = mergeLines(known.map(line), fresh.map(line));
    expect(merged.map(({ number }) => number)).toEqual(numbers);
    expect(seenWithoutGap(merged)).toBe(seen);
  });
});
