// Figures as they are printed: one JSON object a line.
import { readFileSync } from 'node:fs';

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

/** To a tenth. */
export function mean(values: number[]): number {
  return Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10) / 10;
}

export function print(figure: Record<string, unknown>): void {
  process.stdout.write(`\n${JSON.stringify(figure)}\n`);
}

type Jiffies = { busy: number; all: number };

export function machine(): Jiffies {
  const words = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).slice(1, 9).map(Number);
  const all = words.reduce((sum, value) => sum + value, 0);
  return { busy: all - (words[3] ?? 0) - (words[4] ?? 0), all };
}

/** How busy the whole machine was, 0–1, by everyone. */
export function busySince(then: Jiffies): number {
  const now = machine();
  return Math.round(((now.busy - then.busy) / Math.max(1, now.all - then.all)) * 1000) / 1000;
}
