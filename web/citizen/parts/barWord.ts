/** What stands in the bar at the top instead of the hall's name for as long as it is so. */
export type BarWord = { kind: 'info' | 'warn'; text: string };
