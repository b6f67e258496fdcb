import { expect, it } from 'vitest';
import { createApi } from './api';

it('a phone nothing is kept for is answered without a body, and has no visit', async () => {
  const api = createApi('xinqu', () => Promise.resolve(new Response(null, { status: 204 })));
  expect(await api.resume()).toEqual({ is: 'refused', code: 'visit_unknown' });
});
