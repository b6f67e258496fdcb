const KEY = 'yunyiban.camera';

/** Whether this PC has shown its person to citizens before. */
export function createCameraHabit(storage: Storage | undefined) {
  return {
    is: () => attempt(() => storage?.getItem(KEY)) === 'used',
    keep: () => attempt(() => storage?.setItem(KEY, 'used')),
    drop: () => attempt(() => storage?.removeItem(KEY)),
  };
}

/** Storage may be forbidden; then it is known as long as the page is open. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

export const ownStorage = (): Storage | undefined => attempt(() => localStorage);
