import type { Call } from '@kit/call';
import type { Ring } from '@kit/ring/ring';
import type { Microphone, Operation } from '@protocol';

export type CallTapsOptions = {
  ring: Ring;
  /** The call, once its code is there; null when it does not come. */
  loadCall: () => Promise<Call | null>;
  operate: (operation: Operation) => Promise<unknown>;
};

/** The phone's own question may stand there for long; 「我在」 is told meanwhile. */
const MICROPHONE_PATIENCE_MS = 6_000;

/** The taps before a talk. Each also opens sound and microphone, which browsers allow to a tap alone. */
export function createCallTaps({ ring, loadCall, operate }: CallTapsOptions) {
  async function prepare(): Promise<Microphone> {
    void ring.unlock();
    ring.stop();
    const call = await loadCall();
    if (!call) return 'unasked';
    if (!call.support.call) return 'blocked';
    void call.openSound();
    return within(MICROPHONE_PATIENCE_MS, call.askMicrophone(), 'unasked');
  }

  return {
    async here(): Promise<void> {
      const microphone = await prepare();
      await operate({ topic: 'visit', type: 'here', microphone });
    },
    async comeBack(): Promise<void> {
      const prepared = prepare();
      await operate({ topic: 'visit', type: 'return' });
      await prepared;
    },
    async accept(): Promise<void> {
      // The microphone may come a moment later; the window must not wait for it.
      void prepare();
      await operate({ topic: 'visit', type: 'accept' });
    },
  };
}

function within<Value>(ms: number, promise: Promise<Value>, otherwise: Value): Promise<Value> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(otherwise), ms);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
