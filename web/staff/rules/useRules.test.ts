import type { ChangeRule, RulesPage } from '@protocol';
import { beforeEach, expect, it, vi } from 'vitest';
import { effectScope } from 'vue';
import { ring } from './testing';
import { useRules } from './useRules';

const asked: ChangeRule[] = [];
let stored = 20_000;
let gone = false;
let answer: () => Promise<Response>;
const rules = () => effectScope().run(() => useRules())!;
const problem = (status: number, code: string, retry_ms: number | null = null) =>
  new Response(JSON.stringify({ code, request: '1', retry_ms }), { status });

beforeEach(() => {
  asked.length = 0;
  stored = 20_000;
  gone = false;
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    if (init.method === 'GET') {
      if (gone) return Promise.resolve(problem(503, 'store_unavailable'));
      const page: RulesPage = { rules: [ring(stored)], changes: [], yesterday: { waited: 0, held_percent: null } };
      return Promise.resolve(new Response(JSON.stringify(page)));
    }
    asked.push(JSON.parse(init.body as string) as ChangeRule);
    return answer();
  });
});

it('says what it saw and shows what is stored then', async () => {
  answer = () => {
    stored = 10_000;
    return Promise.resolve(new Response(null, { status: 204 }));
  };
  const { load, change, page } = rules();
  await load();
  expect(await change(ring(20_000), 10_000)).toEqual({ is: 'done' });
  expect(asked[0]).toMatchObject({ rule: 'timers.ring_ms', seen: 20_000, value: 10_000 });
  expect(page.value?.rules[0]?.value).toBe(10_000);
});

it('shows what is stored also where the list cannot be loaded again', async () => {
  const { load, change, page, trouble } = rules();
  await load();
  answer = () => {
    gone = true;
    return Promise.resolve(new Response(null, { status: 204 }));
  };
  expect(await change(ring(20_000), 10_000)).toEqual({ is: 'done' });
  expect(trouble.value).not.toBeNull();
  expect(page.value?.rules[0]?.value).toBe(10_000);
});

it('repeats a wish of unknown result under its own key, and another one under another', async () => {
  answer = () => Promise.resolve(problem(503, 'store_unavailable'));
  const { change } = rules();
  expect((await change(ring(20_000), 10_000)).is).toBe('failed');
  answer = () => Promise.reject(new Error('no network'));
  expect((await change(ring(20_000), 10_000)).is).toBe('unheard');
  await change(ring(20_000), 15_000);
  expect(asked[1]?.key).toBe(asked[0]?.key);
  expect(asked[2]?.key).not.toBe(asked[0]?.key);
});

it('shows the value of whoever was first', async () => {
  const { load, change, page } = rules();
  await load();
  stored = 30_000;
  answer = () => Promise.resolve(problem(409, 'rule_changed'));
  expect(await change(ring(20_000), 10_000)).toEqual({ is: 'refused', code: 'rule_changed' });
  expect(page.value?.rules[0]?.value).toBe(30_000);
});

it('says a wish again by itself when the server must read first what the command line has set, and shows that', async () => {
  vi.useFakeTimers();
  const answers = [problem(503, 'store_unavailable', 2_000), problem(409, 'rule_changed')];
  answer = () => {
    stored = 30_000;
    return Promise.resolve(answers.shift()!);
  };
  const { load, change, page } = rules();
  await load();
  const wish = change(ring(20_000), 10_000);
  await vi.advanceTimersByTimeAsync(1_999);
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await wish).toEqual({ is: 'refused', code: 'rule_changed' });
  expect(asked[1]?.key).toBe(asked[0]?.key);
  expect(page.value?.rules[0]?.value).toBe(30_000);
  vi.useRealTimers();
});
