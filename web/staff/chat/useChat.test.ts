import type { Manner, Outcome } from '@kit/connection';
import type { ChatLine, Operation, ServedVisit } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { computed, effectScope, nextTick, shallowRef } from 'vue';
import type { Console } from '../console/useConsole';
import { liNainai, TEN } from '../testing';
import { useChat } from './useChat';

const visit = shallowRef<ServedVisit | null>(null);
const state = shallowRef<{ chat: ChatLine[] }>({ chat: [] });
let settle: (outcome: Outcome) => void;
const operate = vi.fn<(operation: Operation, manner?: Manner) => Promise<Outcome>>(
  () => new Promise((resolve) => (settle = resolve)),
);
const askChat = vi.fn();
const complain = vi.fn();
const chat = () =>
  effectScope().run(() =>
    useChat({ state, visit: computed(() => visit.value), operate, complain, askChat } as unknown as Console),
  )!;

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  visit.value = liNainai();
  state.value = { chat: [] };
});

afterEach(() => void vi.useRealTimers());

describe('a line', () => {
  it('is seen on its way, and gone from there once the hall has it', async () => {
    const { say, unsent } = chat();
    const saying = say(' 您好 ');
    expect(unsent.value).toMatchObject([{ body: { is: 'text', text: '您好' }, state: 'sending' }]);
    settle({ is: 'done', value: '1' });
    await saying;
    expect(unsent.value).toEqual([]);
    expect(askChat).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2_000);
    expect(askChat).toHaveBeenCalledOnce();
  });

  it('is not asked for again when it came by itself', async () => {
    const { say } = chat();
    const saying = say('您好');
    state.value = { chat: [{ number: 1, from: 'staff', body: { is: 'text', text: '您好' }, at: TEN }] };
    settle({ is: 'done', value: '1' });
    await saying;
    vi.advanceTimersByTime(2_000);
    expect(askChat).not.toHaveBeenCalled();
  });

  it('stays when it was not stored, to be sent again or forgotten', async () => {
    const { say, unsent, repeat, forget } = chat();
    const saying = say('您好');
    settle({ is: 'failed', code: 'store_unavailable' });
    await saying;
    const [line] = unsent.value;
    expect(line?.state).toBe('failed');
    void repeat(line!);
    const keys = operate.mock.calls.map(([, manner]) => manner?.key);
    expect(keys, 'a line whose answer was lost is not stored twice').toEqual([line!.key, line!.key]);
    forget(line!.id);
    expect(unsent.value).toEqual([]);
  });

  it('is not offered to be sent again where it is stored and only its answer was lost', async () => {
    const { say, unsent } = chat();
    const saying = say('您好');
    settle({ is: 'failed', code: 'store_unavailable' });
    await saying;
    expect(unsent.value).toHaveLength(1);
    state.value = { chat: [{ number: 1, from: 'staff', body: { is: 'text', text: '您好' }, at: TEN }] };
    expect(unsent.value).toEqual([]);
  });

  it('of blanks is none', async () => {
    await chat().say('  ');
    expect(operate).not.toHaveBeenCalled();
  });

  it('never goes over to the next citizen', async () => {
    const { say, unsent } = chat();
    void say('李奶奶的事');
    visit.value = liNainai({ id: 'wang_shu' });
    await nextTick();
    expect(unsent.value).toEqual([]);
  });
});

describe('a picture', () => {
  it('that is none is refused in words, and nothing is sent', async () => {
    const { showPicture, unsent } = chat();
    await showPicture(new File(['x'], 'a.txt', { type: 'text/plain' }));
    expect(complain).toHaveBeenCalledWith('bad_picture');
    expect(operate).not.toHaveBeenCalled();
    expect(unsent.value).toEqual([]);
  });
});
