import type { HallCard, HallId, TransferHalls } from '@protocol';
import { onScopeDispose, shallowRef } from 'vue';
import { get } from '../console/api';

/** Another hall, as the sheet of a transfer shows it. */
export type OtherHall = {
  id: HallId;
  name: string;
  /** `silent`: it has not answered, so that nobody knows. */
  state: 'open' | 'closed' | 'silent';
  /** How many wait there, where it is open. */
  waiting: number;
};

/** The halls this one sends citizens on to, as they are while the sheet is open. Where they cannot be asked for, none is shown: the rest works. */
export function useTransferHalls() {
  const halls = shallowRef<readonly OtherHall[]>([]);
  const end = new AbortController();
  onScopeDispose(() => end.abort());

  async function askAll(): Promise<void> {
    const answer = await get<TransferHalls>('/api/staff/transfer-halls', end.signal);
    if (answer.is !== 'ok') return;
    halls.value = answer.value.halls.map(({ id, name, open, waiting }) => {
      return { id, name, state: open ? 'open' : 'silent', waiting };
    });
    await Promise.all(halls.value.filter(({ state }) => state === 'silent').map(askOne));
  }

  /** The list calls a hall that did not answer in time closed. Its own card does not, and may come later. */
  async function askOne({ id }: OtherHall): Promise<void> {
    const answer = await get<HallCard>(`/api/halls/${encodeURIComponent(id)}`, end.signal);
    if (answer.is !== 'ok') return;
    const { open, closed_because, busyness } = answer.value;
    const state = open.state === 'open' && closed_because === null ? 'open' : 'closed';
    halls.value = halls.value.map((hall) => (hall.id === id ? { ...hall, state, waiting: busyness.waiting } : hall));
  }

  void askAll();
  return halls;
}
