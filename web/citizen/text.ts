import { createText } from '@kit/text/text';
import call from '@locales/call.json';
import chat from '@locales/chat.json';
import connect from '@locales/connect.json';
import done from '@locales/done.json';
import entry from '@locales/entry.json';
import hours from '@locales/hours.json';
import items from '@locales/items.json';
import leave from '@locales/leave.json';
import microphone from '@locales/microphone.json';
import missed from '@locales/missed.json';
import network from '@locales/network.json';
import notice from '@locales/notice.json';
import queue from '@locales/queue.json';
import rating from '@locales/rating.json';
import record from '@locales/record.json';
import refusals from '@locales/refusals.json';
import suspension from '@locales/suspension.json';
import view from '@locales/view.json';

/** Every sentence of the citizen's page. */
export const { t, tCode } = createText({
  call,
  chat,
  connect,
  done,
  entry,
  hours,
  items,
  leave,
  microphone,
  missed,
  network,
  notice,
  queue,
  rating,
  record,
  refusals,
  suspension,
  view,
});
