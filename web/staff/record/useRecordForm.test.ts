import type { Outcome } from '@kit/connection';
import type { Operation, ServedVisit } from '@protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { computed, effectScope, nextTick, shallowRef } from 'vue';
import { aRecord, liNainai } from '../testing';
import { useRecordForm } from './useRecordForm';

const visit = shallowRef<ServedVisit | null>(null);
let answer: Outcome = { is: 'done', value: null };
const operate = vi.fn<(operation: Operation) => Promise<Outcome>>(() => Promise.resolve(answer));
const desk = () => effectScope().run(() => useRecordForm({ visit: computed(() => visit.value), operate }))!;

beforeEach(() => {
  sessionStorage.clear();
  visit.value = liNainai();
  answer = { is: 'done', value: null };
  operate.mockClear();
});

describe('the record of li_nainai', () => {
  it('survives a refresh in the middle of a word', async () => {
    const before = desk();
    before.form.note = '租房合同没';
    await nextTick();
    expect(desk().form.note).toBe('租房合同没');
  });

  it('is not sent while something is missing, and leads there', async () => {
    const form = desk();
    expect(form.gaps.value).toEqual([]);
    expect(await form.save()).toBe(false);
    expect(form.gaps.value).toEqual(['kind', 'result']);
    expect(form.refusedTries.value).toBe(1);
    expect(operate).not.toHaveBeenCalled();
  });

  it('is sent whole, and the draft is cleared when the archive has it', async () => {
    const form = desk();
    Object.assign(form.form, { kind: 'guide', result: 'submitted', note: '材料齐' });
    await nextTick();
    expect(sessionStorage.length).toBe(1);
    expect(await form.save()).toBe(true);
    expect(operate).toHaveBeenCalledWith({
      topic: 'record',
      type: 'save',
      visit: 'li_nainai',
      draft: { item: 'YB01', kind: 'guide', result: 'submitted', note: '材料齐', next_step: '', proof: null },
    });
    expect(sessionStorage.length).toBe(0);
  });

  it('keeps the draft when the archive could not be written', async () => {
    answer = { is: 'failed', code: 'store_unavailable' };
    const form = desk();
    Object.assign(form.form, { kind: 'guide', result: 'submitted' });
    await nextTick();
    expect(await form.save()).toBe(false);
    expect(sessionStorage.length).toBe(1);
  });

  it('is not mixed with the next one', async () => {
    const form = desk();
    form.form.note = '李奶奶的事';
    await nextTick();
    visit.value = liNainai({ id: 'wang_shu', item: null });
    await nextTick();
    expect(form.form).toMatchObject({ item: null, note: '' });
    visit.value = liNainai();
    await nextTick();
    expect(form.form.note).toBe('李奶奶的事');
  });

  it('follows the hall while untouched, and never overwrites what is being written', async () => {
    const form = desk();
    visit.value = liNainai({ record: aRecord() });
    await nextTick();
    expect(form.form.note).toBe('已在小程序提交');
    expect(form.changed.value).toBe(false);
    form.form.note = '补了合同';
    await nextTick();
    visit.value = liNainai({ record: aRecord({ version: 2, note: '别处改的' }) });
    await nextTick();
    expect(form.form.note).toBe('补了合同');
    expect(form.changed.value).toBe(true);
  });
});
