import { assertNever } from '@kit/assertNever';
import type { BreakReason, Presence } from '@protocol';
import { t } from '../text';

export const BREAKS: readonly BreakReason[] = [
  'rest',
  'meal',
  'meeting',
  'counter',
  'back_office',
  'equipment',
  'training',
  'other',
];

export function breakWord(reason: BreakReason): string {
  return reason === 'training' ? t('presence.training_break') : t(`presence.${reason}`);
}

export function presenceWord(presence: Presence): string {
  return presence.is === 'break'
    ? t('presence.break_reason', { reason: breakWord(presence.reason) })
    : t(`presence.${presence.is}`);
}

/** A sign beside the word: full is rung, half is on duty but not rung, empty is away. */
export function presenceMark(presence: Presence): string {
  switch (presence.is) {
    case 'available':
      return '●';
    case 'on_demand':
    case 'draining':
    case 'training':
      return '◐';
    case 'break':
    case 'offline':
      return '○';
    default:
      return assertNever(presence);
  }
}
