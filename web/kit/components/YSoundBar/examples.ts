import type { Example } from '../example';
import YSoundBar from './YSoundBar.vue';

export const examples: Example[] = [{ name: 'blocked', component: YSoundBar, props: { label: '点一下，打开声音' } }];
