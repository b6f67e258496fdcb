import type { ServedVisit } from '@protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { effectScope, shallowRef } from 'vue';
import { liNainai } from '../testing';
import type { Console } from './useConsole';
import { useVerbs } from './useVerbs';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function atTheDesk() {
  const visit = shallowRef<ServedVisit | null>(liNainai());
  const operate = vi.fn(async () => ({ is: 'done', value: null }));
  const scope = effectScope();
  const verbs = scope.run(() => useVerbs({ visit, operate } as unknown as Console))!;
  return { visit, operate, verbs, leave: () => scope.stop() };
}

it('a question about one talk is no half of a yes to the end of the next', () => {
  const { visit, operate, verbs, leave } = atTheDesk();
  verbs.hangUp();
  expect(verbs.hangUpAsked.value).toBe(true);
  visit.value = liNainai({ id: 'wang_bo' });
  expect(verbs.hangUpAsked.value).toBe(false);
  verbs.hangUp();
  expect(operate).not.toHaveBeenCalled();
  leave();
});

it('news of the same talk leaves the question standing', () => {
  const { visit, operate, verbs, leave } = atTheDesk();
  verbs.hangUp();
  visit.value = liNainai({ online: false });
  verbs.hangUp();
  expect(operate).toHaveBeenCalledTimes(1);
  leave();
});
