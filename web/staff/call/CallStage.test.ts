import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, nextTick, ref, shallowRef } from 'vue';
import { type Console, provideConsole } from '../console/useConsole';
import CallStage from './CallStage.vue';

it('what is shared is seen small, and stops there', async () => {
  const ownShare = shallowRef<MediaStream | null>(null);
  const call = {
    levels: shallowRef({ mine: 0, theirs: 0 }),
    pictures: ref({ camera: null, share: null }),
    ownCamera: ref(null),
    ownShare,
  };
  let stopped = 0;
  const page = mount(
    defineComponent({
      setup() {
        provideConsole({ call } as unknown as Console);
        return () => h(CallStage, { onStopShare: () => (stopped += 1) });
      },
    }),
  );
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
