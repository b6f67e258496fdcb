import { ref } from 'vue';
import { useCitizen } from '../context';

/** Follows a visit that goes on in another hall: the answer brings its cookie, and the page of that hall does the rest. */
export function useFollow(page: Pick<Location, 'assign'> = location) {
  const { api } = useCitizen();
  const failed = ref(false);

  async function follow(): Promise<void> {
    const answer = await api.follow();
    failed.value = answer.is !== 'done';
    if (answer.is === 'done') page.assign(`/h/${encodeURIComponent(answer.value.hall)}`);
  }

  return { follow, failed };
}
