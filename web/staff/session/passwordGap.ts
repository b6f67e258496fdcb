/** What keeps a wanted password from being sent; the server has the last word. */
export type PasswordGap = 'present_missing' | 'short' | 'same' | 'digits' | 'differs';

const FEWEST = 10;

export function passwordGap(present: string, wanted: string, repeated: string): PasswordGap | null {
  if (!present) return 'present_missing';
  if ([...wanted].length < FEWEST) return 'short';
  if (wanted === present) return 'same';
  if (/^[0-9]*$/.test(wanted)) return 'digits';
  return wanted === repeated ? null : 'differs';
}
