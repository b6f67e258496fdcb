import { mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { liNainai } from '../testing';
import SamePhone from './SamePhone.vue';

describe('an equal telephone that nobody verified', () => {
  it('is said with the other numbers', () => {
    const said = mount(SamePhone, { props: { visit: liNainai({ same_phone: ['A13', 'B2'] }) } }).text();
    expect(said).toContain('这个电话还有一个号 A13、B2，可能是同一个人。');
  });
  it('is not spoken of where there is none', () =>
    expect(mount(SamePhone, { props: { visit: liNainai() } }).text()).toBe(''));
});
