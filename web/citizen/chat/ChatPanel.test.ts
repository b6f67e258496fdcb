import type { Manner, Outcome } from '@kit/connection';
import type { ChatLine } from '@protocol';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { effectScope, type EffectScope, shallowRef } from 'vue';
import { citizenKey, type Citizen } from '../context';
import { hallCard, liNainai, monday } from '../examples';
import { type CitizenState, initialState } from '../state/state';
import ChatPanel from './ChatPanel.vue';
import { useTyping } from './useTyping';

let scope: EffectScope;
afterEach(() => scope.stop());

/** A page whose hall answers when told to; each screen shows a panel of its own. */
function open() {
  const said: string[] = [];
  const keys: (string | undefined)[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const state = shallowRef<CitizenState>({ ...initialState(hallCard()), visit: liNainai() });
  const operate = (operation: object, manner?: Manner) => {
    keys.push(manner?.key);
    said.push((operation as { body: { text: string } }).body.text);
    return new Promise<Outcome>((resolve) => answers.push(resolve));
  };
  scope = effectScope();
  const typing = scope.run(() => useTyping({ operate }, state))!;
  const citizen = { visit: { state, typing } } as unknown as Citizen;
  const screen = () => {
    const panel = mount(ChatPanel, { global: { provide: { [citizenKey as symbol]: citizen } } });
    const press = async (words: string) => {
      await panel
        .findAll('button')
        .find((button) => button.text() === words)!
        .trigger('click');
    };
    return {
      panel,
      press,
      box: panel.get('textarea'),
      write: (words: string) => panel.get('textarea').setValue(words),
      lines: () => panel.findAll('li').map((line) => line.text()),
      send: async (words: string) => {
        await panel.get('textarea').setValue(words);
        await press('发送');
      },
    };
  };
  const answer = async (outcome: Outcome) => {
    answers.shift()?.(outcome);
    await flushPromises();
  };
  /** The hall's notice of a line. */
  const hear = async (number: number, text: string, from: ChatLine['from'] = 'citizen') => {
    const line: ChatLine = { number, from, at: monday, body: { is: 'text', text } };
    state.value = { ...state.value, lines: [...state.value.lines, line] };
    await flushPromises();
  };
  return { ...screen(), screen, said, keys, answer, hear, state };
}

const done = (number: number): Outcome => ({ is: 'done', value: String(number) });
const refused: Outcome = { is: 'refused', code: 'too_many' };

describe('typing', () => {
  it('loses nothing that is written while a line is on its way', async () => {
    const { lines, box, write, send, said, answer } = open();
    await send('第一句');
    expect(box.element.value).toBe('');
    expect(lines()).toEqual([expect.stringContaining('第一句')]);
    await write('第二句还没写完');
    await answer(done(1));
    expect(box.element.value).toBe('第二句还没写完');
    expect(said).toEqual(['第一句']);
  });

  it('sends the next line although the last is still on its way', async () => {
    const { send, said } = open();
    await send('第一句');
    await send('第二句');
    expect(said).toEqual(['第一句', '第二句']);
  });

  it('keeps a refused line as a line, says why, and leaves the box alone', async () => {
    const { panel, lines, box, write, send, said, answer, press } = open();
    const long = '长'.repeat(400);
    await send(long);
    await write('写'.repeat(400));
    await answer(refused);
    expect(box.element.value).toBe('写'.repeat(400));
    expect(lines()[0]).toContain('没发出去');
    expect(panel.get('[role=alert]').text()).toContain('点得太快了');
    await press('再发');
    expect(lines()[0]).not.toContain('没发出去');
    await answer(refused);
    await press('删掉');
    expect(lines()).toEqual([]);
    expect(said).toEqual([long, long]);
  });

  it('says a line whose answer was lost again as the same, and another as another', async () => {
    const { send, answer, press, keys } = open();
    await send('好');
    await answer({ is: 'failed', code: 'no_answer' });
    await press('再发');
    await send('好');
    expect(keys[0]).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('keeps lines and draft when the window accepts and the screen changes', async () => {
    const { panel, write, send, screen, answer } = open();
    await send('第一句');
    await write('写了一半');
    panel.unmount();
    const next = screen();
    expect(next.box.element.value).toBe('写了一半');
    expect(next.lines()).toEqual([expect.stringContaining('第一句')]);
    await answer({ is: 'failed', code: 'no_answer' });
    expect(next.lines()[0]).toContain('没发出去');
  });

  it('takes nothing over into another visit', async () => {
    const { lines, box, write, send, answer, state } = open();
    await send('第一句');
    await write('写了一半');
    state.value = { ...state.value, visit: null };
    await answer(refused);
    expect([lines(), box.element.value]).toEqual([[], '']);
  });

  it('shows a line once, whichever comes first, its notice or its reply', async () => {
    const { lines, send, answer, hear } = open();
    await send('好');
    await hear(1, '好');
    expect(lines()).toHaveLength(1);
    await answer(done(1));
    expect(lines()).toEqual(['您好']);
    await send('好');
    expect(lines()).toHaveLength(2);
    await answer(done(2));
    expect(lines(), 'it stands there until its notice comes').toHaveLength(2);
    await hear(2, '好');
    expect(lines()).toEqual(['您好', '您好']);
  });

  it.each(['no_answer', 'replaced', 'closed', 'store_unavailable'])(
    'shows a stored line once where its answer did not come: %s',
    async (code) => {
      const { lines, send, answer, hear } = open();
      await send('好');
      await answer({ is: 'failed', code });
      expect(lines()).toEqual([expect.stringContaining('没发出去')]);
      await hear(1, '好');
      expect(lines()).toEqual(['您好']);
    },
  );

  it('keeps a line that was refused beside an equal one', async () => {
    const { lines, send, answer, hear } = open();
    await send('好');
    await answer(refused);
    await hear(1, '好');
    expect(lines()).toEqual(['您好', expect.stringContaining('没发出去')]);
  });

  it('tells two lines of the same words apart', async () => {
    const { lines, send, answer, hear } = open();
    await send('好');
    await send('好');
    await hear(1, '好');
    expect(lines()).toHaveLength(2);
    await answer(done(1));
    expect(lines()).toHaveLength(2);
    await answer(refused);
    expect(lines()).toEqual(['您好', expect.stringContaining('没发出去')]);
  });

  it('brings a line that was just written into sight', async () => {
    const { panel, send } = open();
    await send('第一句');
    const list = panel.get('ol').element;
    Object.defineProperty(list, 'scrollHeight', { value: 900 });
    await send('第二句');
    await flushPromises();
    expect(list.scrollTop).toBe(900);
  });
});
