import type { Example } from '../example';
import YField from './YField.vue';

export const examples: Example[] = [
  { name: 'plain', component: YField, props: { label: '称呼（可不填）', modelValue: '' } },
  {
    name: 'wrong',
    component: YField,
    props: {
      label: '手机（可不填）',
      type: 'tel',
      modelValue: '1380000',
      error: '手机号码要 11 位，您填了 7 位，请看一看。',
    },
  },
  {
    name: 'long',
    component: YField,
    props: { label: '先把问题写下来', lines: 3, hint: '工作人员接通前就能看到', modelValue: '' },
  },
  {
    name: 'label by place',
    component: YField,
    props: { label: '说一说或搜一搜', labelHidden: true, type: 'search', modelValue: '医保' },
  },
];
