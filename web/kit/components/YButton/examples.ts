import type { Example } from '../example';
import YButton from './YButton.vue';

export const examples: Example[] = [
  { name: 'main', component: YButton, props: { kind: 'main' }, slot: '找工作人员帮忙' },
  { name: 'second', component: YButton, props: {}, slot: '我说不清，直接找人' },
  { name: 'danger', component: YButton, props: { kind: 'danger' }, slot: '挂断' },
  { name: 'busy', component: YButton, props: { kind: 'main', busy: true }, slot: '我在' },
  { name: 'pressed', component: YButton, props: { pressed: true }, slot: '静音' },
  { name: 'telephone', component: YButton, props: { href: 'tel:12345' }, slot: '打电话 12345' },
];
