// Citizens without a browser: a long line behind the few who are looked at. What speaks with the hall is their page's own program, over
// sockets of node.
import { randomUUID } from 'node:crypto';
import type { Place, ServerMessage, VisitView } from '@protocol';
import NodeSocket from 'ws';
import { type Api, createApi } from '../../../web/citizen/api';
import { createTickets } from '../../../web/citizen/tickets';
import { createHeartbeat } from '../../../web/kit/connection/heartbeat';
import { createOperations } from '../../../web/kit/connection/operations';
import { createSocket } from '../../../web/kit/connection/socket';
import type { House } from './house';

/** As the page of somebody who waits beats. */
const BEAT_MS = 25_000;

/** So long the page says again that somebody leaves, where no answer comes. */
const DEADLINE_MS = 60_000;

export type Told = { number: string; ahead: Place['ahead'] | undefined };

/** Takes a number. */
export async function joinLine(house: House): Promise<Waiting> {
  const waiting = new Waiting(house);
  if (!(await waiting.takeNumber())) throw new Error('a number: nobody answers');
  return waiting;
}

export class Waiting {
  number = '';
  /** What the hall has told last; a return by the ticket of the last welcome tells only what is new. */
  private known: Told | undefined;
  /** A socket is open and welcome. */
  private listens = false;
  /** How often a socket was lost. */
  cuts = 0;
  /** The hall has told that the visit has ended. */
  hasLeft = false;
  private cookie = '';
  /** One tap for a number, however often it is asked for. */
  private readonly key = randomUUID();
  private readonly api: Api;
  private readonly tickets: ReturnType<typeof createTickets>;
  private readonly heartbeat = createHeartbeat({
    ping: () => this.socket.write({ topic: 'session', type: 'ping', visible: true }),
    heartbeatMs: () => BEAT_MS,
    onSilence: () => this.socket.lose(),
  });
  private readonly operations = createOperations({ send: (message) => this.socket.write(message), deadlineMs: DEADLINE_MS });
  private readonly socket = createSocket({
    // As a page that has seen nothing: all is told anew with the welcome.
    ticket: async (signal) => ({ ...(await this.tickets.fetch(signal)), seen: 0 }),
    makeSocket: (returns) => this.dial(returns),
    random: Math.random,
    hurried: () => false,
    onMessage: (message) => this.hear(message),
    onConnected: () => {
      this.operations.repeat();
      this.heartbeat.beat();
    },
    onGone: () => this.loseSocket(),
    onOver: (code) => this.operations.abandon(code),
  });

  constructor(private readonly house: House) {
    this.api = createApi(house.hall, (path, init) => this.ask(String(path), init));
    this.tickets = createTickets(this.api, () => undefined);
  }

  /** Asked again, it is the same number. False where nobody answered. */
  async takeNumber(): Promise<boolean> {
    const card = await this.api.hall();
    if (card.is === 'unreachable') return false;
    if (card.is === 'refused') throw new Error(`the card of the hall: ${card.code}`);
    const taken = await this.api.takeNumber({ key: this.key, item: null, notice_version: card.value.notice_version });
    if (taken.is === 'unreachable') return false;
    if (taken.is === 'refused') throw new Error(`a number: ${taken.code}`);
    this.tickets.keep(taken.value);
    this.number = taken.value.visit.number;
    return true;
  }

  /** 「不排了」, said until the hall has answered. */
  async leave(): Promise<void> {
    const outcome = await this.operations.operate({ topic: 'visit', type: 'leave' });
    if (outcome.is !== 'done') throw new Error(`${this.number} leaves: ${outcome.code}`);
    this.hasLeft = true;
  }

  /** Comes back with the cookie, and gives the number that this leads to. */
  async resume(): Promise<string> {
    const found = await this.api.resume();
    if (found.is !== 'done') throw new Error(`a return: ${JSON.stringify(found)}`);
    return found.value.visit.number;
  }

  /** Opens the page, which from now on comes back by itself. */
  open(): void {
    this.socket.step({ type: 'start' });
  }

  /** Closes the page; the number waits. */
  close(): void {
    this.socket.stop();
  }

  /** What is known, while a socket is open that keeps it so. */
  get told(): Told | undefined {
    return this.listens ? this.known : undefined;
  }

  /** As a page does: returns go where its cookie comes along. */
  private dial(returns: boolean): WebSocket {
    const path = returns ? `/api/halls/${this.house.hall}/ws` : '/ws';
    const headers: Record<string, string> = returns ? { cookie: this.cookie } : {};
    const socket = new NodeSocket(`${this.house.origin.replace('http', 'ws')}${path}`, { origin: this.house.origin, headers });
    // While the server is away nobody answers; a browser tells its page of that by the close alone, and so it is heard here.
    socket.addEventListener('error', () => undefined);
    return socket;
  }

  private loseSocket(): void {
    if (this.listens) this.cuts += 1;
    this.listens = false;
    this.heartbeat.stop();
  }

  private hear(message: ServerMessage): void {
    if (message.topic === 'reply') this.operations.reply(message);
    if (message.topic === 'session') {
      this.heartbeat.hear(message);
      if (message.type === 'welcome') this.listens = true;
      if (message.type === 'welcome' && message.visit) this.see(message.visit);
    }
    if (message.topic !== 'visit') return;
    if (message.type === 'changed') this.see(message.visit);
    if (message.type === 'place' && this.known) this.known = { ...this.known, ahead: message.place.ahead };
  }

  private see({ number, status }: VisitView): void {
    this.known = { number, ahead: 'place' in status ? status.place?.ahead : undefined };
  }

  /** What a browser does for its page: the whole address, the origin, the cookie. */
  private async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, origin: this.house.origin, ...(this.cookie ? { cookie: this.cookie } : {}) };
    const answer = await fetch(`${this.house.origin}${path}`, { ...init, headers });
    this.cookie = answer.headers.getSetCookie().map((text) => text.split(';')[0]).join('; ') || this.cookie;
    return answer;
  }
}
