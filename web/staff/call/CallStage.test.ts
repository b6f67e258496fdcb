import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref, shallowRef } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import CallStage from './CallStage.vue';

/** A talk in which no picture of the citizen comes. */
function stage(onStopShare?: () => void) {
  const own = { ownCamera: shallowRef<MediaStream | null>(null), ownShare: shallowRef<MediaStream | null>(null) };
  const call = { levels: shallowRef({ mine: 0, theirs: 0 }), pictures: ref({ camera: null, share: null }), ...own };
  const page = mount(
    defineComponent({
      setup() {
        provideConsole({ call } as unknown as Console);
        return () => h(CallStage, { onStopShare });
      },
    }),
  );
  return { page, ...own };
}

it('what is shared is seen small, and stops there', async () => {
  let stopped = 0;
  const { page, ownShare } = stage(() => (stopped += 1));
  expect(page.find('figure').exists()).toBe(false);
  ownShare.value = new MediaStream();
  await nextTick();
  const preview = page.get('figure');
  expect(preview.get('video').element.srcObject).toBe(ownShare.value);
  expect(preview.get('video').element.muted).toBe(true);
  expect(preview.text()).toContain('我共享的');
  await preview.get('button').trigger('click');
  expect(stopped).toBe(1);
  page.unmount();
});

it.each(['ownCamera', 'ownShare'] as const)('is no talk by voice alone while %s is seen', async (own) => {
  const { page, [own]: picture } = stage();
  expect(page.text()).toContain('现在是语音');
  picture.value = new MediaStream();
  await nextTick();
  expect(page.text()).toContain('市民那边没有画面过来');
  expect(page.text()).not.toContain('现在是语音');
  page.unmount();
});
