import type { Call } from '@kit/call';
import { createRing } from '@kit/ring/ring';
import type { Microphone, Notice, VisitStatus } from '@protocol';
import { effectScope, onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { isTogether, rings } from './state/screen';
import type { Visit } from './useVisit';

/** The phone's own question may stand there for long; 「我在」 is told meanwhile. */
const MICROPHONE_PATIENCE_MS = 6_000;

/** Binds the call and the ring to the visit: rights follow from its state and end with it. */
export function useCitizenCall(visit: () => Visit) {
  const call = shallowRef<Call | null>(null);
  const ring = createRing();
  const scope = effectScope();
  let loading: Promise<Call | null> | undefined;

  /** The code of the call comes while its person waits. */
  function load(): Promise<Call | null> {
    loading ??= import('./call/lane')
      .then(({ useCall }) => {
        const made = scope.run(() => useCall({ send: (message) => visit().connection.send(message) })) ?? null;
        call.value = made;
        return made;
      })
      .catch(() => {
        loading = undefined;
        return null;
      });
    return loading;
  }

  /** From a tap: sound and microphone. */
  async function prepare(): Promise<Microphone> {
    void ring.unlock();
    ring.stop();
    const made = await load();
    if (!made) return 'unasked';
    if (!made.support.call) return 'blocked';
    void made.openSound();
    return within(MICROPHONE_PATIENCE_MS, made.askMicrophone(), 'unasked');
  }

  async function here(): Promise<void> {
    const microphone = await prepare();
    await visit().operate({ topic: 'visit', type: 'here', microphone });
  }

  async function comeBack(): Promise<void> {
    const prepared = prepare();
    await visit().operate({ topic: 'visit', type: 'return' });
    await prepared;
  }

  async function accept(): Promise<void> {
    // The microphone may come a moment later; the window must not wait for it.
    void prepare();
    await visit().operate({ topic: 'visit', type: 'accept' });
  }

  /**
   * 「挂断」: nothing more goes out from here, whatever the network does with the message. If the hall did not hang up,
   * the two still talk, and are heard again.
   */
  async function hangUp(): Promise<void> {
    void call.value?.rest();
    const outcome = await visit().operate({ topic: 'visit', type: 'hang_up' });
    if (outcome.is === 'done') call.value?.close();
    else await follow(visit().state.value.visit?.status);
  }

  async function follow(status: VisitStatus | undefined): Promise<void> {
    if (rings(status)) ring.start();
    else ring.stop();
    if (!status || status.state === 'closed') return call.value?.close();
    const made = await load();
    if (!made || visit().state.value.visit?.status.state !== status.state) return;
    if (visit().connection.state.value.is === 'replaced') return;
    if (status.state === 'serving') {
      await made.open();
      // After a reload nobody taps: the question was answered before.
      if (made.support.call && made.microphone.value === 'unasked') await made.askMicrophone();
    } else if (status.state === 'transferring') {
      // What was shown to one person is not shown to the next without being asked.
      await made.stopCamera();
      await made.stopShare();
    } else if (isWarm(status)) {
      made.warm();
    } else if (!isTogether(status) && made.opened.value) {
      made.close();
    }
  }

  return {
    call: call as Readonly<ShallowRef<Call | null>>,
    ring,
    here,
    comeBack,
    accept,
    hangUp,
    hear: (notice: Notice<'call'>) => call.value?.hear(notice),
    /** Only what is said about a call can come too early. */
    failed: (code: string) => (code === 'not_now' ? call.value?.refused() : call.value?.failed()),
    reconnected: () => call.value?.reconnected(),
    /** Begins to follow the visit. */
    attach(): void {
      watch(
        () => visit().state.value.visit?.status,
        (status) => void follow(status),
        { immediate: true },
      );
      // Another page holds the visit now: its devices and its connection are that page's.
      watch(
        () => visit().connection.state.value.is,
        (is) => {
          if (is === 'replaced' || is === 'ended') call.value?.close();
        },
      );
      // Any tap lets the ring sound later, also after the phone has slept.
      const unlock = () => void ring.unlock();
      document.addEventListener('click', unlock);
      onScopeDispose(() => {
        document.removeEventListener('click', unlock);
        scope.stop();
        ring.close();
      });
    },
  };
}

/** The connection is built ahead of the call. Too far from the head the server refuses, and the next place tries again. */
function isWarm(status: VisitStatus): boolean {
  return status.state === 'connecting' || status.state === 'ringing' || (status.state === 'waiting' && status.here);
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
