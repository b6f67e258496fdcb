import { expect, test } from '@playwright/test';
import { findHoles } from '../support/album';

const ENTRY = 'citizen/entry/EntryScreen.vue';
const QUEUE = 'citizen/queue/QueueScreen.vue';

test('a picture that no story takes, a component that no list names and a name that outlived its component are told', () => {
  const screens = { [ENTRY]: ['citizen-1-entry', 'citizen-1-closed'], [QUEUE]: ['citizen-4-queue'] };
  const [components, files] = [[ENTRY, QUEUE], ['citizen-1-entry.png', 'citizen-1-closed.png', 'citizen-4-queue.png']];
  expect(findHoles(screens, components, files)).toEqual([]);
  expect(findHoles(screens, components, files.slice(1))).toEqual(['not taken: citizen-1-entry']);
  expect(findHoles(screens, [...components, 'staff/New.vue'], files)).toEqual(['not listed: staff/New.vue']);
  expect(findHoles(screens, [ENTRY], files)).toEqual([`listed, but no more there: ${QUEUE}`]);
});
