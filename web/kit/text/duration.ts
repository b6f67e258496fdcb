const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
  ['seconds', 1_000],
] as const;

/** A time as people say it: 「1 分钟 30 秒」, in the words of whoever asks. */
export function durationWords(
  ms: number,
  say: (key: `duration.${(typeof UNITS)[number][0]}`, values: { count: number }) => string,
): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const last = unit === 'seconds';
    const count = last ? rest / size : Math.floor(rest / size);
    rest %= size;
    if (count > 0 || (last && parts.length === 0)) parts.push(say(`duration.${unit}`, { count }));
  }
  return parts.join(' ');
}
