import { expect, it } from 'vitest';
import { bounded } from './usePinch';

const frame = { width: 300, height: 200 };

it.each([
  ['is never smaller than its frame', { scale: 0.4, x: 0, y: 0 }, { scale: 1, x: 0, y: 0 }],
  ['is not dragged out of its frame', { scale: 2, x: 900, y: -900 }, { scale: 2, x: 150, y: -100 }],
  ['has an end', { scale: 9, x: 0, y: 0 }, { scale: 4, x: 0, y: 0 }],
])('the picture %s', (_name, view, kept) => {
  const { scale, x, y } = bounded(view, frame);
  expect({ scale, x: x || 0, y: y || 0 }).toEqual(kept);
});
