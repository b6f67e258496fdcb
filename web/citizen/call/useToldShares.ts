import type { ShareKind } from '@protocol';
import { computed, readonly, ref, watch } from 'vue';
import type { Citizen } from '../context';

/** The other side is told what is shown, however it began or ended: by our button, the browser's bar or the phone. */
export function useToldShares({ visit, call }: Pick<Citizen, 'visit' | 'call'>) {
  const cameraOn = computed(() => call.value?.camera.value.is === 'on');
  const sharing = computed(() => call.value?.share.value.is === 'on');
  const tell = (kind: ShareKind, on: boolean) =>
    void visit.connection.operate({ topic: 'share', type: on ? 'start' : 'stop', kind }, { untapped: true });

  // A page that was reloaded shows nothing any more, whatever it showed before; its person may not have noticed.
  const stopped = (visit.state.value.visit?.shares ?? []).filter(
    ({ from, kind }) => from === 'citizen' && !(kind === 'camera' ? cameraOn : sharing).value,
  );
  for (const { kind } of stopped) tell(kind, false);
  const reopened = ref(stopped.map(({ kind }) => kind));

  const changed = (kind: ShareKind, on: boolean) => {
    tell(kind, on);
    reopened.value = reopened.value.filter((one) => one !== kind);
  };
  watch(cameraOn, (on) => changed('camera', on));
  watch(sharing, (on) => changed('screen', on));
  /** What the page showed before it was reloaded, until it is shown again. */
  return readonly(reopened);
}
