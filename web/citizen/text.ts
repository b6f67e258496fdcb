import { createText } from '@kit/text/text';
import call from '@locales/call.json';
import connect from '@locales/connect.json';
import duration from '@locales/duration.json';
import entry from '@locales/entry.json';
import hours from '@locales/hours.json';
import items from '@locales/items.json';
import microphone from '@locales/microphone.json';
import network from '@locales/network.json';
import notice from '@locales/notice.json';
import queue from '@locales/queue.json';
import refusals from '@locales/refusals.json';
import suspension from '@locales/suspension.json';
import view from '@locales/view.json';

/** Every sentence of the citizen's page. */
export const { t, tCode } = createText({
  call,
  connect,
  duration,
  entry,
  hours,
  items,
  microphone,
  network,
  notice,
  queue,
  refusals,
  suspension,
  view,
});
