import type { LinkState } from '@kit/call';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick, type Ref, ref, shallowRef } from 'vue';
import { hallCard } from '../examples';
import { serving, show } from '../testing';
import CallScreen from './CallScreen.vue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Li nainai in the talk; `share` is what Chen laoshi shows. */
function showCall(seen = serving, share: MediaStream | null = null) {
  const call = {
    camera: shallowRef({ is: 'off' }),
    microphone: ref('live'),
    share: shallowRef({ is: 'off' }),
    link: shallowRef<LinkState>({ is: 'up' }),
    other: shallowRef(null),
    flowing: ref(true),
    sound: ref('playing'),
    levels: shallowRef({ mine: 0, theirs: 0 }),
    pictures: shallowRef({ share, camera: null }),
    ownCamera: shallowRef(null),
    facing: ref('user'),
    askingMicrophone: ref(false),
    support: { call: true, screen: false },
  };
  return show(CallScreen, seen, hallCard(), call);
}

it('while the socket is gone it keeps the time and does not say that both are talking', async () => {
  const { page, visit } = showCall();
  const offline = visit.offline as Ref<boolean>;
  expect(page.find('h1').text()).toBe('正在和 3 号窗口 陈老师 通话');
  offline.value = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(page.find('h1').text(), 'a short gap is nobody’s business').toContain('正在和');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(page.find('h1').text()).toBe('正在接回 3 号窗口 陈老师');
  expect(page.find('[role=timer]').text()).toBe('02:15');
  offline.value = false;
  await nextTick();
  expect(page.find('h1').text()).toContain('正在和');
  page.unmount();
});
