import type { LoopResult } from '@kit/call';
import type { Manner } from '@kit/connection';
import type { Microphone } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import { liNainai, TEN, window3 } from '../testing';
import { faultOf, type Seen, useProbe } from './useProbe';

const well: Seen = { microphone: 'live', deadMs: 100, noLine: false, noLoop: false, skewMs: 0 };

describe('what makes a window deaf or dumb', () => {
  it.each<[string, Partial<Seen>, ReturnType<typeof faultOf>]>([
    ['nothing', {}, null],
    ['a microphone nobody asked for yet', { microphone: 'unasked' }, null],
    ['a person who muted himself', { microphone: 'muted' }, null],
    ['a microphone that is refused', { microphone: 'refused' }, 'microphone'],
    ['no microphone', { microphone: 'missing' }, 'microphone'],
    ['a microphone another program has', { microphone: 'busy' }, 'microphone'],
    ['a line that does not come about', { noLine: true }, 'relay'],
    ['a microphone that gives nothing for a minute', { deadMs: 60_000 }, 'silent'],
    ['one of which nobody knows', { deadMs: null }, null],
    ['one that is muted', { microphone: 'muted', deadMs: 600_000 }, null],
    ['a line that carries no packet', { noLoop: true }, 'relay'],
    ['a clock five minutes off', { skewMs: 300_000 }, 'clock'],
  ])('%s', (_name, change, fault) => expect(faultOf({ ...well, ...change })).toBe(fault));
});

describe('the test of window_3', () => {
  let scope: EffectScope;
  const said = vi.fn();
  const send = vi.fn(() => true);
  const testLoop = vi.fn(() => Promise.resolve<LoopResult>('whole'));
  let deadMs: number | null = null;
  const [connected, seated] = [ref(true), ref(true)];
  const now = ref(TEN);
  const microphone = ref<Microphone>('live');
  const link = ref<{ is: string; tooLong: boolean }>({ is: 'up', tooLong: false });
  const desk = shallowRef<Desk>({ is: 'idle', window: window3() });

  beforeEach(() => {
    vi.useFakeTimers({ now: TEN });
    now.value = TEN;
    microphone.value = 'live';
    desk.value = { is: 'idle', window: window3() };
    for (const mock of [said, send, testLoop]) mock.mockClear();
    testLoop.mockResolvedValue('whole');
    deadMs = null;
    scope = effectScope();
    const page = {
      call: { link, microphone },
      connected,
      connection: { send },
      seated,
      desk,
      now,
      operate: (operation: { fault: string | null }, manner: Manner) => {
        expect(manner, 'nobody waits for it: no full disk is told again and again').toEqual({ untapped: true });
        said(operation.fault);
        desk.value = { is: 'idle', window: { ...window3(), fault: operation.fault as never } };
        return Promise.resolve({ is: 'done', value: null });
      },
    };
    scope.run(() => useProbe(page as never, { deadMs: () => deadMs, testLoop }));
  });
  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      vi.advanceTimersByTime(1_000);
      now.value += 1_000;
      await nextTick();
    }
  };

  it('tells a fault once it has lasted, and at once that it is mended', async () => {
    await pass(10);
    expect(said).not.toHaveBeenCalled();
    microphone.value = 'missing';
    await pass(4);
    expect(said).not.toHaveBeenCalled();
    await pass(20);
    expect(said.mock.calls).toEqual([['microphone']]);
    microphone.value = 'live';
    await pass(1);
    expect(said.mock.calls).toEqual([['microphone'], [null]]);
  });

  it('looks at nothing while there is a visit on the desk', async () => {
    desk.value = { is: 'standing' };
    microphone.value = 'missing';
    await pass(30);
    expect(said).not.toHaveBeenCalled();
  });

  it('says that it has run, also during a talk, as often as the hall must hear it', async () => {
    await pass(20);
    expect(send.mock.calls).toEqual(Array.from({ length: 4 }, () => [{ topic: 'session', type: 'tested' }]));
    desk.value = { is: 'serving', window: window3(), visit: liNainai() };
    await pass(10);
    expect(send).toHaveBeenCalledTimes(6);
  });

  it('says so at once to a server that is back, and at another window', async () => {
    await pass(6);
    for (const gone of [connected, seated]) {
      send.mockClear();
      gone.value = false;
      await pass(2);
      expect(send).not.toHaveBeenCalled();
      gone.value = true;
      await pass(1);
      expect(send).toHaveBeenCalledTimes(1);
    }
  });

  it('says so at once at the window next to it', async () => {
    await pass(6);
    send.mockClear();
    desk.value = { is: 'idle', window: { ...window3(), id: 'window_4' } };
    await pass(1);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('is not paused any longer for a line that cannot be tried now', async () => {
    testLoop.mockResolvedValue('broken');
    await pass(10);
    expect(said.mock.calls).toEqual([['relay']]);
    testLoop.mockResolvedValue('unknown');
    await pass(12);
    expect(said.mock.calls).toEqual([['relay'], [null]]);
  });

  it('tries the line with packets, each minute, and sooner until it carries them again', async () => {
    await pass(59);
    expect(testLoop).toHaveBeenCalledTimes(1);
    testLoop.mockResolvedValue('broken');
    await pass(10);
    expect([testLoop.mock.calls.length, said.mock.calls]).toEqual([2, [['relay']]]);
    testLoop.mockResolvedValue('whole');
    await pass(12);
    expect([testLoop.mock.calls.length, said.mock.calls]).toEqual([3, [['relay'], [null]]]);
  });

  it('tells of a microphone that is switched off at the headset, and is back with the first word', async () => {
    deadMs = 59_000;
    await pass(61);
    expect(said).not.toHaveBeenCalled();
    deadMs = 61_000;
    await pass(6);
    expect(said.mock.calls).toEqual([['silent']]);
    deadMs = 100;
    await pass(1);
    expect(said.mock.calls).toEqual([['silent'], [null]]);
  });

  it('does not take a microphone for dead that was muted until now', async () => {
    microphone.value = 'muted';
    deadMs = 600_000;
    await pass(20);
    microphone.value = 'live';
    await pass(59);
    expect(said).not.toHaveBeenCalled();
  });
});
