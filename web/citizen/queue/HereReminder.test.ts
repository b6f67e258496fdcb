import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import { loadLane } from '../call/useLane';
import { place } from '../examples';
import { calling, show, visitIn } from '../testing';
import QueueScreen from './QueueScreen.vue';

const near = visitIn({ state: 'waiting', place: place(1), here: false });

/** How much of 「我在」 is in sight. */
let look: (ratio: number) => Promise<void>;
let looking = 0;

// As for whoever has waited for a moment.
beforeAll(loadLane);
beforeEach(() =>
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(hear: (seen: { intersectionRatio: number }[]) => void) {
        look = (intersectionRatio) => {
          hear([{ intersectionRatio }]);
          return nextTick();
        };
      }
      observe(thing: Element) {
        expect(thing.textContent?.trim()).toBe('我在');
        looking += 1;
      }
      disconnect() {
        looking -= 1;
      }
    },
  ),
);
afterEach(() => void vi.unstubAllGlobals());

it('leads back to the button when it is asked and out of sight, and says nothing by itself', async () => {
  const { page, press, become, taps } = show(QueueScreen, near);
  expect(looking, 'it is offered, not asked').toBe(0);
  await become(calling);
  await nextTick();
  await look(1);
  expect(page.text()).not.toContain('去点「我在」');
  await look(0.5);
  const here = page.findAll('button').find((button) => button.text() === '我在')?.element;
  if (!here) throw new Error('it is asked');
  here.scrollIntoView = vi.fn();
  await press('快到您了，去点「我在」');
  expect(here.scrollIntoView).toHaveBeenCalledOnce();
  expect(document.activeElement).toBe(here);
  expect(taps).not.toContain('here');
  await look(1);
  expect(page.text()).not.toContain('去点「我在」');
  await become(near);
  expect(looking).toBe(0);
  page.unmount();
});
