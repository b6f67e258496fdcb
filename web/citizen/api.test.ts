import { PROTOCOL_VERSION } from '@protocol';
import { expect, it } from 'vitest';
import { createApi } from './api';

it('a phone nothing is kept for is answered without a body, and has no visit', async () => {
  const api = createApi('xinqu', () => Promise.resolve(new Response(null, { status: 204 })));
  expect(await api.resume()).toEqual({ is: 'refused', code: 'visit_unknown' });
});

it('says what it speaks, so that a server answers it as it understands', async () => {
  const bodies: unknown[] = [];
  const api = createApi('xinqu', (_path, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  await api.resume();
  expect(bodies).toEqual([{ version: PROTOCOL_VERSION }]);
});
