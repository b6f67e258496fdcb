import { expect, it } from 'vitest';
import { phoneTrouble, plainPhone } from './phone';

it.each([
  ['', null],
  ['138 1234 5678', null],
  ['1381234567', '手机号码要 11 位，您填了 10 位，请看一看。'],
  ['0635-8212345', null],
  ['8212345', '手机号码从 1 开始，座机请连区号一起填，请看一看。'],
])('%s', (typed, trouble) => expect(phoneTrouble(typed)).toBe(trouble));

it('drops the spaces of a number', () => expect(plainPhone(' 138 1234 5678 ')).toBe('13812345678'));
