import { announce } from '@kit/components';
import type { WhoWaits } from '@protocol';
import type { Does } from '../console/useOperate';
import { t } from '../text';

/** What a supervisor does for the whole hall: stop numbers being given in an emergency, and give them free again. */
export function suspensionVerbs(does: Does) {
  return {
    async suspend(text: string, until: number | null, waiting: WhoWaits): Promise<boolean> {
      const done = await does({ topic: 'suspension', type: 'begin', text, until, waiting });
      if (done) announce(t('suspension.began'));
      return done;
    },
    async endSuspension(): Promise<boolean> {
      const done = await does({ topic: 'suspension', type: 'end' });
      if (done) announce(t('suspension.ended'));
      return done;
    },
  };
}
