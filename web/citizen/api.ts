import {
  type HallCard,
  type HandoverCode,
  type ItemBrief,
  type ItemCode,
  type ItemGuide,
  type OfferHandover,
  type Problem,
  PROTOCOL_VERSION,
  type Resume,
  type SisterHalls,
  type TakeHandover,
  type TakeNumber,
  type TakenNumber,
  type Uploaded,
} from '@protocol';

/** A refusal of the server, or `network` when it was not reached. */
export type Answer<Value> = { is: 'done'; value: Value } | { is: 'refused'; code: string } | { is: 'unreachable' };

const PATIENCE_MS = 12_000;

/** The few requests of the citizen's page. None rejects. */
export function createApi(hall: string, ask: typeof fetch = (...request) => fetch(...request)) {
  const base = `/api/halls/${encodeURIComponent(hall)}`;

  async function request<Value>(path: string, init: RequestInit, signal?: AbortSignal): Promise<Answer<Value>> {
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
    const abort = () => patience.abort();
    signal?.addEventListener('abort', abort);
    try {
      const response = await ask(path, {
        credentials: 'same-origin',
        cache: 'no-store',
        ...init,
        signal: patience.signal,
      });
      // Nothing is kept for this phone: no mistake, so no error in the browser's eyes.
      if (response.status === 204) return { is: 'refused', code: 'visit_unknown' };
      if (response.ok) return { is: 'done', value: (await response.json()) as Value };
      // A gateway without words of its own is as good as unreachable.
      const problem = (await response.json().catch(() => null)) as Problem | null;
      return problem?.code ? { is: 'refused', code: problem.code } : { is: 'unreachable' };
    } catch {
      return { is: 'unreachable' };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
  const get = <Value>(path: string) => request<Value>(path, {});
  const post = <Value>(path: string, body: unknown, signal?: AbortSignal) =>
    request<Value>(
      path,
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
      signal,
    );

  return {
    takeNumber: (wish: TakeNumber) => post<TakenNumber>(`${base}/visits`, wish),
    /** The live visit of this phone, with a fresh ticket; refused `visit_unknown` when there is none. */
    resume: (signal?: AbortSignal) =>
      post<TakenNumber>(`${base}/resume`, { version: PROTOCOL_VERSION } satisfies Resume, signal),
    /** A code that moves the visit of this phone to another. */
    offerHandover: () => post<HandoverCode>(`${base}/handover`, {} satisfies OfferHandover),
    /** Brings the code of another phone. */
    takeHandover: (wish: TakeHandover) => post<TakenNumber>(`${base}/handover/take`, wish),
    hall: () => get<HallCard>(base),
    /** Those that handle an item, where one is given. */
    sisters: (item?: ItemCode) =>
      get<SisterHalls>(`${base}/sisters${item === undefined ? '' : `?item=${encodeURIComponent(item)}`}`),
    items: () => get<ItemBrief[]>(`${base}/items`),
    guide: (item: ItemCode) => get<ItemGuide>(`${base}/items/${encodeURIComponent(item)}`),
    sendPicture: (picture: Blob) =>
      request<Uploaded>(`/api/bulk?hall=${encodeURIComponent(hall)}`, {
        method: 'POST',
        headers: { 'content-type': picture.type },
        body: picture,
      }),
  };
}

export type Api = ReturnType<typeof createApi>;

export const pictureAddress = (bulk: string): string => `/api/bulk/${encodeURIComponent(bulk)}`;
