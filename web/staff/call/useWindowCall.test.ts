import type { Manner, Outcome } from '@kit/connection';
import type { Operation, ServedVisit, ShareView } from '@protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { computed, effectScope, type EffectScope, nextTick, ref, shallowRef } from 'vue';
import type { Desk } from '../console/desk';
import type { Console } from '../console/useConsole';
import { closed, connecting, dropped, held, liNainai, serving, TEN, window3 } from '../testing';
import { useWindowCall, wantedVoice } from './useWindowCall';

describe('whether the voice goes out', () => {
  it.each<[string, ServedVisit | null, boolean, string]>([
    ['nobody is there', null, false, 'rest'],
    ['the citizen has not accepted', liNainai({ status: connecting(TEN) }), false, 'rest'],
    ['both have accepted', liNainai({ status: serving() }), true, 'open'],
    ['by text', liNainai({ status: serving(TEN, 'text') }), true, 'rest'],
    ['by telephone', liNainai({ status: serving(TEN, 'telephone') }), true, 'rest'],
    ['on hold', liNainai({ status: held(TEN) }), true, 'keep'],
    ['while the citizen is lost', liNainai({ status: dropped(TEN) }), true, 'keep'],
    ['after hanging up', liNainai({ status: closed() }), false, 'rest'],
  ])('%s', (_name, visit, together, wanted) => {
    expect(wantedVoice(visit, together)).toBe(wanted);
  });
});

const seat = window3({ is: 'talking', visit: 'li_nainai' });
const desk = shallowRef<Desk>({ is: 'standing' });
const connected = ref(true);
const over = ref(false);
const operate = vi.fn<(operation: Operation, manner?: Manner) => Promise<Outcome>>(() =>
  Promise.resolve({ is: 'done', value: null }),
);
const call = {
  microphone: ref('unasked'),
  share: shallowRef({ is: 'off' }),
  camera: shallowRef({ is: 'off' }),
  warm: vi.fn(),
  open: vi.fn(),
  rest: vi.fn(),
  close: vi.fn(),
  askMicrophone: vi.fn(),
  stopShare: vi.fn(() => void (call.share.value = { is: 'off' })),
  mute: vi.fn(() => void (call.microphone.value = 'muted')),
  unmute: vi.fn(() => void (call.microphone.value = 'live')),
};

let scope: EffectScope;

function start(): void {
  scope = effectScope();
  const visit = computed(() => ('visit' in desk.value ? desk.value.visit : null));
  const seated = computed(() => 'window' in desk.value);
  scope.run(() => useWindowCall({ call, desk, visit, seated, connected, over, operate } as unknown as Console));
}
const serve = (changes: Partial<ServedVisit> = {}) => {
  desk.value = { is: 'serving', window: seat, visit: liNainai({ status: serving(), ...changes }) };
  return nextTick();
};

beforeEach(() => {
  vi.clearAllMocks();
  desk.value = { is: 'standing' };
  over.value = false;
  call.microphone.value = 'unasked';
  call.share.value = { is: 'off' };
  call.camera.value = { is: 'off' };
  start();
});
afterEach(() => scope.stop());

describe('the call of window_3', () => {
  it('is warm and asks for the microphone as soon as somebody sits down', async () => {
    desk.value = { is: 'idle', window: window3() };
    await nextTick();
    expect(call.warm).toHaveBeenCalledOnce();
    expect(call.askMicrophone).toHaveBeenCalledOnce();
    expect(call.open).not.toHaveBeenCalled();
  });

  it('ends when a newer page takes over, and is open again when this one does', async () => {
    await serve();
    over.value = true;
    await nextTick();
    expect(call.close).toHaveBeenCalledOnce();
    call.open.mockClear();
    over.value = false;
    await nextTick();
    expect(call.open).toHaveBeenCalledOnce();
  });

  it('opens when both have accepted and rests, still warm, after hanging up', async () => {
    await serve();
    expect(call.open).toHaveBeenCalledOnce();
    desk.value = { is: 'wrap_up', window: seat, visit: liNainai({ status: closed() }), until: TEN, overdue: false };
    await nextTick();
    expect(call.rest).toHaveBeenCalled();
    expect(call.close).not.toHaveBeenCalled();
  });

  it('gives everything back when the person gets up', async () => {
    await serve();
    desk.value = { is: 'standing' };
    await nextTick();
    expect(call.close).toHaveBeenCalledOnce();
  });

  it('does not let the citizen hear what is said on hold', async () => {
    call.microphone.value = 'live';
    await serve();
    await serve({ status: held(TEN) });
    expect(call.microphone.value).toBe('muted');
    await serve();
    expect(call.microphone.value).toBe('live');
  });

  it('leaves a person muted who was so before the hold', async () => {
    call.microphone.value = 'muted';
    await serve();
    await serve({ status: held(TEN) });
    await serve();
    expect(call.microphone.value).toBe('muted');
  });
});

describe('what is shown and what the hall is told', () => {
  const screen: ShareView = { from: 'staff', kind: 'screen' };
  const told = () => operate.mock.calls.map(([operation]) => operation);

  it('are told once, also while the view that shows it is still on its way', async () => {
    await serve();
    call.share.value = { is: 'on' };
    await nextTick();
    call.camera.value = { is: 'asking' };
    await nextTick();
    expect(told()).toEqual([{ topic: 'share', type: 'start', kind: 'screen' }]);
  });

  it('end together when the browser stops the share', async () => {
    call.share.value = { is: 'on' };
    await serve({ shares: [screen] });
    call.share.value = { is: 'off' };
    await nextTick();
    expect(told()).toEqual([{ topic: 'share', type: 'stop', kind: 'screen' }]);
    expect(operate.mock.calls[0]?.[1], 'nobody waits for it: no full disk is told again and again').toEqual({
      untapped: true,
    });
  });

  it('begin only while the talk goes on, not while it is moved or on hold', async () => {
    call.share.value = { is: 'on' };
    await serve({ status: held(TEN) });
    expect(told()).toEqual([]);
    await serve();
    expect(told()).toEqual([{ topic: 'share', type: 'start', kind: 'screen' }]);
  });

  it('end when the talk moves, also when it comes back', async () => {
    call.share.value = { is: 'on' };
    await serve({ shares: [screen] });
    await serve({ status: { state: 'transferring', to: null } });
    expect(call.stopShare).toHaveBeenCalledOnce();
    await serve();
    expect(call.share.value.is).toBe('off');
    expect(told()).toEqual([]);
  });

  it('are brought together after a refresh that ended the share', async () => {
    await serve({ shares: [screen, { from: 'citizen', kind: 'camera' }] });
    expect(told()).toEqual([{ topic: 'share', type: 'stop', kind: 'screen' }]);
  });
});

describe('the camera turned on while the citizen is asked', () => {
  it('does not stay on when nobody answers', async () => {
    desk.value = { is: 'connecting', window: seat, visit: liNainai({ status: connecting(TEN) }), until: TEN };
    start();
    await nextTick();
    call.rest.mockClear();
    desk.value = { is: 'idle', window: seat };
    await nextTick();
    expect(call.rest).toHaveBeenCalled();
  });
});
