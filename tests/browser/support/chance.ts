// Chance that can be repeated.

const WORD = (1n << 64n) - 1n;

/** SplitMix64 (Steele, Lea, Flood 2014), as in the stories of the server: the same seed gives the same draws. */
export class Chance {
  private state: bigint;

  constructor(readonly seed: number) {
    this.state = BigInt(seed);
  }

  /** From `low` to `high`, both possible; whole numbers. */
  between(low: number, high: number): number {
    this.state = (this.state + 0x9e3779b97f4a7c15n) & WORD;
    let mixed = this.state;
    mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & WORD;
    mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & WORD;
    return low + Number((mixed ^ (mixed >> 31n)) % BigInt(high - low + 1));
  }
}
