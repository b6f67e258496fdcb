import type { Problem } from '@protocol';

/** What a request brought. A lost network is a problem like any other, so that nobody forgets it. */
export type Answer<Value> =
  { is: 'ok'; value: Value } | { is: 'problem'; code: string; request: string | null; retry_ms?: number | null };

const PATIENCE_MS = 15_000;

export function get<Value>(path: string, signal?: AbortSignal): Promise<Answer<Value>> {
  return ask<Value>(path, { method: 'GET' }, signal);
}

export function post<Value>(path: string, body?: unknown, signal?: AbortSignal): Promise<Answer<Value>> {
  const headers = { 'content-type': 'application/json' };
  return ask<Value>(path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) }, signal);
}

/**
 * A wish the hall could not look at is said once more after as long as it asks for: where the command line has just changed
 * something, the server has read it by then, and says whether this wish is of before.
 */
export async function postPatiently(path: string, wish: object, leaving: AbortSignal): Promise<Answer<null>> {
  const answer = await post<null>(path, wish);
  if (answer.is === 'ok' || !answer.retry_ms) return answer;
  const { retry_ms } = answer;
  await new Promise((resolve) => setTimeout(resolve, retry_ms));
  return leaving.aborted ? answer : post<null>(path, wish);
}

/** No answer came: nobody knows whether it was stored. */
export function isUnheard(code: string): boolean {
  return code === 'network' || code === 'no_answer';
}

/** Sends bytes as they are: the bulk lane. */
export function postBytes<Value>(path: string, bytes: Blob): Promise<Answer<Value>> {
  return ask<Value>(path, { method: 'POST', headers: { 'content-type': bytes.type }, body: bytes });
}

async function ask<Value>(path: string, init: RequestInit, signal?: AbortSignal): Promise<Answer<Value>> {
  const patience = new AbortController();
  const giveUp = () => patience.abort();
  const timer = setTimeout(giveUp, PATIENCE_MS);
  signal?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(path, { ...init, credentials: 'same-origin', signal: patience.signal });
    const body: unknown = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return { is: 'ok', value: body as Value };
    return isProblem(body)
      ? { is: 'problem', code: body.code, request: body.request, retry_ms: body.retry_ms }
      : { is: 'problem', code: 'other', request: null };
  } catch {
    return { is: 'problem', code: 'network', request: null };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string';
}
