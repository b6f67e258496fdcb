import type { LinkState } from '@kit/call';
import type { Microphone, SeatMedia, ServedVisit, VisitStatus } from '@protocol';
import { mount } from '@vue/test-utils';
import { beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick, ref, shallowRef } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { dropped, held, liNainai, serving, TEN } from '../testing';
import CallNotes from './CallNotes.vue';

const flowing = ref(true);
const link = shallowRef<LinkState>({ is: 'up' });
const camera = shallowRef({ is: 'off' });
const share = shallowRef({ is: 'on' });
const well: SeatMedia = { microphone: 'live', camera: false, share: false, receiving: true };
const other = shallowRef<SeatMedia | null>(well);
const connected = ref(true);

/** While the microphone is muted and a screen is shared; the other side was last heard to be well. */
function notes(status: VisitStatus, changes: Partial<ServedVisit> = {}) {
  const call = {
    askingMicrophone: ref(false),
    camera,
    flowing,
    link,
    microphone: ref('muted'),
    other,
    share,
  };
  const verbs = { phone: ref(null) } as unknown as Verbs;
  return mount(
    defineComponent({
      setup() {
        provideConsole({ call, connected, now: ref(TEN) } as unknown as Console);
        return () => h(CallNotes, { visit: liNainai({ status, ...changes }), verbs, quality: 'good' });
      },
    }),
  );
}

function notesWhile(status: VisitStatus, changes?: Partial<ServedVisit>): string {
  const page = notes(status, changes);
  const text = page.text();
  page.unmount();
  return text;
}

beforeEach(() => {
  connected.value = true;
  flowing.value = true;
  link.value = { is: 'up' };
  other.value = well;
  share.value = { is: 'on' };
  camera.value = { is: 'off' };
});
const moving: VisitStatus = {
  state: 'transferring',
  to: { window: '2号窗口', name: '赵老师', badge: '0032', hall: '新区街道便民服务中心' },
};

it('in the talk it says who cannot hear, and who sees the screen', () => {
  expect(notesWhile(serving())).toContain('您静音了，市民听不到您。');
  expect(notesWhile(serving())).toContain('市民正在看您共享的屏幕。');
});

it.each([
  ['moved', moving],
  ['on hold', held(TEN)],
])('while the talk is %s nobody has muted anything, and nobody sees the screen', (_name, status) => {
  expect(notesWhile(status)).not.toContain('您静音了');
  expect(notesWhile(status)).not.toContain('市民正在看');
  expect(notesWhile(status)).toContain('现在市民看不到');
});

it('says what the other side told last only as long as it can tell', () => {
  expect(notesWhile(serving())).toContain('市民听得到您');
  expect(notesWhile(dropped(TEN + 60_000))).not.toContain('市民听得到您');
  expect(notesWhile(serving(), { online: false })).not.toContain('市民听得到您');
  link.value = { is: 'shaky', sinceMs: 0 };
  expect(notesWhile(serving())).not.toContain('市民听得到您');
});

it('says that a shared screen stands in the place of the face', () => {
  camera.value = { is: 'on' };
  expect(notesWhile(serving())).toContain('市民正在看您共享的屏幕，这时看不到您的画面。');
});

it('while the socket is gone it claims nothing of the citizen, and warns of what may still be seen', () => {
  connected.value = false;
  const words = notesWhile(serving());
  expect(words).not.toContain('网络 良好');
  expect(words).not.toContain('市民听得到您');
  expect(words).not.toContain('市民的麦克风');
  expect(words).not.toContain('市民正在看');
  expect(words).toContain('市民听不听得到，接回以后再看。');
  expect(words).toContain('您还在共享，市民看不看得到，接回以后才知道。密码、别人的资料先别打开。');
});

it('says that the voice is gone, and what to do meanwhile, as long as it is', async () => {
  vi.useFakeTimers();
  const page = notes(serving());
  flowing.value = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(page.text()).toContain('暂时听不到市民，正在重新接。可以先打字，或点「打电话」。');
  expect(page.text()).not.toContain('市民听得到您');
  flowing.value = true;
  await vi.advanceTimersByTimeAsync(0);
  expect(page.text()).not.toContain('暂时听不到市民');
  page.unmount();
  vi.useRealTimers();
});

it.each<[Microphone, string]>([
  ['refused', '市民的手机没让用麦克风，他听得到您。'],
  ['missing', '市民那边没有麦克风，他听得到您。'],
  ['blocked', '市民的浏览器用不了麦克风，他听得到您。'],
  ['busy', '市民的麦克风被占用（可能来了电话）。'],
  ['unasked', '市民还没开麦克风'],
])('says why a citizen is silent whose microphone is %s, and misses no voice', async (microphone, sentence) => {
  vi.useFakeTimers();
  other.value = { ...well, microphone };
  flowing.value = false;
  const page = notes(serving());
  await vi.advanceTimersByTimeAsync(2_000);
  expect(page.text().split(sentence), 'said once').toHaveLength(2);
  expect(page.text()).not.toContain('暂时听不到市民');
  page.unmount();
  vi.useRealTimers();
});

it('says after a refresh what it showed before and shows no more, until it is shown again or read', async () => {
  share.value = { is: 'off' };
  const shares = [
    { from: 'staff', kind: 'screen' },
    { from: 'staff', kind: 'camera' },
    { from: 'citizen', kind: 'screen' },
  ] as const;
  const page = notes(serving(), { shares: [...shares] });
  expect(page.text()).toContain('这个页面刷新过，共享停了，通话还在。');
  expect(page.text()).toContain('这个页面刷新过，视频停了，通话还在。');
  share.value = { is: 'on' };
  await nextTick();
  expect(page.text()).not.toContain('共享停了');
  share.value = { is: 'off' };
  await nextTick();
  expect(page.text()).not.toContain('共享停了');
  expect(page.text()).toContain('视频停了');
  const read = page.findAll('button').find((each) => each.text() === '知道了');
  await read?.trigger('click');
  expect(page.text()).not.toContain('视频停了');
  page.unmount();
});

it.each([
  [false, '正在接通声音'],
  [true, '声音接不上，还在试。可以先用文字，或点「打电话」。'],
])('says that the line does not come about only when it takes too long: %s', (tooLong, sentence) => {
  link.value = { is: 'building', spentMs: 15_000, begunMs: 0, tooLong };
  expect(notesWhile(serving())).toContain(sentence);
});

it('says which picture gave way to the voice, until it is asked for again', async () => {
  camera.value = { is: 'cut' };
  share.value = { is: 'cut' };
  const page = notes(serving());
  expect(page.text()).toContain('视频先关了，只接声音。');
  expect(page.text()).toContain('共享先停了，只接声音。');
  camera.value = { is: 'on' };
  await nextTick();
  expect(page.text()).not.toContain('视频先关了');
  expect(page.text()).toContain('共享先停了');
  page.unmount();
});

it('says nothing of what the citizen shows, or is shown still', () => {
  expect(notesWhile(serving(), { shares: [{ from: 'staff', kind: 'screen' }] })).not.toContain('刷新过');
  expect(notesWhile(serving(), { shares: [{ from: 'citizen', kind: 'camera' }] })).not.toContain('刷新过');
});
