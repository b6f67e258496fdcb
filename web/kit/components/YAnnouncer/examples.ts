import type { Example } from '../example';
import YAnnouncer from './YAnnouncer.vue';

export const examples: Example[] = [{ name: 'silent', component: YAnnouncer, props: {} }];
