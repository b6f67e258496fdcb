// @vitest-environment node
import { expect, it } from 'vitest';
import { callsOldChromeTakesWrongly } from './oldChrome';

it.each([
  'list?.push(...some, last)',
  'a?.b.c(...some, last)',
  'call?.(...some, ...more)',
  'a?.b(...some, 1).then(done)',
  'function f() { return a?.(() => b?.c(...d, e)) }',
])('%s is found', (code) => {
  expect(callsOldChromeTakesWrongly(code)).toHaveLength(1);
});

it.each([
  'list.push(...some, last)',
  'list?.push(first, ...some)',
  'list?.push([...some, last])',
  'a?.b(c(...some, 1))',
])('%s is no trouble', (code) => {
  expect(callsOldChromeTakesWrongly(code)).toEqual([]);
});
