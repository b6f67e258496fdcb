import { expect, it } from 'vitest';
import { fitted } from './photo';

it.each([
  [4000, 3000, { width: 1600, height: 1200 }],
  [900, 1600, { width: 900, height: 1600 }],
  [20_000, 3, { width: 1600, height: 1 }],
])('%i × %i', (width, height, size) => expect(fitted(width, height)).toEqual(size));
