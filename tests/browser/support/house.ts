// A real help desk: the program itself as a process, with a database and ports of its own in a temporary folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownMounts } from './apart';

export const repository = resolve(import.meta.dirname, '../../..');
export const program = process.env.PROGRAM_UNDER_TEST ?? join(repository, 'target/debug/yunyiban');

/**
 * A port nobody holds now, below those the kernel gives to connections that go out (from 32,768 on): browsers open hundreds, and one
 * of them must not have it when the help desk begins, or begins again after a kill.
 */
async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const isFree = await new Promise<boolean>((done) => {
    const server = createServer();
    server.on('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
  return isFree ? port : freePort();
}

/** When the program was begun and when it answered, in ms. */
export type Opening = { startedAt: number; reachableAt: number };

export type Person = { name: string; password: string };

/** How the program is begun: on what `init` wrote, as the demonstration, or as the demonstration by `make run` itself. */
type Kind = 'set-up' | 'demonstration' | 'make-run';

/** Empties a folder for the program that follows, and for it alone. */
const EMPTIED = ['sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"'];

/** Lays what is in a folder on a disk of its own in memory, so small, for the program that follows, and for it alone. */
const ON_SMALL_DISK = ['sh', '-c', 'cp -a "$0" "$0.kept" && mount -t tmpfs -o size="$1" none "$0" && cp -a "$0.kept/." "$0" && shift && exec "$@"'];

/** What the make around the tests leaves in the environment is not meant for another one. */
const OF_MAKE = ['MAKEFLAGS', 'MFLAGS', 'MAKELEVEL', 'LAN', 'BUILT'];

/** Whether the program answers is asked so often: without a pause the question takes a processor from what starts. */
const ASKED_EVERY_MS = 10;

/** What `init` writes. */
const CONFIG = 'yunyiban.toml';

export class House {
  readonly folder = mkdtempSync(join(tmpdir(), 'yunyiban-browser-'));
  readonly origin: string;
  private process: ChildProcess | undefined;
  /** Everything the program has printed since it was opened last. */
  printed = '';
  private readonly data = join(this.folder, 'data');
  /** The archive. */
  readonly database = join(this.data, 'yunyiban.db');
  private readonly origins: string[] = [];
  private readonly clock = join(this.folder, 'clock');

  private constructor(
    readonly port: number,
    readonly mediaPort: number,
    readonly hall: string,
    private readonly kind: Kind,
  ) {
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** The demonstration hall, as `make run` opens it. */
  static async demonstration(): Promise<House> {
    return new House(await freePort(), await freePort(), 'xinqu', 'demonstration');
  }

  /** `make run`, as it is typed, but for its ports, its folder, and the program that the tests have compiled already. */
  static async made(): Promise<House> {
    return new House(await freePort(), await freePort(), 'xinqu', 'make-run');
  }

  /** A hall set up with `init`: three windows, the sample catalogue, open around the clock unless told otherwise. */
  static async setUp({ hours = '1-7 00:00-24:00', name = '新区街道便民服务中心' } = {}): Promise<House> {
    const house = new House(await freePort(), await freePort(), 'xinqu', 'set-up');
    house.found({ id: house.hall, name, hours, administrator: 'admin' });
    return house;
  }

  /** A second hall in the same house, set up as the first. The help desk must be closed. */
  add(id: string, name: string): void {
    this.found({ id, name, hours: '1-7 00:00-24:00', administrator: `admin-${id}` }, `${id}.toml`);
  }

  private found({ id, name, hours, administrator }: Record<'id' | 'name' | 'hours' | 'administrator', string>, file = CONFIG): void {
    const words = [
      'init', '--name', name, '--id', id, '--telephone', '12345', '--windows', '3', '--hours', hours,
      '--administrator', administrator, '--display-name', '管理员', '--badge', '0001', '--origin', this.origin,
      '--listen', `127.0.0.1:${this.port}`, '--certificate', '-', '--media', `127.0.0.1:${this.mediaPort}`, '--advertised', '127.0.0.1',
      '--data', this.data, '--catalogue', join(repository, 'server/demo/catalogue.json'),
    ];
    this.tell(['--config', join(this.folder, file), ...words]);
  }

  /** One more origin pages may come from: that of a wire in front. */
  admit(origin: string): void {
    this.origins.push(origin);
  }

  /** Rules of the hall other than those of `init`, by their path: `{ 'timers.ring_ms': 3_000 }`, a list whole. The help desk must be closed. */
  amend(rules: Record<string, number | readonly (object | string)[]>): void {
    const changes = Object.entries(rules).map(([path, value]) => `'$.${path}', json('${JSON.stringify(value)}')`);
    this.write(`update halls set rules = json_set(rules, ${changes.join(', ')})`);
  }

  /** Changes the archive behind the program's back. */
  write(sql: string): void {
    execFileSync('sqlite3', [this.database, sql]);
  }

  /** From the next opening on the program's wall clock is ahead by so much; a program that was not built for the tests does not listen. */
  moveClock(aheadMs: number): void {
    writeFileSync(this.clock, String(aheadMs));
  }

  /** Runs one command of the program against this house and gives what it printed. */
  run(words: string[]): string {
    return this.tell([...this.where(), ...words]);
  }

  private tell(words: string[]): string {
    return execFileSync(program, words, { cwd: this.folder, env: this.environment(), encoding: 'utf8', input: '' });
  }

  /** A new staff member with a one-time password. The help desk must be closed. */
  hire(name: string, displayName: string, badge: string, ...more: string[]): Person {
    const printed = this.run(['staff', 'add', '--name', name, '--display-name', displayName, '--badge', badge, ...more]);
    return { name, password: oneTimePassword(printed, name) };
  }

  /** Somebody who has an account, with a fresh one-time password: the administrator of `init`. */
  giveAnother(name: string): Person {
    return { name, password: oneTimePassword(this.run(['staff', 'reset', '--name', name]), name) };
  }

  /** The one-time password the demonstration printed for a person. */
  demoPerson(name: string): Person {
    return { name, password: oneTimePassword(this.printed, name) };
  }

  /** Whether the program still runs, else how it ended. */
  get ending(): string {
    const { exitCode, signalCode } = this.process ?? { exitCode: null, signalCode: null };
    return exitCode === null && signalCode === null ? 'running' : `ended: ${exitCode ?? signalCode}`;
  }

  async open(): Promise<Opening> {
    return this.kind === 'make-run'
      ? this.begin('make', ['--no-print-directory', 'run', `BUILT=${program}`], repository)
      : this.begin(program, [...this.where(), 'serve'], this.folder);
  }

  /** The same where nobody has built the web yet: a program that is no release reads `web/dist` as it starts. */
  async openUnbuilt(): Promise<Opening> {
    const dist = join(repository, 'web/dist');
    return this.begin('unshare', [...ownMounts(), ...EMPTIED, dist, program, ...this.where(), 'serve'], this.folder);
  }

  /** The same with everything it stores on a disk of so many MiB, which goes when it ends: `write`, `hire` and the next opening know only what was there before. */
  async openOnSmallDisk(mib: number): Promise<Opening> {
    return this.begin('unshare', [...ownMounts(), ...ON_SMALL_DISK, this.data, `${mib}m`, program, ...this.where(), 'serve'], this.folder);
  }

  /** Takes all the room of the small disk. */
  fillDisk(): void {
    const ballast = openSync(this.ballast(), 'w');
    try {
      for (;;) writeSync(ballast, Buffer.alloc(4_096, 1));
    } catch (full) {
      if ((full as NodeJS.ErrnoException).code !== 'ENOSPC') throw full;
    } finally {
      closeSync(ballast);
    }
  }

  /** Gives the room back. */
  clearDisk(): void {
    rmSync(this.ballast());
  }

  /** On the disk that the program alone sees. */
  private ballast(): string {
    return `/proc/${this.process?.pid}/root${this.data}/ballast`;
  }

  private async begin(command: string, words: string[], cwd: string): Promise<Opening> {
    this.printed = '';
    const startedAt = Date.now();
    const child = spawn(command, words, { cwd, env: this.environment(), stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    child.stdout.on('data', (chunk) => (this.printed += String(chunk)));
    child.stderr.on('data', (chunk) => (this.printed += String(chunk)));
    // make looks first whether the web is built.
    const until = Date.now() + (this.kind === 'make-run' ? 120_000 : 30_000);
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the help desk stopped: ${this.printed}`);
      const well = await fetch(`${this.origin}/healthz`).then((answer) => answer.ok, () => false);
      if (well) return { startedAt, reachableAt: Date.now() };
      if (Date.now() > until) throw new Error(`the help desk does not open: ${this.printed}`);
      await new Promise((again) => setTimeout(again, ASKED_EVERY_MS));
    }
  }

  /** `kill -9`: no goodbye to anyone. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL');
  }

  /** Ends the help desk as a service manager does; what it stored stays. */
  async shut(): Promise<void> {
    await this.stop('SIGTERM');
  }

  /** Closes the help desk and forgets everything. */
  async close(): Promise<void> {
    await this.shut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async stop(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
  }

  private where(): string[] {
    return this.kind === 'set-up' ? ['--config', join(this.folder, CONFIG)] : ['--demo'];
  }

  private environment(): NodeJS.ProcessEnv {
    const ports = { YUNYIBAN_SERVER__LISTEN: `127.0.0.1:${this.port}`, YUNYIBAN_MEDIA__LISTEN: `127.0.0.1:${this.mediaPort}` };
    const origins = { YUNYIBAN_SERVER__PUBLIC_ORIGINS: [this.origin, ...this.origins].join(',') };
    const given = { ...process.env, TEST_WALL_CLOCK_MS: this.clock };
    if (this.kind === 'set-up') return { ...given, ...origins };
    if (this.kind === 'demonstration') return { ...given, ...ports, ...origins };
    const outer = Object.entries(given).filter(([name]) => !OF_MAKE.includes(name));
    const data = { YUNYIBAN_STORE__URL: `sqlite:${this.database}`, YUNYIBAN_FILES__FOLDER: join(this.data, 'files') };
    return { ...Object.fromEntries(outer), ...ports, ...data };
  }
}

/** The password in a line that names the person: the only word of 10 or more letters and digits behind the name. */
function oneTimePassword(printed: string, name: string): string {
  const line = printed.split('\n').find((text) => text.includes(name) && /[A-Za-z0-9-]{10,}/.test(text.replace(name, '')));
  const found = line?.replace(name, '').match(/[A-Za-z0-9-]{10,}/)?.[0];
  if (!found) throw new Error(`no password of ${name} in: ${printed}`);
  return found;
}
