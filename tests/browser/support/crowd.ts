// Citizens without a browser: what a page says over HTTP, for a long line behind the few who are looked at.
import { randomUUID } from 'node:crypto';
import type { House } from './house';

/** People ahead, as told: `exact` and `about` have a count, `between` its two ends. */
type Ahead = { is: string; count: number } | { is: 'between'; from: number; to: number };

type Answer = { visit: { number: string; status: { place?: { ahead: Ahead } } }; hall: { notice_version: string } };

export type Waiting = {
  number: string;
  ahead: Ahead | undefined;
  /** Comes back with its cookie. */
  resume: () => Promise<Waiting>;
};

/** Takes a number. */
export async function joinLine(house: House): Promise<Waiting> {
  const card = (await (await fetch(`${house.origin}/api/halls/${house.hall}`)).json()) as { notice_version: string };
  return ask(house, 'visits', undefined, { key: randomUUID(), item: null, notice_version: card.notice_version });
}

async function ask(house: House, verb: 'visits' | 'resume', cookie: string | undefined, body: unknown): Promise<Waiting> {
  const answer = await fetch(`${house.origin}/api/halls/${house.hall}/${verb}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: house.origin, ...(cookie ? { cookie } : {}) },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${verb}: ${answer.status} ${await answer.text()}`);
  const fresh = answer.headers.getSetCookie().map((text) => text.split(';')[0]).join('; ') || cookie;
  const { visit } = (await answer.json()) as Answer;
  return { number: visit.number, ahead: visit.status.place?.ahead, resume: () => ask(house, 'resume', fresh, {}) };
}
