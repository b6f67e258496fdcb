import type { RuleValue, RuleView } from '@protocol';
import { mount } from '@vue/test-utils';
import { beforeEach, expect, it } from 'vitest';
import { nextTick } from 'vue';
import RuleRow from './RuleRow.vue';
import { ring, wrapUp } from './testing';
import { meaningOf } from './text';
import type { Changed } from './useRules';

const asked: { seen: RuleValue; value: RuleValue }[] = [];
let answer: () => Promise<Changed>;
beforeEach(() => {
  asked.length = 0;
});

function rowOf(rule: RuleView) {
  const change = (seen: RuleView, value: RuleValue) => {
    asked.push({ seen: seen.value, value });
    return answer();
  };
  const page = mount(RuleRow, { props: { rule, change } });
  Element.prototype.scrollIntoView = () => undefined;
  const input = page.get('input');
  return {
    page,
    input,
    shown: () => input.element.value,
    colleague: (value: number) => page.setProps({ rule: { ...rule, value } }),
    /** Says no to the next wish, since the value is another one by now. */
    isFirst(value: number) {
      answer = async () => {
        await page.setProps({ rule: { ...rule, value } });
        return { is: 'refused', code: 'rule_changed' };
      };
    },
    wrong: () => page.get('[role=alert]').text(),
    done: () => page.get('[role=status]').text(),
    async save() {
      await page.get('form').trigger('submit');
      await settled();
    },
    async restore() {
      await page.findAll('button')[1]?.trigger('click');
      await settled();
    },
  };
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await nextTick();
}

it('shows what a colleague changed, in its unit, where nobody typed', async () => {
  const row = rowOf(ring(20_000));
  await row.colleague(30_000);
  expect(row.shown()).toBe('30');
  const long = rowOf({ ...wrapUp(60_000), default: 120_000 });
  expect([long.shown(), long.page.text()]).toEqual(['1', expect.stringContaining('分钟')]);
  await long.colleague(90_000);
  expect(long.shown()).toBe('90');
});

it('saves a typed text against what was shown when typing began, and a colleague loses nothing unseen', async () => {
  const row = rowOf(ring(20_000));
  await row.input.setValue('10');
  await row.colleague(30_000);
  expect(row.shown()).toBe('10');
  row.isFirst(30_000);
  await row.save();
  expect(asked).toEqual([{ seen: 20_000, value: 10_000 }]);
  expect(row.shown()).toBe('10');
  expect(row.wrong()).toContain('30 秒');
  await row.save();
  expect(asked[1]).toEqual({ seen: 30_000, value: 10_000 });
});

it('says that somebody was first also where the unit is another one then, until something is typed', async () => {
  const row = rowOf({ ...wrapUp(120_000), default: 120_000 });
  await row.input.setValue('3');
  row.isFirst(90_000);
  await row.save();
  expect(row.shown()).toBe('180');
  expect(row.wrong()).toContain('保存');
  await row.input.setValue('170');
  expect(row.wrong()).toBe('');
});

it('shows the present value after 「恢复默认」 came second, and says how to go on', async () => {
  const row = rowOf(ring(10_000));
  row.isFirst(30_000);
  await row.restore();
  expect(row.shown()).toBe('30');
  expect(row.wrong()).toContain('恢复默认');
  expect(row.wrong()).not.toContain('保存');
  await row.restore();
  expect(asked).toEqual([
    { seen: 10_000, value: 20_000 },
    { seen: 30_000, value: 20_000 },
  ]);
});

it('names both rules where one contradicts the other', async () => {
  const row = rowOf({ ...ring(20_000), not_above: 'timers.ring_total_ms' });
  answer = () => Promise.resolve({ is: 'refused', code: 'rule_contradicts' });
  await row.input.setValue('90');
  await row.save();
  for (const rule of ['timers.ring_ms', 'timers.ring_total_ms']) expect(row.wrong()).toContain(meaningOf(rule));
});

it('says of a count that it is too large, not too long', async () => {
  const again = { ...ring(1), rule: 'notice_again_at', default: 1, least: 0, most: 30, not_above: 'notice_first_at' };
  const row = rowOf(again);
  answer = () => Promise.resolve({ is: 'refused', code: 'rule_contradicts' });
  await row.input.setValue('9');
  await row.save();
  expect(row.wrong()).toContain(`不能比「${meaningOf('notice_first_at')}」大`);
});

it('asks nothing more of whoever wanted what a colleague did', async () => {
  const row = rowOf(ring(10_000));
  row.isFirst(20_000);
  await row.restore();
  expect([row.shown(), row.wrong()]).toEqual(['20', '']);
  expect(row.done()).toContain('不用再改');
});

it('follows again once the typed text is taken back', async () => {
  const row = rowOf(ring(20_000));
  await row.input.setValue('10');
  await row.colleague(30_000);
  await row.input.setValue('20');
  await row.input.trigger('blur');
  expect(row.shown()).toBe('30');
});
