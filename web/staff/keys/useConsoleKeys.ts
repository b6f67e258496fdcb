import { assertNever } from '@kit/assertNever';
import { announce } from '@kit/components';
import type { Console } from '../console/useConsole';
import type { Verbs } from '../console/useVerbs';
import { quickPhrases, t } from '../text';
import type { Command } from './keys';
import { useKeys } from './useKeys';

export type ConsoleKeysOptions = {
  desk: Console;
  verbs: Verbs;
  say: (words: string) => Promise<void>;
  save: () => Promise<boolean>;
  openBreaks: () => void;
  findItem: () => void;
  writeChat: () => void;
};

/** What each key does at the desk. Keys that mean nothing now are left to the browser. */
export function useConsoleKeys({ desk, verbs, ...acts }: ConsoleKeysOptions): void {
  function during(act: () => void): boolean {
    if (desk.desk.value.is !== 'serving') return false;
    act();
    return true;
  }

  function toggleBreak(): boolean {
    if (!('window' in desk.desk.value)) return false;
    if (desk.desk.value.window.presence.is === 'break') void verbs.present({ is: 'available' });
    else acts.openBreaks();
    return true;
  }

  function handle(command: Command): boolean {
    switch (command.do) {
      case 'next':
        // Never the browser's own F2 while a console is open.
        verbs.next();
        return true;
      case 'break':
        return toggleBreak();
      case 'save_record':
        if (!desk.visit.value) return false;
        void acts.save();
        return true;
      case 'find_item':
        acts.findItem();
        return true;
      case 'mute':
        return during(() => verbs.toggleMute());
      case 'camera':
        return during(verbs.toggleCamera);
      case 'share':
        return during(verbs.toggleShare);
      case 'hold':
        return during(() => verbs.toggleHold());
      case 'chat':
        return during(acts.writeChat);
      case 'phrase':
        return during(() => {
          const phrase = quickPhrases[command.index];
          if (phrase) void acts.say(phrase);
        });
      case 'escape':
        return during(() => {
          if (!verbs.hangUpAsked.value) announce(t('call.hang_up_again'));
          verbs.hangUp();
        });
      default:
        return assertNever(command);
    }
  }
  useKeys(handle);
}
