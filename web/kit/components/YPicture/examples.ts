import type { Example } from '../example';
import YPicture from './YPicture.vue';

export const examples: Example[] = [
  { name: 'nothing yet', component: YPicture, props: { stream: null, label: '陈老师给您看的页面' } },
];
