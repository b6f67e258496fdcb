// A wire that can be cut: TCP and UDP of one person go through here, and a cut drops everything both ways.
import { createSocket, type Socket } from 'node:dgram';
import { createServer, connect, type Server, type Socket as TcpSocket } from 'node:net';

/** What a cut takes away. */
type Part = 'pages' | 'media';

export class Link {
  private readonly dead = new Set<Part>();
  private readonly streams = new Map<TcpSocket, Part>();
  private readonly talks = new Map<number, Socket>();
  /** How much later a packet by UDP arrives, each way. */
  private lateMs = 0;
  /** Voice and picture by UDP do not arrive, and whatever else travels beside them does. */
  private swallows = false;
  private closed = false;
  readonly origin: string;

  private constructor(
    private readonly pages: Server,
    private readonly mediaTcp: Server,
    private readonly mediaUdp: Socket,
    readonly mediaPort: number,
  ) {
    this.origin = `http://127.0.0.1:${portOf(pages)}`;
  }

  /** Forwards the TCP port `port` and both ways to the relay, UDP and TCP on `mediaPort`, of 127.0.0.1. */
  static async to(port: number, mediaPort: number): Promise<Link> {
    const [pages, mediaTcp, mediaUdp] = [createServer(), createServer(), createSocket('udp4')];
    await new Promise<void>((done) => pages.listen(0, '127.0.0.1', done));
    // A page is told one number for both: a port that TCP had free just now is free for UDP as good as always.
    await new Promise<void>((done) => mediaTcp.listen(0, '127.0.0.1', done));
    const own = portOf(mediaTcp);
    await new Promise<void>((done) => mediaUdp.bind(own, '127.0.0.1', done));
    const link = new Link(pages, mediaTcp, mediaUdp, own);
    pages.on('connection', (near) => link.carryStream(near, port, 'pages'));
    mediaTcp.on('connection', (near) => link.carryStream(near, mediaPort, 'media'));
    mediaUdp.on('message', (packet, from) => link.carryPacket(packet, from, mediaPort));
    return link;
  }

  /** From now on nothing arrives, in silence, as on a dead radio. */
  cut(): void {
    this.dead.add('pages').add('media');
  }

  /** Sound and picture arrive no more, by UDP and TCP; the page and its socket stay. */
  cutMedia(): void {
    this.dead.add('media');
  }

  /** As behind a box that lets the connection come about and carries nothing over it: packets of voice and picture by UDP are lost. */
  swallow(): void {
    this.swallows = true;
  }

  /** As where a signal goes a long way round: from now on what travels by UDP arrives so much later, each way. */
  delay(ms: number): void {
    this.lateMs = ms;
  }

  /** What was cut off stays dead, as after a long silence on a phone; new connections pass. */
  mend(): void {
    for (const [stream, part] of this.streams) if (this.dead.has(part)) stream.destroy();
    this.dead.clear();
    this.swallows = false;
  }

  /** As when a phone's network gives it another address: what was sent to the old one is lost, what the page sends comes from a new one. */
  rebind(): void {
    for (const talk of this.talks.values()) talk.close();
    this.talks.clear();
  }

  close(): void {
    this.closed = true;
    for (const stream of this.streams.keys()) stream.destroy();
    for (const talk of this.talks.values()) talk.close();
    this.pages.close();
    this.mediaTcp.close();
    this.mediaUdp.close();
  }

  private carryStream(near: TcpSocket, port: number, part: Part): void {
    if (this.dead.has(part)) {
      this.hold(near, part);
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]] as const) {
      this.hold(from, part);
      from.on('data', (chunk) => this.dead.has(part) || to.write(chunk));
      from.on('close', () => this.dead.has(part) || to.destroy());
    }
  }

  private hold(stream: TcpSocket, part: Part): void {
    this.streams.set(stream, part);
    stream.on('error', () => stream.destroy());
    stream.on('close', () => this.streams.delete(stream));
  }

  private later(send: () => void): void {
    if (this.dead.has('media')) return;
    if (this.lateMs === 0) send();
    else setTimeout(() => this.closed || send(), this.lateMs);
  }

  private carryPacket(packet: Buffer, from: { address: string; port: number }, mediaPort: number): void {
    let talk = this.talks.get(from.port);
    if (!talk) {
      talk = createSocket('udp4');
      talk.on('message', (back) => this.later(() => this.mediaUdp.send(back, from.port, from.address)));
      this.talks.set(from.port, talk);
    }
    if (this.swallows && isMedia(packet)) return;
    const far = talk;
    this.later(() => far.send(packet, mediaPort, '127.0.0.1'));
  }
}

/** RTP by its first two bytes, and no RTCP (RFC 7983, RFC 5761). */
function isMedia(packet: Buffer): boolean {
  const [first = 0, second = 0] = packet;
  return first >= 128 && first <= 191 && !(second >= 192 && second <= 223);
}

function portOf(server: Server): number {
  const address = server.address();
  if (!address || typeof address !== 'object') throw new Error('no port');
  return address.port;
}
