import { announce } from '@kit/components';
import { readonly, ref } from 'vue';
import type { Citizen } from '../context';
import { tCall } from './text';
import { prepared } from './photo';

/** Sends photos and screenshots: made small, up the bulk lane, then named in the chat. */
export function usePictures({ api, visit }: Citizen) {
  const sending = ref(false);
  /** Code of what went wrong with the last one. */
  const failed = ref<string | null>(null);
  const sent = ref(false);

  async function send(file: Blob): Promise<string | null> {
    const picture = await prepared(file);
    if (!picture) return 'bad_picture';
    const answer = await api.sendPicture(picture);
    if (answer.is === 'unreachable') return 'network';
    if (answer.is === 'refused') return answer.code;
    const body = { is: 'picture', bulk: answer.value.bulk } as const;
    const outcome = await visit.connection.operate({ topic: 'chat', type: 'say', body });
    return outcome.is === 'done' ? null : outcome.code;
  }

  return {
    sending: readonly(sending),
    failed: readonly(failed),
    sent: readonly(sent),
    /** From the file field; the field is emptied so that the same picture can be chosen again. */
    async take(event: Event, staffName: string): Promise<void> {
      const field = event.target as HTMLInputElement;
      const file = field.files?.[0];
      field.value = '';
      if (!file || sending.value) return;
      sending.value = true;
      sent.value = false;
      failed.value = await send(file);
      sending.value = false;
      sent.value = failed.value === null;
      if (sent.value) announce(tCall('call.picture_sent', { name: staffName }));
    },
  };
}
