import { afterEach, expect, it, vi } from 'vitest';
import { flushPromises } from '@vue/test-utils';
import { announcements } from '@kit/components/YAnnouncer/announce';
import { served, show, visitIn } from '../testing';
import { monday } from '../examples';
import DoneScreen from './DoneScreen.vue';

afterEach(() => void vi.unstubAllGlobals());

it('hands the slip on as the phone does', async () => {
  const share = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { share });
  const { page, press } = show(DoneScreen, served);
  await press('发给家人');
  expect(page.text()).not.toContain('复制文字');
  page.unmount();
  expect(share).toHaveBeenCalledOnce();
});

it('copies its words where the phone hands nothing on', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  const { page, press } = show(DoneScreen, served);
  expect(page.text()).not.toContain('发给家人');
  const region = page.get(':not(header) > [role=status]').element;
  await press('复制文字');
  await flushPromises();
  // Read out once as it comes, and once there for whoever reads the page.
  expect(region.textContent).toContain('复制好了，可以发给家人。');
  expect(announcements.polite).not.toContain('复制好了');
  page.unmount();
  expect(writeText).toHaveBeenCalledWith(expect.stringMatching(/新区街道便民服务中心[^]*居住证申领[^]*查询号 40 27/));
});

it('shows them where copying is forbidden', async () => {
  vi.stubGlobal('navigator', {});
  const { page, press } = show(DoneScreen, served);
  await press('复制文字');
  await flushPromises();
  expect(page.get('textarea').element.value).toContain('查询号 40 27');
  page.unmount();
});

it('comes first, and is brought back into sight when it is written, unless somebody rates just now', async () => {
  const before = visitIn({ state: 'closed', outcome: 'served', at: monday }, { may_rate: true });
  for (const [rating, brought] of [
    [false, 1],
    [true, 0],
  ] as const) {
    const { page, become } = show(DoneScreen, before);
    const [slip, card] = page.findAll('.card').map(({ element }) => element);
    expect(slip?.textContent).toContain('查询号');
    if (!slip) throw new Error('the slip is there');
    slip.getBoundingClientRect = () => new DOMRect(0, -300, 390, 200);
    slip.scrollIntoView = vi.fn();
    if (rating) card?.querySelector('button')?.focus();
    await become(served);
    expect(slip.scrollIntoView).toHaveBeenCalledTimes(brought);
    page.unmount();
  }
});

it('shows its picture where it can be pressed', async () => {
  vi.stubGlobal('navigator', {});
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue({
    measureText: () => ({ width: 1 }),
    fillRect: () => undefined,
    fillText: () => undefined,
  } as unknown as CanvasRenderingContext2D as never);
  vi.spyOn(HTMLCanvasElement.prototype, 'toBlob').mockImplementation((done) => done(new Blob()));
  const { page, press } = show(DoneScreen, served);
  await press('存到手机');
  await flushPromises();
  const picture = page.get('img');
  const block = picture.element.parentElement;
  if (!block) throw new Error('it stands somewhere');
  block.scrollIntoView = vi.fn();
  await picture.trigger('load');
  expect(block.textContent).toContain('长按图片');
  expect(block.scrollIntoView).toHaveBeenCalledOnce();
  page.unmount();
});
