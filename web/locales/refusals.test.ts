// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import refusals from './zh-CN/refusals.json';
import staffRefusals from './zh-CN/staff-refusals.json';

const core = readFileSync(new URL('../../server/core/src/refusal.rs', import.meta.url), 'utf8');
const codes = [...core.matchAll(/= "([a-z_]+)",/g)].map(([, code]) => code ?? '');

describe('every refusal of the house', () => {
  it('is read from the core', () => {
    expect(codes.length).toBeGreaterThan(30);
  });

  it.each(codes)('%s has a sentence', (code) => {
    expect(refusals).toHaveProperty(code);
  });

  it('speaks to the window only about what the citizen hears too', () => {
    expect(Object.keys(staffRefusals).filter((code) => !(code in refusals))).toEqual([]);
  });

  it.each([...Object.entries(refusals), ...Object.entries(staffRefusals)])(
    '%s says what happened in whole, everyday sentences',
    (_code, sentence) => {
      expect(sentence).toMatch(/。$/);
      expect(sentence).not.toMatch(/系统异常|非法|失败|错误码|[a-z]_[a-z]/);
    },
  );
});
