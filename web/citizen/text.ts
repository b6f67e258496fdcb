import { createText } from '@kit/text/text';
import connect from '@locales/connect.json';
import duration from '@locales/duration.json';
import entry from '@locales/entry.json';
import hours from '@locales/hours.json';
import items from '@locales/items.json';
import network from '@locales/network.json';
import notice from '@locales/notice.json';
import queue from '@locales/queue.json';
import refusals from '@locales/refusals.json';
import suspension from '@locales/suspension.json';
import view from '@locales/view.json';

/** Every sentence of the citizen's page before a talk. */
export const { t, tCode } = createText({
  connect,
  duration,
  entry,
  hours,
  items,
  network,
  notice,
  queue,
  refusals,
  suspension,
  view,
});
