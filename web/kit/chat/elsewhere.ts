import type { ChatLine, ReferredView } from '@protocol';

/** The hall whose staff said a line, where the visit was referred from it and brought the line along; `null`: it was said here. */
export function hallOf(line: ChatLine, referred: ReferredView | undefined): string | null {
  const ofStaff = line.from === 'staff' || line.from === 'supervisor';
  return referred && ofStaff && line.at < referred.at ? referred.hall_name : null;
}
