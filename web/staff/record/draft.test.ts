import { beforeEach, describe, expect, it } from 'vitest';
import { aRecord, liNainai } from '../testing';
import { createDraftStore, type DraftForm, draftOf, formOf, gapsOf, sameForm } from './draft';

const whole: DraftForm = {
  item: { code: 'YB01', name: '城乡居民医保参保登记' },
  kind: 'guide',
  result: 'submitted',
  note: ' 材料齐 ',
  nextStep: '',
  proof: null,
};

describe('the form', () => {
  it('begins with what the citizen came for, and chooses nothing else', () => {
    expect(formOf(liNainai())).toEqual({
      item: whole.item,
      kind: null,
      result: null,
      note: '',
      nextStep: '',
      proof: null,
    });
  });

  it('begins with the record when one is saved', () => {
    expect(formOf(liNainai({ record: aRecord() }))).toMatchObject({ kind: 'guide', note: '已在小程序提交' });
  });

  it('asks what was found of a declared priority, and sends it', () => {
    const seen = { proof: 'shown' } as const;
    expect(formOf(liNainai({ record: aRecord(), priority: seen })).proof).toBe('shown');
    expect(draftOf({ ...whole, proof: 'not_shown' })?.proof).toBe('not_shown');
    expect(sameForm(whole, { ...whole, proof: 'shown' })).toBe(false);
  });

  it.each<[string, Partial<DraftForm>, string[]]>([
    ['is whole', {}, []],
    ['needs an item', { item: null }, ['item']],
    ['needs kind and result', { kind: null, result: null }, ['kind', 'result']],
    ['takes 1000 characters, counted as people count', { note: '𠮷'.repeat(1000) }, []],
    ['takes no more', { note: '字'.repeat(1001) }, ['note_long']],
    ['takes 200 for the slip', { nextStep: '字'.repeat(201) }, ['next_step_long']],
  ])('%s', (_name, changes, gaps) => {
    const form = { ...whole, ...changes };
    expect(gapsOf(form)).toEqual(gaps);
    expect(draftOf(form) === null).toBe(gaps.length > 0);
  });

  it('is sent without blanks around', () => {
    expect(draftOf(whole)?.note).toBe('材料齐');
    expect(sameForm(whole, { ...whole, note: '材料齐' })).toBe(true);
  });
});

describe('unsaved forms', () => {
  let kept: Map<string, string>;
  const storage = () => ({
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  beforeEach(() => {
    kept = new Map();
  });

  it('outlive the page, one a visit', () => {
    createDraftStore(storage()).save('li_nainai', whole);
    const later = createDraftStore(storage());
    expect(later.load('li_nainai')).toEqual(whole);
    expect(later.load('wang_shu')).toBeNull();
    later.forget('li_nainai');
    expect(later.load('li_nainai')).toBeNull();
  });

  it.each(['{', '[]', '{"item":null}', '{"item":{"code":1},"kind":null,"result":null,"note":"","nextStep":""}'])(
    'of another shape are left: %s',
    (text) => {
      kept.set('record-draft:li_nainai', text);
      expect(createDraftStore(storage()).load('li_nainai')).toBeNull();
    },
  );

  it('are kept in memory alone when the storage is full', () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new DOMException('', 'QuotaExceededError');
      },
    };
    expect(() => createDraftStore(full).save('li_nainai', whole)).not.toThrow();
  });
});
