import { describe, expect, it, vi } from 'vitest';
import { plainCode, takeLinkCode } from './linkCode';

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
