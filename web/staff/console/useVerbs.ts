import { deviceVerbs } from '../call/deviceVerbs';
import { talkVerbs } from '../call/talkVerbs';
import { useHangUp } from '../call/useHangUp';
import { suspensionVerbs } from '../suspension/suspensionVerbs';
import type { Console } from './useConsole';
import type { Does } from './useOperate';
import { windowVerbs } from './windowVerbs';

/** Everything a person does at a window by button or key. Each says true when the hall has done it. */
export function useVerbs(console: Pick<Console, 'desk' | 'visit' | 'now' | 'operate' | 'complain' | 'call'>) {
  const does: Does = async (operation) => (await console.operate(operation)).is === 'done';
  return {
    ...windowVerbs(console, does),
    ...talkVerbs(console, does),
    ...useHangUp(console, does),
    ...deviceVerbs(console),
    ...suspensionVerbs(does),
  };
}

export type Verbs = ReturnType<typeof useVerbs>;
