// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import refusals from './zh-CN/refusals.json';
import staffRefusals from './zh-CN/staff-refusals.json';

const core = readFileSync(new URL('../../server/core/src/refusal.rs', import.meta.url), 'utf8');
const codes = [...core.matchAll(/= "([a-z_]+)",/g)].map(([, code]) => code ?? '');

/** No number is taken yet, everything is done already, or who meets it is no citizen but signs in. */
const NOTHING_TO_LOSE = new Set([
  ...['hall_closed', 'last_intake', 'hall_unknown', 'hall_full', 'no_window_open', 'notice_outdated', 'item_unknown'],
  ...['visit_closed', 'already_rated', 'not_served', 'foreign_origin'],
  ...['sign_in_wrong', 'sign_in_locked', 'password_must_change', 'password_weak'],
]);

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

  it.each([...Object.entries(refusals), ...Object.entries(staffRefusals)])(
    '%s says what to do next, or what happens by itself',
    (_code, sentence) => expect(sentence).toMatch(/请|可以|不用|会|正在重新接/),
  );

  it.each(Object.entries(refusals).filter(([code]) => !NOTHING_TO_LOSE.has(code)))(
    '%s says what is kept',
    (_code, sentence) => expect(sentence).toMatch(/[还都]在|自动回来|没有丢/),
  );
});
