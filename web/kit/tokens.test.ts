import { describe, expect, it } from 'vitest';
import css from './tokens.css?raw';

const light = css.slice(0, css.indexOf("[data-scheme='dark']"));

function colour(name: string): [number, number, number] {
  const hex = new RegExp(`--${name}: #([0-9a-f]{6})`).exec(light)?.[1];
  if (!hex) throw new Error(`no colour ${name}`);
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)) as [number, number, number];
}

/** WCAG 2, relative luminance. */
function luminance(rgb: [number, number, number]): number {
  const [red, green, blue] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(front: string, back: string): number {
  const [a, b] = [luminance(colour(front)), luminance(colour(back))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

describe('colours', () => {
  it.each([
    ['ink', 'paper'],
    ['ink', 'white'],
    ['ink', 'blue-paper'],
    ['ink', 'green-paper'],
    ['ink', 'red-paper'],
    ['quiet', 'white'],
    ['quiet', 'paper'],
    ['blue', 'white'],
    ['blue', 'paper'],
    ['blue-deep', 'blue-paper'],
    ['white', 'red'],
    ['red', 'red-paper'],
    ['red', 'paper'],
    ['green', 'white'],
    ['amber', 'amber-paper'],
  ])('%s on %s can be read', (front, back) => expect(contrast(front, back)).toBeGreaterThanOrEqual(4.5));

  it('a field has a border that can be seen', () => expect(contrast('border', 'white')).toBeGreaterThanOrEqual(3));
});

describe('sizes', () => {
  const view = (name: string) => css.slice(css.indexOf(`[data-view='${name}']`)).split('}')[0] ?? '';
  const rem = (block: string, name: string) => Number(new RegExp(`--${name}: ([\\d.]+)rem`).exec(block)?.[1]);
  const elderPx = (name: string) => Math.round(rem(view('elder'), name) * 16 * 1.33334);

  it('are 18, 22, 28 px with buttons of 56 px', () =>
    expect(['type-body', 'type-large', 'type-title', 'touch'].map((name) => rem(css, name) * 16)).toEqual([
      18, 22, 28, 56,
    ]));

  it('are 24, 30, 40 px with buttons of 64 px in the elder view', () => {
    expect(Math.round(rem(css, 'type-body') * 16 * 1.33334)).toBe(24);
    expect(['type-large', 'type-title', 'touch'].map(elderPx)).toEqual([30, 40, 64]);
  });
});
