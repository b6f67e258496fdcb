import { type Connection, newKey } from '@kit/connection';
import type { ChatLine } from '@protocol';
import { computed, ref, type ShallowRef, shallowRef, watch } from 'vue';
import type { CitizenState } from '../state/state';

/** A line of this page that does not stand in the hall's chat yet. */
export type Unsent = Readonly<{
  id: number;
  /** Said again under the same one, a line whose answer was lost stands in the chat once. */
  key: string;
  text: string;
  /** The last line that was known when it was written: its own comes later. */
  after: number;
  /** Its number once the hall has stored it. */
  number: number | null;
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

  async function deliver({ id, key, text }: Unsent): Promise<void> {
    change(id, { failed: null });
    const outcome = await connection.operate({ topic: 'chat', type: 'say', body: { is: 'text', text } }, key);
    change(id, outcome.is === 'done' ? { number: Number(outcome.value) } : { failed: outcome.code });
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
    unsent: computed(() => missing(own.value, state.value.lines)),
    /** Sends what stands in the box, which is free for what comes next. */
    async say(): Promise<void> {
      const text = draft.value.trim();
      if (text === '') return;
      draft.value = '';
      const known = state.value.lines;
      const line = {
        id: ids++,
        key: newKey(),
        text,
        after: known[known.length - 1]?.number ?? 0,
        number: null,
        failed: null,
      };
      own.value = [...missing(own.value, known), line];
      await deliver(line);
    },
    again: deliver,
    forget,
  };
}

/** Those of its own lines that the chat does not show: known by their number, and before that by their words. */
function missing(own: readonly Unsent[], lines: readonly ChatLine[]): readonly Unsent[] {
  const found = new Set(own.map(({ number }) => number));
  return own.filter((line) => {
    if (line.number !== null) return !lines.some(({ number }) => number === line.number);
    // Only an answer that did not come leaves open whether it was stored.
    if (line.failed !== null && line.failed !== 'no_answer') return true;
    const its = lines.find(
      ({ number, from, body }) =>
        number > line.after &&
        !found.has(number) &&
        from === 'citizen' &&
        body.is === 'text' &&
        body.text === line.text,
    );
    if (its) found.add(its.number);
    return !its;
  });
}
