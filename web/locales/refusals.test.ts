// @vitest-environment node
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import chat from './zh-CN/chat.json';
import refusals from './zh-CN/refusals.json';
import staffChat from './zh-CN/staff-chat.json';
import staffRefusals from './zh-CN/staff-refusals.json';

const core = readFileSync(new URL('../../server/core/src/refusal.rs', import.meta.url), 'utf8');
const codes = [...core.matchAll(/= "([a-z_]+)",/g)].map(([, code]) => code ?? '');

/** What a citizen can be told while there is a number, a talk or something written. */
const OF_CITIZENS = [
  ...[
    'too_many',
    'chat_too_fast',
    'too_many_lines',
    'visit_unknown',
    'not_now',
    'used_up',
    'replaced',
    'not_allowed',
    'network_blocked',
    'too_early',
  ],
  ...['handed_over', 'code_wrong', 'own_visit', 'referral_over', 'booked_here'],
  ...[
    'bad_key',
    'bad_name',
    'bad_phone',
    'phone_taken',
    'bad_text',
    'bad_message',
    'bad_description',
    'bad_picture',
    'bad_ticket',
  ],
  ...['too_large', 'too_many_pictures', 'pictures_paused', 'no_room_for_pictures', 'no_phone', 'page_outdated'],
  ...['store_unavailable', 'disk_full', 'busy', 'relay_unavailable', 'no_answer', 'too_many_operations', 'network'],
  'other',
];

/** No number is taken yet, or everything is done already. */
const NOTHING_TO_LOSE = [
  ...['hall_closed', 'queue_closed', 'hall_suspended', 'last_intake', 'hall_unknown', 'hall_full', 'notice_outdated'],
  ...['item_unknown'],
  ...['visit_closed', 'already_rated', 'not_served', 'foreign_origin'],
];

/** The number itself is gone, which must not be comforted away. */
const NUMBER_GONE = ['token_reused'];

/** What only staff do, and only their page says: the citizen's, which comes over slow networks, does not carry it. */
const OF_STAFF = [
  ...['window_unknown', 'window_taken', 'no_window', 'window_busy', 'ring_over', 'nobody_waiting', 'pick_too_far'],
  ...[
    'target_busy',
    'transfers_used_up',
    'recalls_used_up',
    'no_supervisor',
    'for_supervisor',
    'queue_unknown',
    'reason_missing',
    'record_missing',
    'passed_on',
    'bad_moment',
  ],
  ...['rule_unknown', 'rule_out_of_range', 'rule_contradicts', 'rule_changed'],
  ...[
    'hours_backwards',
    'hours_overlap',
    'hours_missing',
    'hours_too_many',
    'hours_changed',
    'day_unknown',
    'day_twice',
  ],
  ...['no_slot', 'slot_full', 'booking_barred'],
  ...['sign_in_wrong', 'sign_in_locked', 'signed_out', 'password_must_change', 'password_weak'],
];

describe('every refusal of the house', () => {
  it('is read from the core', () => {
    expect(codes.length).toBeGreaterThan(30);
  });

  it.each(codes)('%s has a sentence', (code) => {
    expect(OF_STAFF.includes(code) ? staffRefusals : refusals).toHaveProperty(code);
  });

  it('of staff alone is told to staff alone', () => {
    expect(
      Object.keys(staffRefusals)
        .filter((code) => !(code in refusals))
        .sort(),
    ).toEqual(OF_STAFF.sort());
  });

  it('says of a line that came too fast that it is kept, and which button sends it again', () => {
    expect(refusals.chat_too_fast).toContain(`再点「${chat.again}」`);
    expect(staffRefusals.chat_too_fast).toContain(`再点「${staffChat.again}」`);
    for (const { chat_too_fast: words } of [refusals, staffRefusals]) expect(words).toContain('内容还在');
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
    (_code, sentence) => expect(sentence).toMatch(/请|可以|不用|正在重新接/),
  );

  it('says of what is too large what to do with words, a picture or a call: which it was, nobody knows', () => {
    for (const word of ['分成几段', '图片', '通话']) expect(refusals.too_large).toContain(word);
  });

  it('told to citizens leaves them something, or they have nothing to lose', () => {
    const listed = [...OF_CITIZENS, ...NOTHING_TO_LOSE, ...NUMBER_GONE];
    expect(listed.sort()).toEqual(Object.keys(refusals).sort());
  });

  it.each(Object.entries(refusals).filter(([code]) => OF_CITIZENS.includes(code)))(
    '%s says what is kept',
    (_code, sentence) =>
      expect(sentence).toMatch(/号[还都]在|号和资料都在|内容[还都]在|[存发]过的都在|点的还在传|自动回来|没有丢/),
  );

  it.each(Object.entries(refusals).filter(([code]) => NUMBER_GONE.includes(code)))(
    '%s does not say that the number is still there',
    (_code, sentence) => {
      expect(sentence).not.toMatch(/号[还都]在|回来/);
      expect(sentence).toMatch(/重新取一个号/);
    },
  );

  it.each([...Object.entries(refusals), ...Object.entries(staffRefusals)])(
    '%s does not say that something is there without saying what',
    (_code, sentence) => expect(sentence).not.toMatch(/前面的都在|[，。]都在/),
  );
});
