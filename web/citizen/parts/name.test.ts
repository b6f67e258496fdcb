import { expect, it } from 'vitest';
import { nameTrouble } from './name';

it.each([
  ['', null],
  ['李奶奶', null],
  ['李'.repeat(20), null],
  [` ${'李'.repeat(20)} `, null],
  ['李'.repeat(21), '称呼最多 20 个字，您填了 21 个，请写短一点。'],
  // Rare characters, two units of UTF-16 each.
  ['𠮷'.repeat(20), null],
  ['𠮷'.repeat(25), '称呼最多 20 个字，您填了 25 个，请写短一点。'],
])('%s', (typed, trouble) => expect(nameTrouble(typed)).toBe(trouble));
