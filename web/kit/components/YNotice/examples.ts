import type { Example } from '../example';
import YNotice from './YNotice.vue';

export const examples: Example[] = (['info', 'good', 'warn', 'wrong'] as const).map((kind) => ({
  name: kind,
  component: YNotice,
  props: { kind, title: '网络不太好，正在重新接。' },
  slot: '号和资料都在，不用重来。',
}));
