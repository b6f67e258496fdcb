import { browserEnvironment } from '@kit/call';
import {
  inject,
  type InjectionKey,
  onScopeDispose,
  provide,
  type Ref,
  readonly,
  ref,
  shallowReadonly,
  shallowRef,
  watch,
} from 'vue';
import type { Console } from '../console/useConsole';
import { createCameraHabit, ownStorage } from './cameraHabit';
import { brightnessOf, type CameraDoors, type CameraFault, glanceAtCamera, lookThroughCamera } from './cameraLook';

/** How the camera of this window stands. `unused`: the person talks without it, and nothing is looked at. */
export type CameraState = { is: 'unused' } | { is: 'unknown' } | { is: 'well' } | { is: 'fault'; fault: CameraFault };

/** What the test looks at and through. */
export type CameraTestOptions = CameraDoors & { storage: Storage | undefined };

/** The list of devices and the permission cost nothing. */
const GLANCE_MS = 5_000;
/** To open it makes its light go on: twice an hour. */
const LOOK_MS = 30 * 60_000;

/**
 * The window looks at its camera between calls, if it is one that shows itself: who serves by voice alone is left in peace. A camera
 * that fails makes nobody deaf, so the window is rung all the same (a talk begins as voice, JOURNEYS 8), the hall hears nothing of it, and
 * the person reads how to mend it before a citizen waits.
 *
 * A camera's light must not go on and off all day. So what the browser says of a closed one is looked at every few seconds, and it is
 * opened for a moment only after sitting down, when another camera has come, from a tap, and twice an hour at most; never without
 * the permission given before, on a break, on a hidden page, or while there is a visit.
 */
export function useCameraTest({ call, desk, now }: Console, doors: CameraTestOptions = browserDoors()) {
  const looks = createLooks(now, doors);
  const { state } = looks;
  let glancedAt = -Infinity;

  watch(now, (at) => {
    if (state.value.is === 'unused' || desk.value.is !== 'idle' || at - glancedAt < GLANCE_MS) return;
    glancedAt = at;
    void looks.glance(() => isAtWork(desk.value) && document.visibilityState === 'visible');
  });
  watch(
    () => desk.value.is === 'idle',
    (idle) => {
      if (!idle) looks.leave();
    },
  );
  // A talk finds out for itself.
  watch(call.camera, ({ is }) => {
    if (is === 'on') looks.settle(null);
    else if (isTrouble(is) && state.value.is !== 'unused') looks.settle(is);
  });
  onScopeDispose(looks.leave);

  return {
    state: shallowReadonly(state),
    /** It is open for a moment. */
    looking: readonly(looks.looking),
    /** From a tap: looks through it, and the browser may ask. */
    look: looks.look,
    /** From a tap: this window talks by voice, until a camera is turned on again. */
    forget: looks.forget,
  };
}

export type CameraTest = ReturnType<typeof useCameraTest>;

const testKey: InjectionKey<CameraTest> = Symbol('camera test');

/** Hands the test to every part below. */
export function provideCameraTest(console: Console): CameraTest {
  const test = useCameraTest(console);
  provide(testKey, test);
  return test;
}

/** The test of the window this part belongs to. */
export function injectCameraTest(): CameraTest {
  const found = inject(testKey);
  if (!found) throw new Error('a part of the console stands outside of it');
  return found;
}

/** What was found, how long that holds, and the looks themselves, one at a time. */
function createLooks(now: Readonly<Ref<number>>, doors: CameraTestOptions) {
  const habit = createCameraHabit(doors.storage);
  const state = shallowRef<CameraState>({ is: habit.is() ? 'unknown' : 'unused' });
  const looking = ref(false);
  /** `null`: a look is due. */
  let lookedAt: number | null = null;
  let cameras: string | undefined;
  /** The browser said it of the closed camera, and says so when it is mended; what only opening shows is looked at again. */
  let glanced = false;
  let life = new AbortController();

  function leave(): void {
    life.abort();
    life = new AbortController();
    looking.value = false;
  }

  function settle(found: CameraFault | null): void {
    lookedAt = now.value;
    glanced = false;
    state.value = found ? { is: 'fault', fault: found } : { is: 'well' };
    if (!found) habit.keep();
  }

  async function look(): Promise<void> {
    if (looking.value) return;
    const { signal } = life;
    looking.value = true;
    // What breaks on the way is a camera that gives no picture.
    const found = await lookThroughCamera(doors, signal).catch((): CameraFault => 'busy');
    if (signal.aborted) return;
    looking.value = false;
    settle(found);
  }

  async function glance(mayOpen: () => boolean): Promise<void> {
    const { signal } = life;
    const seen = await glanceAtCamera(doors);
    if (signal.aborted || looking.value) return;
    if (seen.is !== 'open' && seen.is !== 'ask') {
      glanced = true;
      lookedAt = null;
      state.value = { is: 'fault', fault: seen.is };
      return;
    }
    if (glanced) state.value = { is: 'unknown' };
    glanced = false;
    if (cameras !== undefined && cameras !== seen.cameras) lookedAt = null;
    cameras = seen.cameras;
    const due = lookedAt === null || now.value - lookedAt >= LOOK_MS;
    if (due && seen.is === 'open' && mayOpen()) await look();
  }

  function forget(): void {
    leave();
    habit.drop();
    state.value = { is: 'unused' };
  }

  return { state, looking, leave, settle, look, glance, forget };
}

const isTrouble = (is: string): is is Exclude<CameraFault, 'dark'> =>
  ['refused', 'missing', 'busy', 'blocked'].includes(is);

function isAtWork(desk: Console['desk']['value']): boolean {
  if (desk.is !== 'idle') return false;
  const { presence } = desk.window;
  return presence.is === 'available' || presence.is === 'on_demand';
}

function browserDoors(): CameraTestOptions {
  const { devices, mayAsk } = browserEnvironment();
  const permissions = navigator.permissions as Permissions | undefined;
  return { devices, mayAsk, permissions, brightness: brightnessOf, storage: ownStorage() };
}
