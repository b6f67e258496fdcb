import type { ShareKind } from '@protocol';
import { type Ref, watch } from 'vue';
import type { Console } from '../console/useConsole';

export type ToldSharesOptions = Pick<Console, 'call' | 'visit' | 'connected' | 'operate'> & {
  /** Citizen and window are in one call. */
  together: Readonly<Ref<boolean>>;
};

/** Brings together what this page shows and what the hall was told, also after a refresh that ended a share. */
export function useToldShares({ call, visit, connected, operate, together }: ToldSharesOptions): void {
  const telling = new Set<ShareKind>();
  /** Done, but the view that shows it has not come yet. */
  const done = new Map<ShareKind, boolean>();

  async function tell(kind: ShareKind, shows: boolean): Promise<void> {
    const viewed = visit.value?.shares.some((share) => share.from === 'staff' && share.kind === kind) ?? false;
    if ((done.get(kind) ?? viewed) === shows || telling.has(kind)) return;
    telling.add(kind);
    const outcome = await operate({ topic: 'share', type: shows ? 'start' : 'stop', kind }, { untapped: true });
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
