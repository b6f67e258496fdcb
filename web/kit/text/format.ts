/** `125_000` → `02:05`; past an hour `1:02:05`. Never negative. */
export function clock(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(all % 60).padStart(2, '0');
  const minutes = String(Math.floor(all / 60) % 60).padStart(2, '0');
  const hours = Math.floor(all / 3600);
  return hours > 0 ? `${hours}:${minutes}:${seconds}` : `${minutes}:${seconds}`;
}

/** Minutes after midnight → `9:00`. */
export function timeOfDay(minute: number): string {
  return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
}

/** A moment as the hall's own clock shows it (Asia/Shanghai, which has no summer time), whatever zone the phone is in. */
export function hallTime(timestamp: number): {
  year: number;
  month: number;
  day: number;
  weekday: number;
  minute: number;
} {
  const local = new Date(timestamp + 8 * 3_600_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    /** 1 = Monday … 7 = Sunday, as in `OpeningHours`. */
    weekday: ((local.getUTCDay() + 6) % 7) + 1,
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  };
}

/** How many hall days lie between two moments: 0 today, 1 tomorrow. */
export function daysBetween(from: number, to: number): number {
  const day = (timestamp: number) => Math.floor((timestamp + 8 * 3_600_000) / 86_400_000);
  return day(to) - day(from);
}

/** `4027` → `40 27`: read out in pairs. */
export function pairs(digits: string): string {
  return digits.replace(/(..)(?=.)/g, '$1 ');
}
