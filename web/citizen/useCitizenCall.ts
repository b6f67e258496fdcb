import { assertNever } from '@kit/assertNever';
import type { Call, CallOptions } from '@kit/call';
import { createRing } from '@kit/ring/ring';
import type { Notice, VisitStatus } from '@protocol';
import { effectScope, onScopeDispose, type ShallowRef, shallowRef, watch } from 'vue';
import { createCallTaps } from './call/callTaps';
import { type WantedCall, wantedCall } from './call/wantedCall';
import { lane, loadLane } from './call/useLane';
import { rings } from './state/screen';
import type { Visit } from './useVisit';

/** Binds the call and the ring to the visit. */
export function useCitizenCall(visit: () => Visit) {
  const ring = createRing();
  const { call, loadCall } = createCallLoader({
    send: (message) => visit().connection.send(message),
    setup: () => visit().connection.mediaSetup(),
  });
  const taps = createCallTaps({ ring, loadCall, operate: (operation) => visit().operate(operation) });
  const status = () => visit().state.value.visit?.status;
  /** The visit went on before the code of the call was there. */
  let missed = false;
  const connection = () => visit().connection.state.value.is;

  /**
   * 「挂断」: nothing more goes out from here, whatever the network does with the message. If the hall did not hang up,
   * the two still talk, and are heard again.
   */
  async function hangUp(): Promise<void> {
    void call.value?.rest();
    const outcome = await visit().operate({ topic: 'visit', type: 'hang_up' });
    if (outcome.is === 'done') call.value?.close();
    else await follow(status());
  }

  async function follow(now: VisitStatus | undefined): Promise<void> {
    if (rings(now)) ring.start();
    else ring.stop();
    const wanted = wantedCall(now);
    if (wanted === 'over') return call.value?.close();
    const made = await loadCall();
    missed = !made;
    // The visit may have gone on meanwhile, and is followed there.
    if (made && status()?.state === now?.state && connection() !== 'replaced') await followInCall(made, wanted);
  }

  return {
    call,
    ring,
    ...taps,
    hangUp,
    hear: (notice: Notice<'call'>) => call.value?.hear(notice),
    /** Only what is said about a call can come too early. */
    failed: (code: string) => (code === 'not_now' ? call.value?.refused() : call.value?.failed()),
    reconnected: () => call.value?.reconnected(),
    /** Begins to follow the visit. */
    attach(): void {
      watch(status, (now) => void follow(now), { immediate: true });
      watch(lane, () => {
        if (missed) void follow(status());
      });
      // Another page holds the visit now: its devices and its connection are that page's.
      watch(connection, (is) => {
        if (is === 'replaced' || is === 'ended') call.value?.close();
      });
      // Any tap lets the ring sound later, also after the phone has slept.
      const unlock = () => void ring.unlock();
      document.addEventListener('click', unlock);
      onScopeDispose(() => {
        document.removeEventListener('click', unlock);
        ring.close();
      });
    },
  };
}

/** The code of the call comes while its person waits. */
function createCallLoader(options: CallOptions) {
  const call = shallowRef<Call | null>(null);
  const scope = effectScope();

  async function loadCall(): Promise<Call | null> {
    const code = await loadLane();
    if (code) call.value ??= scope.run(() => code.useCall(options)) ?? null;
    return call.value;
  }

  return { call: call as Readonly<ShallowRef<Call | null>>, loadCall };
}

/** Does with the call what the visit asks of it. */
async function followInCall(call: Call, wanted: Exclude<WantedCall, 'over'>): Promise<void> {
  switch (wanted) {
    case 'open':
      await call.open();
      // After a reload nobody taps: the question was answered before.
      if (call.support.call && call.microphone.value === 'unasked') await call.askMicrophone();
      return;
    case 'unshown':
      await call.stopCamera();
      return call.stopShare();
    case 'warm':
      return call.warm();
    case 'apart':
      if (call.opened.value) call.close();
      return;
    case 'as_it_is':
      return;
    default:
      assertNever(wanted);
  }
}
