import type { ServedVisit, ShareKind } from '@protocol';
import { computed, ref, type Ref, watch } from 'vue';
import type { Console } from '../console/useConsole';

/**
 * What this page showed before it was loaded again and shows no more: nobody pressed anything, so it is said until it is
 * shown again or whoever sits here has read it. The hall is told beside it (`useToldShares`).
 */
export function useReopened(visit: ServedVisit, call: Pick<Console['call'], 'camera' | 'share'>) {
  const stopped = { screen: useStopped(visit, 'screen', call.share), camera: useStopped(visit, 'camera', call.camera) };
  return {
    reopened: computed(() => (['screen', 'camera'] as const).filter((kind) => stopped[kind].value)),
    dismiss(kind: 'screen' | 'camera'): void {
      stopped[kind].value = false;
    },
  };
}

function useStopped(visit: ServedVisit, kind: ShareKind, picture: Readonly<Ref<{ is: string }>>) {
  const isOn = () => picture.value.is === 'on';
  const stopped = ref(!isOn() && visit.shares.some((share) => share.from === 'staff' && share.kind === kind));
  watch(isOn, () => (stopped.value = false));
  return stopped;
}
