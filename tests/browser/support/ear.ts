// What a page is told, read from its sockets: exact at a kill, with nothing to ask a page for in between.
import type { ChatLine, ServerMessage } from '@protocol';
import type { Page, WebSocket } from '@playwright/test';

/** Lines of chat by their number, and the last version of the record; 0 for none. */
export type Heard = { lines: Map<number, string>; version: number };

type Socket = { heard: Heard; closed: Promise<void> };

export class Ear {
  private last: Socket = { heard: { lines: new Map(), version: 0 }, closed: Promise.resolve() };

  /** Of a page that has no socket yet. */
  constructor(page: Page) {
    page.on('websocket', (socket) => this.listen(socket));
  }

  /** All up to the end of the socket that is open now, once it has ended. */
  untilTheEnd(): Promise<Heard> {
    const { heard, closed } = this.last;
    return closed.then(() => heard);
  }

  private listen(socket: WebSocket): void {
    const heard: Heard = { lines: new Map(this.last.heard.lines), version: this.last.heard.version };
    socket.on('framereceived', ({ payload }) => hear(heard, JSON.parse(String(payload)) as ServerMessage));
    this.last = { heard, closed: new Promise((closed) => socket.on('close', () => closed())) };
  }
}

function hear(heard: Heard, message: ServerMessage): void {
  if (message.topic === 'chat') for (const line of message.lines) heard.lines.set(line.number, words(line));
  // A window is told the record with its visit: in the welcome, and at each change.
  const visit = message.topic === 'session' && message.type === 'welcome' ? message.console?.visit : undefined;
  const changed = message.topic === 'window' && message.type === 'visit' ? message.visit : visit;
  if (changed?.record) heard.version = Math.max(heard.version, changed.record.version);
}

function words({ body }: ChatLine): string {
  return body.is === 'text' ? body.text : body.bulk;
}
