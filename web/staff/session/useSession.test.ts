import { describe, expect, it, vi } from 'vitest';
import { chen } from '../testing';
import { passwordGap } from './passwordGap';
import { useSession } from './useSession';

const answers = (...list: [number, unknown][]) => {
  const fetched = vi.fn<(path: string, init: RequestInit) => Promise<Response>>(() => {
    const [status, body] = list.shift() ?? [500, null];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
  vi.stubGlobal('fetch', fetched);
  return fetched;
};
const problem = (code: string) => ({ code, request: 'q1', retry_ms: null });

describe('signing in', () => {
  it('a good cookie opens the console at once', async () => {
    answers([200, chen]);
    const { session, look } = useSession();
    await look();
    expect(session.value).toEqual({ is: 'signed_in', me: chen });
  });

  it('no cookie shows the form without a reproach', async () => {
    answers([401, problem('signed_out')]);
    const { session, trouble, look } = useSession();
    await look();
    expect(session.value.is).toBe('signed_out');
    expect(trouble.value).toBeNull();
  });

  it('a lost network is not a wrong password', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('offline')));
    const { session, look } = useSession();
    await look();
    expect(session.value.is).toBe('unreachable');
  });

  it.each([
    ['sign_in_wrong', '登录名或密码不对'],
    ['sign_in_locked', '暂时锁定'],
  ])('%s is said in words', async (code, words) => {
    answers([401, problem(code)]);
    const { session, trouble, signIn } = useSession();
    await signIn('chen', 'x');
    expect(session.value.is).not.toBe('signed_in');
    expect(trouble.value).toContain(words);
  });

  it('a lock says when to try again', async () => {
    answers([429, { ...problem('sign_in_locked'), retry_ms: 13 * 60_000 + 1 }]);
    const { trouble, signIn } = useSession();
    await signIn('chen', 'x');
    expect(trouble.value).toContain('14 分钟后再试');
  });

  it('a wrong present password is told as that: no name is asked for here', async () => {
    answers([401, problem('sign_in_wrong')]);
    const { trouble, choosePassword } = useSession();
    await choosePassword('x', 'hebian-xiaoqiao-7');
    expect(trouble.value).toBe('现在的密码不对，请再输一次。');
  });

  it('the one-time password leads to an own one, typed once', async () => {
    const fetched = answers([200, { ...chen, must_change_password: true }], [200, chen]);
    const { session, signIn, choosePassword } = useSession();
    await signIn('chen', 'one-time');
    expect(session.value).toMatchObject({ is: 'must_change', typed: 'one-time' });
    await choosePassword('one-time', 'my own password');
    expect(session.value.is).toBe('signed_in');
    expect(fetched.mock.calls[1]?.[0]).toBe('/api/staff/password');
  });

  it('a weak own password stays on its form and says so', async () => {
    answers([200, { ...chen, must_change_password: true }], [422, problem('password_weak')]);
    const { session, trouble, signIn, choosePassword } = useSession();
    await signIn('chen', 'one-time');
    await choosePassword('one-time', 'chen-hebian-12');
    expect(session.value.is).toBe('must_change');
    expect(trouble.value).toContain('带了姓名');
  });

  it('signing out leaves nothing to go back to', async () => {
    answers([200, chen], [204, null]);
    const { session, look, signOut } = useSession();
    await look();
    await signOut();
    expect(session.value.is).toBe('signed_out');
  });
});

describe('an own password', () => {
  it.each<[string, [string, string, string], string | null]>([
    ['is good', ['old', 'ten letters', 'ten letters'], null],
    ['needs the present one', ['', 'ten letters', 'ten letters'], 'present_missing'],
    ['is ten long', ['old', 'nine char', 'nine char'], 'short'],
    ['is another one', ['ten letters', 'ten letters', 'ten letters'], 'same'],
    ['is not all digits', ['old', '202611231000', '202611231000'], 'digits'],
    ['is typed the same twice', ['old', 'ten letters', 'ten lettres'], 'differs'],
  ])('%s', (_name, [present, wanted, repeated], gap) => {
    expect(passwordGap(present, wanted, repeated)).toBe(gap);
  });
});
