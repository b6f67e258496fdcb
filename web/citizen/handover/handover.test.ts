import { describe, expect, it, vi } from 'vitest';
import { shallowRef } from 'vue';
import { plainCode, takeLinkCode } from './linkCode';
import { useHandover } from './useHandover';

const page = (hash: string) => ({
  location: { hash, pathname: '/h/xinqu' } as Location,
  history: { replaceState: vi.fn() } as unknown as History,
});

describe('the personal link', () => {
  it('gives its code once and takes it out of the address', () => {
    const opened = page('#402713');
    expect(takeLinkCode(opened)).toBe('402713');
    expect(opened.history.replaceState).toHaveBeenCalledWith(null, '', '/h/xinqu');
  });

  it.each(['', '#', '#40271', '#4027130', '#abc'])('%j is no code and is left alone', (hash) => {
    const opened = page(hash);
    expect(takeLinkCode(opened)).toBeNull();
    expect(opened.history.replaceState).not.toHaveBeenCalled();
  });
});

it.each(['40 27 13', '４０２７１３', ' 402713 ', '402-713'])('%j is typed for 402713', (typed) =>
  expect(plainCode(typed)).toBe('402713'),
);

it('a link opened where the page is open already leads to the same place', () => {
  const connection = { state: shallowRef({ is: 'closed' as const }), stop: vi.fn() };
  const { asked, handover } = useHandover(connection, vi.fn());
  expect([asked.value, handover.linkCode.value]).toEqual([false, null]);
  location.hash = '#402713';
  dispatchEvent(new Event('hashchange'));
  expect([asked.value, handover.linkCode.value, location.hash]).toEqual([true, '402713', '']);
});
