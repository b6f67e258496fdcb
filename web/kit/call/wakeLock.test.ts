import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWakeLock } from './wakeLock';

let seen: DocumentVisibilityState = 'visible';
const locks: ReturnType<typeof createWakeLock>[] = [];
/** What nobody caught. */
const failed = vi.fn();
beforeEach(() => void process.on('unhandledRejection', failed));
afterEach(() => {
  process.off('unhandledRejection', failed);
  for (const lock of locks.splice(0)) lock.release();
  failed.mockClear();
  seen = 'visible';
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

async function turn(to: DocumentVisibilityState): Promise<void> {
  seen = to;
  document.dispatchEvent(new Event('visibilitychange'));
  await settled();
}

/** A talk on a phone whose browser answers what is asked with `answer`, or knows no such thing. */
function phone(answer?: () => Promise<object>) {
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => seen);
  const request = vi.fn(answer);
  const wakeLock = answer && ({ request } as unknown as WakeLock);
  const screen = createWakeLock({ environment: { wakeLock, page: window } });
  locks.push(screen);
  return { screen, request };
}

const lit = () => ({ release: vi.fn(() => Promise.resolve()) });

it('is asked for when the talk begins, once, and let go of at its end', async () => {
  const taken = lit();
  const { screen, request } = phone(() => Promise.resolve(taken));
  expect(request).not.toHaveBeenCalled();
  screen.hold();
  screen.hold();
  await settled();
  expect(request.mock.calls).toEqual([['screen']]);
  expect(taken.release).not.toHaveBeenCalled();
  screen.release();
  expect(taken.release).toHaveBeenCalledOnce();
});

it('is asked for again when the page is seen again, until the talk ends', async () => {
  const taken = [lit(), lit()];
  const { screen, request } = phone(() => Promise.resolve(taken[request.mock.calls.length - 1]!));
  screen.hold();
  await settled();
  await turn('hidden');
  expect(request).toHaveBeenCalledTimes(1);
  await turn('visible');
  expect(request).toHaveBeenCalledTimes(2);
  screen.release();
  expect(taken[1]!.release).toHaveBeenCalledOnce();
  await turn('hidden');
  await turn('visible');
  expect(request, 'no talk, no light').toHaveBeenCalledTimes(2);
});

it('of a talk that begins while the page is hidden is asked for once it is seen', async () => {
  const { screen, request } = phone(() => Promise.resolve(lit()));
  seen = 'hidden';
  screen.hold();
  await settled();
  expect(request).not.toHaveBeenCalled();
  await turn('visible');
  expect(request).toHaveBeenCalledOnce();
});

it('that comes after the end is let go of at once', async () => {
  const taken = lit();
  let come: (lock: object) => void = () => undefined;
  const { screen } = phone(() => new Promise((resolve) => (come = resolve)));
  screen.hold();
  screen.release();
  come(taken);
  await settled();
  expect(taken.release).toHaveBeenCalledOnce();
});

it('asked for twice, by a talk and the next, is let go of at the end of that', async () => {
  const taken = [lit(), lit()];
  const come: ((lock: object) => void)[] = [];
  const { screen } = phone(() => new Promise((resolve) => come.push(resolve)));
  screen.hold();
  screen.release();
  screen.hold();
  for (const [nth, answer] of come.entries()) answer(taken[nth]!);
  await settled();
  screen.release();
  await settled();
  for (const one of taken) expect(one.release).toHaveBeenCalledOnce();
});

it('changes nothing where the browser has none', async () => {
  const { screen } = phone();
  screen.hold();
  await turn('hidden');
  await turn('visible');
  expect(() => screen.release()).not.toThrow();
  expect(failed).not.toHaveBeenCalled();
});

it('that is refused, or not given back, stops nothing, and is asked for again', async () => {
  const stuck = { release: vi.fn(() => Promise.reject(new Error('gone'))) };
  const answers = [
    () => Promise.reject(new DOMException('low battery', 'NotAllowedError')),
    () => Promise.resolve(stuck),
  ];
  const { screen, request } = phone(() => answers[request.mock.calls.length - 1]!());
  screen.hold();
  await settled();
  await turn('hidden');
  await turn('visible');
  expect(request).toHaveBeenCalledTimes(2);
  screen.release();
  await settled();
  expect(stuck.release).toHaveBeenCalledOnce();
  expect(failed).not.toHaveBeenCalled();
});
