// The moment of a kill: in the middle of what people do, by their acts and not by the clock of a busy machine.
import type { Chance } from './chance';

/** Acts before a kill, and how long after the last of them it comes: before it is sent, while it is stored, when it is answered. */
const ACTS = [4, 24] as const;
const BLINK_MS = [0, 25] as const;

export class Moment {
  private acts = 0;
  private readonly last: number;
  private readonly blinkMs: number;
  private readonly waiting: { act: number; go: () => void }[] = [];
  private strike: () => void = () => undefined;
  /** It has come: whoever acts begins nothing more. */
  over = false;
  readonly come = new Promise<void>((done) => (this.strike = done));

  constructor(chance: Chance) {
    this.last = chance.between(...ACTS);
    this.blinkMs = chance.between(...BLINK_MS);
  }

  /** One of the acts before it, drawn. */
  drawAct(chance: Chance): number {
    return chance.between(1, this.last);
  }

  /** Somebody begins the act of this number, or the moment has come. */
  at(act: number): Promise<void> {
    return new Promise((go) => this.waiting.push({ act, go }));
  }

  /** Somebody acts now. */
  act(): void {
    this.acts += 1;
    for (const { act, go } of this.waiting) if (act <= this.acts) go();
    if (this.acts === this.last) setTimeout(() => this.end(), this.blinkMs);
  }

  private end(): void {
    this.over = true;
    for (const { go } of this.waiting) go();
    this.strike();
  }
}
