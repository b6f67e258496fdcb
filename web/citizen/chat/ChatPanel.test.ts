import type { Outcome } from '@kit/connection';
import { flushPromises, mount } from '@vue/test-utils';
import { describe, expect, it } from 'vitest';
import { shallowRef } from 'vue';
import { citizenKey, type Citizen } from '../context';
import { hallCard } from '../examples';
import { initialState } from '../state/state';
import ChatPanel from './ChatPanel.vue';

/** A panel whose hall answers when told to. */
function open() {
  const said: string[] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const visit = {
    state: shallowRef(initialState(hallCard())),
    connection: {
      operate: (operation: { body: { text: string } }) => {
        said.push(operation.body.text);
        return new Promise<Outcome>((resolve) => answers.push(resolve));
      },
    },
  };
  const panel = mount(ChatPanel, {
    global: { provide: { [citizenKey as symbol]: { visit } as unknown as Citizen } },
  });
  const box = panel.get('textarea');
  const send = async (words: string) => {
    await box.setValue(words);
    await panel.get('button').trigger('click');
  };
  const answer = async (outcome: Outcome) => {
    answers.shift()?.(outcome);
    await flushPromises();
  };
  return { panel, box, send, said, answer };
}

const done = { is: 'done', value: null } as const;

describe('typing', () => {
  it('loses nothing that is written while a line is on its way', async () => {
    const { panel, box, send, said, answer } = open();
    await send('第一句');
    expect(box.element.value).toBe('');
    expect(panel.text()).toContain('第一句');
    await box.setValue('第二句还没写完');
    await answer(done);
    expect(box.element.value).toBe('第二句还没写完');
    expect(said).toEqual(['第一句']);
  });

  it('sends the next line although the last is still on its way', async () => {
    const { send, said, answer } = open();
    await send('第一句');
    await send('第二句');
    expect(said).toEqual(['第一句', '第二句']);
    await answer(done);
    await answer(done);
  });

  it('puts a refused line back before what was written meanwhile, and says why', async () => {
    const { panel, box, send, answer } = open();
    await send('第一句');
    await box.setValue('第二句');
    await answer({ is: 'refused', code: 'too_many' } as Outcome);
    expect(box.element.value).toBe('第一句\n第二句');
    expect(panel.get('[role=alert], .field__error').text()).not.toBe('');
  });
});
