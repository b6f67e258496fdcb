import { hallTime, timeOfDay } from '@kit/text/format';
import type { RecordKind, RecordResult, Timestamp } from '@protocol';
import { t } from '../text';

export function kindWord(kind: RecordKind): string {
  return t(`record.kind_${kind}`);
}

/** The same words as on the citizen's slip. */
export function resultWord(result: RecordResult): string {
  return t(`result.${result}`);
}

/** `9:05`, by the hall's clock. */
export function timeWord(at: Timestamp): string {
  return timeOfDay(hallTime(at).minute);
}

/** `2026-11-23`, by the hall's clock. */
export function dayWord(at: Timestamp): string {
  const { year, month, day } = hallTime(at);
  return [year, String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
}
