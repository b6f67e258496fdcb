import { assertNever } from '@kit/assertNever';
import type { ServedVisit } from '@protocol';
import type { Desk } from '../console/desk';
import { t } from '../text';

/** One word for what goes on with the visit on the desk. */
export function visitWord(desk: Desk): string {
  switch (desk.is) {
    case 'ringing':
      return t('call.state_ringing');
    case 'connecting':
      return desk.visit.callback ? t('call.callback_state') : t('call.state_connecting');
    case 'wrap_up':
      return t('call.state_wrap_up');
    case 'serving':
      return servingWord(desk.visit);
    case 'opening':
    case 'standing':
    case 'idle':
      return '';
    default:
      return assertNever(desk);
  }
}

function servingWord({ status }: ServedVisit): string {
  if (status.state === 'held') return t('call.state_held');
  if (status.state === 'transferring') return t('call.state_transferring');
  if (status.state === 'dropped') return t('call.state_dropped');
  if (status.state !== 'serving') return '';
  switch (status.mode) {
    case 'media':
      return t('call.state_serving');
    case 'text':
      return t('call.state_text');
    case 'telephone':
      return t('call.state_telephone');
    default:
      return assertNever(status.mode);
  }
}
