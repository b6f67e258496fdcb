import { deviceVerbs } from '../call/deviceVerbs';
import { talkVerbs } from '../call/talkVerbs';
import { useHangUp } from '../call/useHangUp';
import type { Console } from './useConsole';
import { type Done, windowVerbs } from './windowVerbs';

/** Everything a person does at a window by button or key. Each says true when the hall has done it. */
export function useVerbs(console: Pick<Console, 'desk' | 'visit' | 'operate' | 'complain' | 'call'>) {
  const done: Done = async (operation) => (await console.operate(operation)).is === 'done';
  return {
    ...windowVerbs(console, done),
    ...talkVerbs(console, done),
    ...useHangUp(console, done),
    ...deviceVerbs(console),
  };
}

export type Verbs = ReturnType<typeof useVerbs>;
