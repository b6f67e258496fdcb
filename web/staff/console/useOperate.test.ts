import { announcements } from '@kit/components/YAnnouncer/announce';
import type { Outcome } from '@kit/connection';
import { expect, it } from 'vitest';
import { useOperate } from './useOperate';

const STOP = { topic: 'share', type: 'stop', kind: 'screen' } as const;

it.each<[string, Outcome, boolean, boolean]>([
  ['a tap that came to nothing', { is: 'failed', code: 'disk_full' }, false, true],
  ['what nobody tapped for and the world let fail', { is: 'failed', code: 'disk_full' }, true, false],
  ['what nobody tapped for and a rule forbids', { is: 'refused', code: 'not_allowed' }, true, true],
])('%s', async (_, outcome, untapped, said) => {
  const { operate, trouble } = useOperate(() => Promise.resolve(outcome));
  await operate(STOP, { untapped });
  expect(trouble.value !== null).toBe(said);
});

it('what is done without a tap leaves the words about another matter alone', async () => {
  let outcome: Outcome = { is: 'failed', code: 'disk_full' };
  const { operate, trouble } = useOperate(() => Promise.resolve(outcome));
  await operate(STOP);
  outcome = { is: 'done', value: null };
  await operate(STOP, { untapped: true });
  expect(trouble.value).not.toBeNull();
  await operate(STOP);
  expect(trouble.value).toBeNull();
});

it('what was said of a trouble is not read out any more once it is done or dismissed', async () => {
  let outcome: Outcome = { is: 'refused', code: 'record_missing' };
  const { operate, dismissTrouble } = useOperate(() => Promise.resolve(outcome));
  await operate(STOP);
  expect(announcements.urgent).toContain('这一位的办件还没有登记。');
  outcome = { is: 'done', value: null };
  await operate(STOP);
  expect(announcements.urgent).toBe('');
  outcome = { is: 'refused', code: 'not_now' };
  await operate(STOP);
  dismissTrouble();
  expect(announcements.urgent).toBe('');
});
