import { announceUrgently, takeBack } from '@kit/components';
import type { Manner, Outcome } from '@kit/connection';
import type { Operation } from '@protocol';
import { readonly, ref } from 'vue';
import { tCode } from '../text';

/** Does something; true when the hall has done it. */
export type Does = (operation: Operation) => Promise<boolean>;

/** Does operations, and keeps what the last one that was not done says to the person. */
export function useOperate(send: (operation: Operation, manner?: Manner) => Promise<Outcome>) {
  /** `null` when all is well. */
  const trouble = ref<string | null>(null);

  function complain(code: string): void {
    trouble.value = tCode('refusals', code);
    announceUrgently(trouble.value);
  }

  /** What was refused is read or done: nobody finds it any more, on the page or reading on from there. */
  function dismissTrouble(): void {
    if (trouble.value !== null) takeBack(trouble.value);
    trouble.value = null;
  }

  return {
    trouble: readonly(trouble),
    complain,
    dismissTrouble,
    /** Does something and says so when it was not done; of what nobody tapped for only a refusal. Never rejects. */
    async operate(operation: Operation, manner?: Manner): Promise<Outcome> {
      const outcome = await send(operation, manner);
      if (manner?.untapped && outcome.is !== 'refused') return outcome;
      if (outcome.is === 'done') dismissTrouble();
      // Leaving the page or losing it to another tab has screens of its own.
      else if (outcome.code !== 'closed' && outcome.code !== 'replaced') complain(outcome.code);
      return outcome;
    },
  };
}
