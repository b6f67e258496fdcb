import type { ChangePassword, SignedIn, SignIn } from '@protocol';
import { computed, readonly, ref, shallowRef } from 'vue';
import { get, post } from '../console/api';
import { t, tCode } from '../text';

/** Who works here now. */
export type Session =
  | { is: 'asking' }
  /** The server did not answer. */
  | { is: 'unreachable' }
  | { is: 'signed_out' }
  /** Came with the one-time password: an own one first. `typed` spares typing it twice. */
  | { is: 'must_change'; me: SignedIn; typed: string | null }
  | { is: 'signed_in'; me: SignedIn };

/** Where an own password is chosen: no name is typed there. */
const PASSWORD = '/api/staff/password';

/** Signing in and out, and the own password. */
export function useSession() {
  const session = shallowRef<Session>({ is: 'asking' });
  const busy = ref(false);
  /** Why the last try did not work. */
  const trouble = ref<string | null>(null);

  function enter(me: SignedIn, typed: string | null): void {
    trouble.value = null;
    session.value = me.must_change_password ? { is: 'must_change', me, typed } : { is: 'signed_in', me };
  }

  /** A cookie of earlier may still be good. */
  async function look(): Promise<void> {
    session.value = { is: 'asking' };
    const answer = await get<SignedIn>('/api/staff/me');
    if (answer.is === 'ok') return enter(answer.value, null);
    session.value = answer.code === 'network' || answer.code === 'other' ? { is: 'unreachable' } : { is: 'signed_out' };
  }

  async function attempt(path: string, body: SignIn | ChangePassword, typed: string | null): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    trouble.value = null;
    const answer = await post<SignedIn>(path, body);
    busy.value = false;
    if (answer.is === 'ok') return enter(answer.value, typed);
    const presentWrong = path === PASSWORD && answer.code === 'sign_in_wrong';
    trouble.value = presentWrong ? t('staff.password_present_wrong') : words(answer.code, answer.retry_ms ?? null);
    if (answer.code === 'signed_out') session.value = { is: 'signed_out' };
  }

  return {
    session: computed(() => session.value),
    busy: readonly(busy),
    trouble: readonly(trouble),
    look,
    signIn: (name: string, password: string) => attempt('/api/staff/sign-in', { name, password }, password),
    choosePassword: (present: string, wanted: string) => attempt(PASSWORD, { present, wanted }, wanted),
    async signOut(): Promise<void> {
      await post('/api/staff/sign-out');
      trouble.value = null;
      session.value = { is: 'signed_out' };
    },
    /** The server ended the session: `code` says why. */
    leave(code: string): void {
      trouble.value = tCode('refusals', code);
      session.value = { is: 'signed_out' };
    },
  };
}

function words(code: string, retryMs: number | null): string {
  if (code !== 'sign_in_locked' || retryMs === null) return tCode('refusals', code);
  return t('staff.sign_in_locked_for', { minutes: Math.ceil(retryMs / 60_000) });
}
