import type { ServedVisit } from '@protocol';
import { computed, type Ref, watch } from 'vue';
import type { Console } from '../console/useConsole';
import { useToldShares } from './useToldShares';

/** Whether the voice goes out now, as the visit's state allows; `keep` leaves it as it is. */
export function wantedVoice(visit: ServedVisit | null, together: boolean): 'open' | 'rest' | 'keep' {
  if (!visit || !together) return 'rest';
  switch (visit.status.state) {
    case 'serving':
      return visit.status.mode === 'media' ? 'open' : 'rest';
    // On hold and while a side is lost the mode is not told: it is still what it was.
    case 'held':
    case 'dropped':
    case 'transferring':
      return 'keep';
    default:
      return 'rest';
  }
}

/** Keeps the call in step with the desk: warm while seated, open while together, resting in between. */
export function useWindowCall({ call, desk, visit, seated, connected, over, operate }: Console) {
  const together = computed(() => desk.value.is === 'serving' && !over.value);

  // Another page holds the window now: its microphone and its connection are that page's.
  watch(over, (is) => {
    if (is) call.close();
  });

  // One warm connection a window: accepting a ring is then only opening the gate (DESIGN, Media).
  watch([seated, connected], ([is, online]) => {
    if (!is) return call.close();
    if (!online) return;
    call.warm();
    if (call.microphone.value === 'unasked') void call.askMicrophone();
  });

  watch(
    () => wantedVoice(visit.value, together.value),
    (wanted) => {
      if (wanted === 'open') void call.open();
      if (wanted !== 'rest') return;
      void call.rest();
      // The next citizen is not met by silence.
      if (call.microphone.value === 'muted') call.unmute();
    },
    { immediate: true },
  );

  // A camera turned on for a citizen who did not answer does not stay on.
  watch(
    () => desk.value.is === 'connecting' || together.value,
    (near) => {
      if (!near) void call.rest();
    },
  );

  useMutedByHold(
    call,
    computed(
      () => together.value && (visit.value?.status.state === 'held' || visit.value?.status.state === 'transferring'),
    ),
  );

  // What was shown to one talk is not shown to the next: whether it moves on or comes back, it is asked for anew.
  watch(
    () => together.value && visit.value?.status.state === 'transferring',
    (moves) => {
      if (moves) void call.stopShare();
    },
  );

  useToldShares({ call, visit, connected, operate, together });
}

/** On hold nobody listens: what is said to a colleague must not go out. */
function useMutedByHold(call: Console['call'], held: Readonly<Ref<boolean>>): void {
  let mutedByHold = false;
  watch(held, (is) => {
    if (is && call.microphone.value === 'live') {
      call.mute();
      mutedByHold = true;
    } else if (!is && mutedByHold) {
      call.unmute();
      mutedByHold = false;
    }
  });
}
