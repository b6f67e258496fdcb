import type { Call } from '@kit/call';
import type { Ring } from '@kit/ring/ring';
import { inject, type InjectionKey, type ShallowRef } from 'vue';
import type { Api } from './api';
import type { Visit } from './useVisit';

/** What every screen may use. */
export type Citizen = {
  api: Api;
  visit: Visit;
  ring: Ring;
  /** The call once its code is loaded, which happens while waiting. */
  call: Readonly<ShallowRef<Call | null>>;
  /** 「我在」: unlocks the sound, asks for the microphone and warms the call, all in one tap. */
  here: () => Promise<void>;
  /** 「我在，继续」 */
  comeBack: () => Promise<void>;
  /** 「接听」 */
  accept: () => Promise<void>;
  /** 「挂断」 */
  hangUp: () => Promise<void>;
};

const key: InjectionKey<Citizen> = Symbol('citizen');
export const citizenKey = key;

export function useCitizen(): Citizen {
  const citizen = inject(key);
  if (!citizen) throw new Error('this screen stands outside the page');
  return citizen;
}
