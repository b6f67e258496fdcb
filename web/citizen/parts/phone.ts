import { t } from '../text';

/** What is wrong with a telephone number, or null: 11 digits for a mobile, 7–12 with an optional hyphen for a landline. */
export function phoneTrouble(typed: string): string | null {
  const digits = typed.replace(/\D/g, '');
  if (typed.trim() === '') return null;
  if (/^1/.test(digits)) return digits.length === 11 ? null : t('queue.phone_length', { count: digits.length });
  return /^0/.test(digits) && digits.length >= 10 && digits.length <= 12 ? null : t('queue.phone_shape');
}

/** Spaces people put between groups are not part of the number. */
export const plainPhone = (typed: string): string | null => typed.replace(/[^\d-]/g, '') || null;
