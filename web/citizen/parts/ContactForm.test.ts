import { flushPromises } from '@vue/test-utils';
import { expect, it, vi } from 'vitest';
import { show, waiting } from '../testing';
import ContactForm from './ContactForm.vue';

it('a name that is too long is said beside it, not cut, and what was typed stays', async () => {
  const { page, press, visit } = show(ContactForm, waiting);
  const operate = vi.spyOn(visit.connection, 'operate');
  const [name, phone] = page.findAll('input');
  await name!.setValue('李'.repeat(25));
  await phone!.setValue('138 1234 5678');
  await press('保存');
  const error = page.get(`#${name!.attributes('aria-describedby')}`);
  expect(error.text()).toContain('称呼最多 20 个字，您填了 25 个，请写短一点。');
  expect(name!.attributes('aria-invalid')).toBe('true');
  expect(phone!.attributes('aria-invalid')).toBeUndefined();
  expect(page.findAll('input').map(({ element }) => element.value)).toEqual(['李'.repeat(25), '138 1234 5678']);
  expect(operate).not.toHaveBeenCalled();
  // No browser cuts it before.
  expect(name!.attributes('maxlength')).toBeUndefined();

  await name!.setValue('李奶奶');
  expect(page.text()).not.toContain('请写短一点');
  await press('保存');
  await flushPromises();
  expect(operate.mock.calls.map(([operation]) => operation)).toEqual([
    { topic: 'visit', type: 'contact', contact: { name: '李奶奶', phone: '13812345678' } },
  ]);
  page.unmount();
});
