import type { Notice, Operation, ServerMessage } from '@protocol';
import { newKey } from './key';

/** How an operation ended for the person who asked for it. */
export type Outcome =
  | { is: 'done'; value: string | null }
  | { is: 'refused'; code: string }
  /** The world failed, or no answer came in time. Whether it happened is unknown; the next snapshot tells. */
  | { is: 'failed'; code: string };

/** How an operation is done. */
export type Manner = {
  /** That of the same operation whose answer did not come, so that it is not done twice. */
  key?: string;
  /** Nobody tapped and nobody waits for it: it is said again as late as the server wishes, however late that is. */
  untapped?: boolean;
};

type Pending = {
  message: Operation & { key: string };
  untapped: boolean;
  failures: number;
  deadline: ReturnType<typeof setTimeout>;
  retry: ReturnType<typeof setTimeout> | undefined;
  settle: (outcome: Outcome) => void;
};

/** More than this at once is a page gone wrong. */
const MOST_PENDING = 32;
const MOST_FAILURES = 5;
/** What lasts longer, as a full disk does, is told at once: nobody looks at a button that turns for so long. */
const MOST_RETRY_MS = 5_000;

/**
 * Operations on their way. Each keeps its key, so repeating after a lost socket does nothing twice;
 * each has a deadline, so that no button spins for ever.
 */
export function createOperations(options: {
  send: (message: Operation & { key: string }) => boolean;
  deadlineMs: number;
}) {
  const pending = new Map<string, Pending>();

  function settle(key: string, outcome: Outcome): void {
    const entry = pending.get(key);
    if (!entry) return;
    pending.delete(key);
    clearTimeout(entry.deadline);
    clearTimeout(entry.retry);
    entry.settle(outcome);
  }

  return {
    operate(operation: Operation, { key = newKey(), untapped = false }: Manner = {}): Promise<Outcome> {
      if (pending.size >= MOST_PENDING) return Promise.resolve({ is: 'failed', code: 'too_many_operations' });
      const message = { ...operation, key };
      return new Promise((resolve) => {
        pending.set(key, {
          message,
          untapped,
          failures: 0,
          deadline: setTimeout(() => settle(key, { is: 'failed', code: 'no_answer' }), options.deadlineMs),
          retry: undefined,
          settle: resolve,
        });
        options.send(message);
      });
    },

    /** After each sign-in: everything unanswered is said again, oldest first. */
    repeat(): void {
      for (const entry of pending.values()) {
        clearTimeout(entry.retry);
        options.send(entry.message);
      }
    },

    reply(reply: Notice<'reply'>): void {
      if (reply.key === null) return;
      const entry = pending.get(reply.key);
      if (!entry) return;
      if (reply.type === 'done') return settle(reply.key, { is: 'done', value: reply.value });
      if (reply.type === 'refused') return settle(reply.key, { is: 'refused', code: reply.code });
      entry.failures += 1;
      const lasts = reply.retry_ms > MOST_RETRY_MS && !entry.untapped;
      if (lasts || entry.failures >= MOST_FAILURES) return settle(reply.key, { is: 'failed', code: reply.code });
      clearTimeout(entry.retry);
      entry.retry = setTimeout(() => options.send(entry.message), reply.retry_ms);
    },

    /** Nobody will answer any more. */
    abandon(code: string): void {
      for (const key of [...pending.keys()]) settle(key, { is: 'failed', code });
    },
  };
}

/** The code by which a reply without a key turns away a remark; which one, it does not say. `null` for other messages. */
export function failedRemark(message: ServerMessage): string | null {
  if (message.topic !== 'reply' || message.type === 'done') return null;
  return message.key === null ? message.code : null;
}
