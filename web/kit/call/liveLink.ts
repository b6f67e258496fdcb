import { cold, type LinkAct, type LinkEvent, type LinkFacts, type LinkState, stepLink } from './link';

export type LinkOptions = {
  facts: () => LinkFacts;
  act: Record<LinkAct, () => void>;
  onLink: (link: LinkState) => void;
};

/** Lives the link: does what its steps ask for, and keeps the one timer. */
export function createLink({ facts, act, onLink }: LinkOptions) {
  let link: LinkState = cold;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function become(next: LinkState): void {
    link = next;
    onLink(next);
  }

  function step(event: LinkEvent): void {
    const next = stepLink(link, event, facts());
    if (!next) return;
    const { acts = [], later } = next;
    clearTimeout(timer);
    for (const name of acts) act[name]();
    if (later) timer = setTimeout(() => step(later.event), later.ms);
    if (next.link !== link) become(next.link);
  }

  return {
    step,
    /** Forgets everything, the time spent too. */
    reset(): void {
      clearTimeout(timer);
      become(cold);
    },
  };
}
