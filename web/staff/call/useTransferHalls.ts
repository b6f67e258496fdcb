import type { TransferHall, TransferHalls } from '@protocol';
import { onScopeDispose, shallowRef } from 'vue';
import { get } from '../console/api';

/** The halls this one sends citizens on to, as they are while the sheet is open. One that cannot be asked hides them: the rest works. */
export function useTransferHalls() {
  const halls = shallowRef<readonly TransferHall[]>([]);
  const end = new AbortController();
  onScopeDispose(() => end.abort());
  void get<TransferHalls>('/api/staff/transfer-halls', end.signal).then((answer) => {
    if (answer.is === 'ok') halls.value = answer.value.halls;
  });
  return halls;
}
