import type { Microphone } from '@protocol';
import type { CallEnvironment } from './environment';

/** Why a device did not open; each has words of its own. */
export type DeviceTrouble = Extract<Microphone, 'refused' | 'missing' | 'busy' | 'blocked'>;

export type DeviceAnswer = { is: 'open'; track: MediaStreamTrack } | { is: DeviceTrouble };

/** Environment- or user-facing: papers or a face. */
export type Facing = 'environment' | 'user';

/** What asking for a device needs of the browser. */
export type DeviceDoors = Pick<CallEnvironment, 'devices' | 'mayAsk'>;

/** Asks for the microphone. Never rejects: each outcome has its own screen. */
export function openMicrophone(doors: DeviceDoors): Promise<DeviceAnswer> {
  return open(doors, 'microphone', {
    audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: { ideal: 1 } },
  });
}

/** Asks for a camera: small enough for a cheap phone and a weak uplink. */
export function openCamera(doors: DeviceDoors, facing: Facing): Promise<DeviceAnswer> {
  return open(doors, 'camera', {
    video: {
      facingMode: { ideal: facing },
      width: { ideal: facing === 'environment' ? 1280 : 640 },
      height: { ideal: facing === 'environment' ? 720 : 480 },
      frameRate: { ideal: 15, max: 24 },
    },
  });
}

/** Asks for a window, tab or screen. `refused` also when the person closed the chooser. */
export async function openScreen(doors: DeviceDoors): Promise<DeviceAnswer> {
  if (typeof doors.devices?.getDisplayMedia !== 'function') return { is: 'blocked' };
  try {
    const stream = await doors.devices.getDisplayMedia({ video: { frameRate: { ideal: 10, max: 15 } }, audio: false });
    return first(stream);
  } catch (error) {
    return { is: troubleOf(error) };
  }
}

async function open(
  doors: DeviceDoors,
  feature: 'microphone' | 'camera',
  wanted: MediaStreamConstraints,
): Promise<DeviceAnswer> {
  if (!doors.mayAsk(feature) || typeof doors.devices?.getUserMedia !== 'function') return { is: 'blocked' };
  try {
    return first(await doors.devices.getUserMedia(wanted));
  } catch (error) {
    return { is: troubleOf(error) };
  }
}

function first(stream: MediaStream): DeviceAnswer {
  const track = stream.getTracks()[0];
  return track ? { is: 'open', track } : { is: 'missing' };
}

/** A device that answered after nobody wanted it any more. */
export function giveBack(answer: { is: string; track?: MediaStreamTrack }): void {
  answer.track?.stop();
}

/** Ends a track of our own; nothing it says afterwards is news. */
export function endTrack(track: MediaStreamTrack | undefined): void {
  if (!track) return;
  track.onended = track.onmute = track.onunmute = null;
  track.stop();
}

/** Names as the browsers give them, the old ones too (MDN, getUserMedia, "Exceptions"). */
export function troubleOf(error: unknown): DeviceTrouble {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'PermissionDeniedError':
    case 'PermissionDismissedError':
      return 'refused';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'SecurityError':
    case 'TypeError':
    case 'NotSupportedError':
      return 'blocked';
    default:
      return 'busy';
  }
}
