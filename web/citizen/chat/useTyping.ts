import { type Connection, newKey } from '@kit/connection';
import { notShown, type OwnLine } from '@kit/chat/unsent';
import type { ChatBody } from '@protocol';
import { computed, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { CitizenState } from '../state/state';

/** A line of this page that does not stand in the hall's chat yet. */
export type Unsent = OwnLine &
  Readonly<{
    id: number;
    /** Said again under the same one, a line whose answer was lost stands in the chat once. */
    key: string;
    body: ChatBody & { is: 'text' };
    /** Why it did not go out, by code; null while it is on its way. */
    failed: string | null;
  }>;

/** What is typed and not stored yet. It belongs to the visit: a screen that goes takes no words with it. */
export function useTyping(connection: Pick<Connection, 'operate'>, state: Readonly<ShallowRef<CitizenState>>) {
  const draft = ref('');
  const own = shallowRef<readonly Unsent[]>([]);
  let ids = 0;

  const change = (id: number, fields: Partial<Unsent>) => {
    own.value = own.value.map((line) => (line.id === id ? { ...line, ...fields } : line));
  };
  const forget = (id: number) => {
    own.value = own.value.filter((line) => line.id !== id);
  };

  async function deliver({ id, key, body }: Unsent): Promise<void> {
    change(id, { failed: null, refused: false });
    const outcome = await connection.operate({ topic: 'chat', type: 'say', body }, { key });
    if (outcome.is === 'done') change(id, { number: Number(outcome.value) });
    else change(id, { failed: outcome.code, refused: outcome.is === 'refused' });
  }

  watch(
    () => state.value.visit?.id,
    () => {
      draft.value = '';
      own.value = [];
    },
  );

  return {
    draft,
    /** Without those whose notice has come, which may be before the reply. */
    unsent: computed(() => notShown(own.value, state.value.lines, 'citizen')),
    /** Sends what stands in the box, which is free for what comes next. */
    async say(): Promise<void> {
      const text = draft.value.trim();
      if (text === '') return;
      draft.value = '';
      const known = state.value.lines;
      const line: Unsent = {
        id: ids++,
        key: newKey(),
        body: { is: 'text', text },
        after: known[known.length - 1]?.number ?? 0,
        number: null,
        refused: false,
        failed: null,
      };
      own.value = [...notShown(own.value, known, 'citizen'), line];
      await deliver(line);
    },
    again: deliver,
    forget,
  };
}
