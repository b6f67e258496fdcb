// A wire that can be cut: TCP and UDP of one person go through here, and a cut drops everything both ways.
import { createSocket, type Socket } from 'node:dgram';
import { createServer, connect, type Server, type Socket as TcpSocket } from 'node:net';

export class Link {
  private whole = true;
  private readonly streams = new Set<TcpSocket>();
  private readonly talks = new Map<number, Socket>();

  private constructor(
    private readonly tcp: Server,
    private readonly udp: Socket,
    readonly port: number,
    readonly mediaPort: number,
  ) {}

  /** Forwards `port` and the UDP port `mediaPort` of 127.0.0.1. */
  static async to(port: number, mediaPort: number): Promise<Link> {
    const tcp = createServer();
    const udp = createSocket('udp4');
    await new Promise<void>((done) => tcp.listen(0, '127.0.0.1', done));
    await new Promise<void>((done) => udp.bind(0, '127.0.0.1', done));
    const address = tcp.address();
    const link = new Link(tcp, udp, address && typeof address === 'object' ? address.port : 0, udp.address().port);
    tcp.on('connection', (near) => link.carryStream(near, port));
    udp.on('message', (packet, from) => link.carryPacket(packet, from, mediaPort));
    return link;
  }

  /** From now on nothing arrives, in silence, as on a dead radio. */
  cut(): void {
    this.whole = false;
  }

  /** What was open before stays dead, as after a long silence on a phone; new connections pass. */
  mend(): void {
    this.whole = true;
    for (const stream of this.streams) stream.destroy();
  }

  /** As when a phone's network gives it another address: what was sent to the old one is lost, what the page sends comes from a new one. */
  rebind(): void {
    for (const talk of this.talks.values()) talk.close();
    this.talks.clear();
  }

  close(): void {
    for (const stream of this.streams) stream.destroy();
    for (const talk of this.talks.values()) talk.close();
    this.tcp.close();
    this.udp.close();
  }

  private carryStream(near: TcpSocket, port: number): void {
    if (!this.whole) {
      this.hold(near);
      return;
    }
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]] as const) {
      this.hold(from);
      from.on('data', (chunk) => this.whole && to.write(chunk));
      from.on('close', () => this.whole && to.destroy());
    }
  }

  private hold(stream: TcpSocket): void {
    this.streams.add(stream);
    stream.on('error', () => stream.destroy());
    stream.on('close', () => this.streams.delete(stream));
  }

  private carryPacket(packet: Buffer, from: { address: string; port: number }, mediaPort: number): void {
    if (!this.whole) return;
    let talk = this.talks.get(from.port);
    if (!talk) {
      talk = createSocket('udp4');
      talk.on('message', (back) => this.whole && this.udp.send(back, from.port, from.address));
      this.talks.set(from.port, talk);
    }
    talk.send(packet, mediaPort, '127.0.0.1');
  }
}
