import type { VisitStatus } from '@protocol';
import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, nextTick, reactive, ref } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import { liNainai, serving, TEN } from '../testing';
import CallTools from './CallTools.vue';

/** What 「打电话」 asks while 李奶奶 has left no number, and a hand that leaves one. */
async function telephoned(status: VisitStatus) {
  const off = () => ref({ is: 'off' });
  const call = { camera: off(), share: off(), microphone: ref('live'), opened: ref(true), support: { screen: true } };
  const props = reactive({ visit: liNainai({ status, contact: { name: '李**', phone: null } }), verbs: {} });
  const tools = mount(
    defineComponent({
      setup() {
        provideConsole({ call, trouble: ref(null), dismissTrouble: () => undefined } as unknown as Console);
        return () => h(CallTools, { ...props } as never);
      },
    }),
  );
  const press = (words: string) =>
    tools
      .findAll('button')
      .find((each) => each.text().startsWith(words))
      ?.trigger('click');
  await press('打电话');
  const leave = (phone: string) => {
    props.visit = { ...props.visit, contact: { name: '李**', phone } };
    return nextTick();
  };
  return { tools, press, leave };
}

it('offers no number that was never left, and says what to do instead', async () => {
  const { tools, press } = await telephoned(serving());
  expect(tools.get('dialog').text()).toContain('市民没有留电话');
  expect(tools.get('dialog').text()).toContain('请他说一个号码，或打字发给您，用座机打过去。');
  expect(tools.text()).not.toContain('显示号码');
  await press('接着谈');
  expect(tools.find('dialog').exists()).toBe(false);
});

it('while the citizen is asked for a number it says so, and offers it as soon as it is there', async () => {
  const { tools, leave } = await telephoned(serving(TEN, 'telephone'));
  expect(tools.get('dialog').text()).toContain('他的手机上正请他填号码。');
  await leave('138****5678');
  expect(tools.get('dialog').text()).toContain('显示号码');
});
