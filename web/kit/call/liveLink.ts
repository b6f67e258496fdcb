import { cold, type LinkAct, type LinkEvent, type LinkState, type Path, stepLink } from './link';

export type LinkOptions = {
  path: () => Path;
  act: Record<LinkAct, () => void>;
  onLink: (link: LinkState) => void;
};

/** Lives the link: does what its steps ask for, and keeps the one timer. */
export function createLink({ path, act, onLink }: LinkOptions) {
  let link: LinkState = cold;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function become(next: LinkState): void {
    link = next;
    onLink(next);
  }

  function step(event: LinkEvent): void {
    const next = stepLink(link, event, path());
    if (!next) return;
    const { later } = next;
    clearTimeout(timer);
    if (next.act) act[next.act]();
    if (later) timer = setTimeout(() => step(later.event), later.ms);
    if (next.link !== link) become(next.link);
  }

  return {
    step,
    /** Forgets everything, the failures too. */
    reset(): void {
      clearTimeout(timer);
      become(cold);
    },
  };
}
