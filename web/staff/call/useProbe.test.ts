import type { Manner } from '@kit/connection';
import type { Microphone } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { computed, effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import { TEN, window3 } from '../testing';
import { faultOf, type Seen, useProbe } from './useProbe';

const well: Seen = { microphone: 'live', noLine: false, skewMs: 0 };

describe('what makes a window deaf or dumb', () => {
  it.each<[string, Partial<Seen>, ReturnType<typeof faultOf>]>([
    ['nothing', {}, null],
    ['a microphone nobody asked for yet', { microphone: 'unasked' }, null],
    ['a person who muted himself', { microphone: 'muted' }, null],
    ['a microphone that is refused', { microphone: 'refused' }, 'microphone'],
    ['no microphone', { microphone: 'missing' }, 'microphone'],
    ['a microphone another program has', { microphone: 'busy' }, 'microphone'],
    ['a line that does not come about', { noLine: true }, 'relay'],
    ['a clock five minutes off', { skewMs: 300_000 }, 'clock'],
  ])('%s', (_name, change, fault) => expect(faultOf({ ...well, ...change })).toBe(fault));
});

describe('the test of window_3', () => {
  let scope: EffectScope;
  const said = vi.fn();
  const now = ref(TEN);
  const microphone = ref<Microphone>('live');
  const link = ref<{ is: string; tooLong: boolean }>({ is: 'up', tooLong: false });
  const desk = shallowRef<Desk>({ is: 'idle', window: window3() });

  beforeEach(() => {
    vi.useFakeTimers({ now: TEN });
    now.value = TEN;
    microphone.value = 'live';
    desk.value = { is: 'idle', window: window3() };
    said.mockClear();
    scope = effectScope();
    scope.run(() =>
      useProbe({
        call: { link, microphone },
        connected: computed(() => true),
        seated: computed(() => true),
        desk,
        now,
        operate: (operation: { fault: string | null }, manner: Manner) => {
          expect(manner, 'nobody waits for it: no full disk is told again and again').toEqual({ untapped: true });
          said(operation.fault);
          desk.value = { is: 'idle', window: { ...window3(), fault: operation.fault as never } };
          return Promise.resolve({ is: 'done', value: null });
        },
      } as never),
    );
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
});
