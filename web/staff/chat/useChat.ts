import { hallOf } from '@kit/chat/elsewhere';
import { notShown, type OwnLine } from '@kit/chat/unsent';
import { newKey } from '@kit/connection';
import type { ChatBody, ChatLine, Uploaded } from '@protocol';
import { computed, inject, type InjectionKey, provide, shallowRef, watch } from 'vue';
import { postBytes } from '../console/api';
import { seenWithoutGap } from '../console/state';
import type { Console } from '../console/useConsole';
import { shrinkPicture } from './picture';

const LINE_PATIENCE_MS = 2_000;

/** A line that the hall has not stored yet. Said again under the same key, one whose answer was lost is stored once. */
export type Unsent = OwnLine & {
  id: number;
  key: string;
  body: ChatBody | { is: 'uploading'; name: string };
  state: 'sending' | 'failed';
};

/** The chat of the visit on the desk: what was said, and what is still on its way. */
export function useChat({ state, visit, operate, complain, askChat }: Console) {
  const unsent = shallowRef<readonly Unsent[]>([]);
  let nextId = 1;

  const change = (id: number, fields: Partial<Unsent>) => {
    unsent.value = unsent.value.map((line) => (line.id === id ? { ...line, ...fields } : line));
  };
  const drop = (id: number) => {
    unsent.value = unsent.value.filter((line) => line.id !== id);
  };
  const add = (body: Unsent['body']): Unsent => {
    const known = state.value.chat;
    const after = known[known.length - 1]?.number ?? 0;
    const line: Unsent = { id: nextId++, key: newKey(), body, after, number: null, refused: false, state: 'sending' };
    unsent.value = [...unsent.value, line];
    return line;
  };

  async function deliver({ id, key }: Unsent, body: ChatBody): Promise<void> {
    change(id, { body, state: 'sending', refused: false });
    const outcome = await operate({ topic: 'chat', type: 'say', body }, { key });
    if (outcome.is !== 'done') return change(id, { state: 'failed', refused: outcome.is === 'refused' });
    drop(id);
    // The stored line comes by itself; if it has not in a while, it is asked for.
    setTimeout(() => {
      if (Number(outcome.value) > seenWithoutGap(state.value.chat)) askChat();
    }, LINE_PATIENCE_MS);
  }

  async function say(words: string): Promise<void> {
    const text = words.trim();
    if (text) await deliver(add({ is: 'text', text }), { is: 'text', text });
  }

  async function showPicture(file: File): Promise<void> {
    const meantFor = visit.value?.id;
    const line = add({ is: 'uploading', name: file.name });
    const picture = await shrinkPicture(file);
    const answer = picture
      ? await postBytes<Uploaded>('/api/bulk', picture)
      : { is: 'problem' as const, code: 'bad_picture', request: null };
    // Another citizen's chat must never get a picture meant for this one.
    if (visit.value?.id !== meantFor) return;
    if (answer.is === 'problem') {
      drop(line.id);
      return complain(answer.code);
    }
    await deliver(line, { is: 'picture', bulk: answer.value.bulk });
  }

  watch(
    () => visit.value?.id,
    () => {
      unsent.value = [];
    },
  );

  return {
    lines: computed(() => state.value.chat),
    /** The other hall that a line was said in. */
    hallOf: (line: ChatLine) => hallOf(line, visit.value?.referred),
    /** Without those that the chat shows already: an answer may be lost where the line is not. */
    unsent: computed(() => notShown(unsent.value, state.value.chat, 'staff')),
    say,
    showPicture,
    repeat: (line: Unsent) => (line.body.is === 'uploading' ? Promise.resolve() : deliver(line, line.body)),
    forget: drop,
  };
}

export type Chat = ReturnType<typeof useChat>;

const chatKey: InjectionKey<Chat> = Symbol('chat');

/** One chat for the console: a key and the pane speak into the same one. */
export function provideChat(console: Console): Chat {
  const chat = useChat(console);
  provide(chatKey, chat);
  return chat;
}

export function injectChat(): Chat {
  const found = inject(chatKey);
  if (!found) throw new Error('a chat pane stands outside of the console');
  return found;
}
