import { useOnDelay } from '../useOnDelay';
import type { Call } from './useCall';

/** Longer than a look at the packets takes after a hold has ended, short enough for 5 s in all. */
const PATIENCE_MS = 1_600;

/**
 * The other side vanished while our own connection is whole; a hold that just ended is no loss, and neither is a microphone
 * that the other side told us does not work. `talking`: it may be heard now.
 */
export function useVoiceLost(talking: () => boolean, call: () => Pick<Call, 'flowing' | 'link' | 'other'> | null) {
  function isSilent(): boolean {
    const now = call();
    const microphone = now?.other.value?.microphone;
    const speaks = microphone === 'live' || microphone === 'muted';
    return speaks && talking() && now?.link.value.is === 'up' && !now.flowing.value;
  }

  return useOnDelay(isSilent, PATIENCE_MS);
}
