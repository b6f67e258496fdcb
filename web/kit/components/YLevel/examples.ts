import type { Example } from '../example';
import YLevel from './YLevel.vue';

export const examples: Example[] = [0, 0.5, 1].map((level) => ({
  name: `level ${level}`,
  component: YLevel,
  props: { label: '声音', level },
}));
