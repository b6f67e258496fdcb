import type { ServedVisit, ShareKind } from '@protocol';
import { computed, watch } from 'vue';
import type { Console } from '../console/useConsole';

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

  // On hold nobody listens: what is said to a colleague must not go out.
  let mutedByHold = false;
  watch(
    () => together.value && (visit.value?.status.state === 'held' || visit.value?.status.state === 'transferring'),
    (held) => {
      if (held && call.microphone.value === 'live') {
        call.mute();
        mutedByHold = true;
      } else if (!held && mutedByHold) {
        call.unmute();
        mutedByHold = false;
      }
    },
  );

  // What was shown to one talk is not shown to the next: whether it moves on or comes back, it is asked for anew.
  watch(
    () => together.value && visit.value?.status.state === 'transferring',
    (moves) => {
      if (moves) void call.stopShare();
    },
  );

  // What this page shows and what the hall was told are brought together, also after a refresh that ended a share.
  const telling = new Set<ShareKind>();
  /** Done, but the view that shows it has not come yet. */
  const done = new Map<ShareKind, boolean>();
  async function tell(kind: ShareKind, shows: boolean): Promise<void> {
    const viewed = visit.value?.shares.some((share) => share.from === 'staff' && share.kind === kind) ?? false;
    if ((done.get(kind) ?? viewed) === shows || telling.has(kind)) return;
    telling.add(kind);
    const outcome = await operate({ topic: 'share', type: shows ? 'start' : 'stop', kind });
    telling.delete(kind);
    if (outcome.is === 'done') done.set(kind, shows);
  }
  watch(visit, () => done.clear(), { flush: 'sync' });
  watch(
    [together, connected, () => call.share.value.is === 'on', () => call.camera.value.is === 'on', () => visit.value],
    ([is, online, screen, camera]) => {
      if (!is || !online) return;
      // While the talk moves or rests nothing may begin to be shown; it is told when the talk goes on.
      const begins = visit.value?.status.state === 'serving';
      if (begins || !screen) void tell('screen', screen);
      if (begins || !camera) void tell('camera', camera);
    },
  );
}
