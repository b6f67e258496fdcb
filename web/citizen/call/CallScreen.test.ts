import type { LinkState } from '@kit/call';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick, type Ref, ref, type ShallowRef, shallowRef } from 'vue';
import { hallCard, monday } from '../examples';
import { serving, show, staff, visitIn } from '../testing';
import CallScreen from './CallScreen.vue';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  // What was read of a chat is kept in the tab.
  sessionStorage.clear();
});

/** Li nainai in the talk; `share` is what Chen laoshi shows, `flowing` whether his voice arrives. */
function showCall(seen = serving, share: MediaStream | null = null, flowing = ref(true)) {
  const call = {
    camera: shallowRef({ is: 'off' }),
    microphone: ref('live'),
    share: shallowRef({ is: 'off' }),
    link: shallowRef<LinkState>({ is: 'up' }),
    other: shallowRef(null),
    flowing,
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

it('while the socket and the voice are gone it keeps the time and does not say that both are talking', async () => {
  const { page, visit } = showCall(serving, null, ref(false));
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

it('whom one hears is not being fetched back, though the socket is gone', async () => {
  const flowing = ref(true);
  const { page, visit } = showCall(serving, null, flowing);
  (visit.offline as Ref<boolean>).value = true;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(page.find('h1').text()).toBe('正在和 3 号窗口 陈老师 通话');
  flowing.value = false;
  await nextTick();
  expect(page.find('h1').text()).toBe('正在接回 3 号窗口 陈老师');
  page.unmount();
});

const lineOf = (number: number) =>
  ({ number, from: 'staff', body: { is: 'text', text: '带好身份证' }, at: 0 }) as const;

/** Where everything but the foot ends; the foot begins at 500. */
function place(bottom: () => number) {
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    const isFoot = this.classList.contains('screen__foot');
    return { top: isFoot ? 500 : bottom() - 40, bottom: isFoot ? 700 : bottom() } as DOMRect;
  });
}

/** Chen laoshi writes a line that ends at `bottom`; the page then. */
async function writing(id: string, bottom: () => number) {
  const shown = showCall({ ...serving, id });
  place(bottom);
  (shown.visit.state as ShallowRef).value = { ...shown.visit.state.value, lines: [lineOf(1)] };
  await nextTick();
  await nextTick();
  await nextTick();
  return shown.page;
}

async function written(id: string, bottom: number) {
  const page = await writing(id, () => bottom);
  const text = page.text();
  page.unmount();
  vi.restoreAllMocks();
  return text;
}

it('a line that the list of lines scrolls into sight is seen', async () => {
  let bottom = 900;
  const page = await writing('v1', () => bottom);
  expect(page.text()).toContain('陈老师写了字，点这里看');
  bottom = 300;
  page.find('.chat__lines').element.dispatchEvent(new Event('scroll'));
  await nextTick();
  expect(page.text()).not.toContain('点这里看');
  page.unmount();
});

it('what was on screen before a reload is not called unseen after it', async () => {
  expect(await written('v1', 900)).toContain('陈老师写了字，点这里看');
  expect(await written('v1', 300)).not.toContain('点这里看');
  expect(await written('v1', 900), 'read before the reload').not.toContain('点这里看');
  expect(await written('v2', 900), 'of another visit').toContain('点这里看');
});

it('says what a reload stopped before the page that is shared, which would push it out of sight', () => {
  const shares = [{ from: 'citizen', kind: 'camera' }] as const;
  const { page } = showCall({ ...serving, shares: [...shares] }, {} as MediaStream);
  const words = page.text();
  expect(words).toContain('这个页面重新打开过，画面关了');
  expect(words.indexOf('这个页面重新打开过')).toBeLessThan(words.indexOf('陈老师给您看的页面'));
  page.unmount();
});

it('what is shown comes into sight with the buttons below it', async () => {
  const into = vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(() => undefined);
  const { page } = showCall(serving, new MediaStream());
  await nextTick();
  expect(into.mock.contexts).toEqual([page.find('.stage').element]);
  expect(into).toHaveBeenCalledWith({ block: 'start' });
  page.unmount();
});

it('whoever writes sees the button that sends above the foot', async () => {
  const { page, press } = showCall();
  const scroll = vi.spyOn(window, 'scrollBy').mockImplementation(() => undefined);
  vi.spyOn(Element.prototype, 'getBoundingClientRect').mockImplementation(function (this: Element) {
    const isFoot = this.classList.contains('screen__foot');
    return { top: isFoot ? 500 : 400, bottom: isFoot ? 700 : 560 } as DOMRect;
  });
  await press('打字');
  await nextTick();
  expect(document.activeElement).toBe(page.find('textarea').element);
  expect(scroll).toHaveBeenCalledWith(0, 72);
  vi.restoreAllMocks();
  page.unmount();
});

it('says what comes and goes of the network where the name of the hall stood, and the worst of it alone', async () => {
  const { page, visit, become } = showCall(serving, null, ref(true));
  const bar = () => page.get('header [role=status]').text();
  expect(bar()).toBe('');
  (visit.offline as Ref<boolean>).value = true;
  await vi.advanceTimersByTimeAsync(2_000);
  const lost = '网络不太好，正在重新接。号和资料都在，不用重来。';
  expect(bar()).toBe(lost);
  await become(visitIn({ state: 'dropped', staff, until: monday }));
  expect(page.text().split(lost), 'once').toHaveLength(2);
  (visit.offline as Ref<boolean>).value = false;
  await nextTick();
  expect(bar(), 'the other side is gone still').toBe(lost);
  await become(serving);
  expect(bar()).toBe('');
  page.unmount();
});
