import { type DeviceDoors, type DeviceTrouble, endTrack, openCamera } from '@kit/call/devices';

/** What is wrong with the camera of a window. `dark`: it runs, and all its pictures are black. */
export type CameraFault = DeviceTrouble | 'dark';

/** What the browser says of the camera while it stays closed, its light with it. `ask`: to open it asks the person. */
export type Glance = {
  is: 'open' | 'ask' | Extract<CameraFault, 'blocked' | 'refused' | 'missing'>;
  /** Which there are, so that another one is noticed. */
  cameras: string;
};

export type CameraDoors = DeviceDoors & {
  permissions: Permissions | undefined;
  /** How bright the pictures of a camera are, 0–255; `null`: none came. */
  brightness: (track: MediaStreamTrack, signal: AbortSignal) => Promise<number | null>;
};

/** A camera has so long to get used to the light, ms. */
const LOOKS_MS = 2_500;
const EACH_MS = 100;
/** Below this nobody is seen: a covered lens is at 0–8, an office at night, lit by the screen, above 25. */
const DARK = 12;
const SIZE = { width: 16, height: 12 };

/** Looks at the list of devices and at the permission, and opens nothing. */
export async function glanceAtCamera({ devices, mayAsk, permissions }: CameraDoors): Promise<Glance> {
  if (!mayAsk('camera') || typeof devices?.getUserMedia !== 'function') return { is: 'blocked', cameras: '' };
  const [permission, found] = await Promise.all([permissionOf(permissions), camerasOf(devices)]);
  const cameras = (found ?? []).map(({ deviceId }) => deviceId).join(' ');
  if (permission === 'denied') return { is: 'refused', cameras };
  if (found?.length === 0) return { is: 'missing', cameras };
  return { is: permission === 'granted' ? 'open' : 'ask', cameras };
}

/** Opens the camera for a moment and gives it back; nothing is sent. `null`: it shows something. */
export async function lookThroughCamera(doors: CameraDoors, signal: AbortSignal): Promise<CameraFault | null> {
  const answer = await openCamera(doors, 'user');
  if (answer.is !== 'open') return answer.is;
  try {
    const seen = signal.aborted ? null : await doors.brightness(answer.track, signal);
    // One that gives no picture is held by somebody else, whatever it answers.
    if (seen === null) return 'busy';
    return seen < DARK ? 'dark' : null;
  } finally {
    endTrack(answer.track);
  }
}

/** The brightest of the first pictures; it waits no longer than until one is bright enough. */
export async function brightnessOf(track: MediaStreamTrack, signal: AbortSignal): Promise<number | null> {
  const video = document.createElement('video');
  video.muted = video.playsInline = true;
  video.srcObject = new MediaStream([track]);
  void video.play().catch(() => undefined);
  let brightest: number | null = null;
  for (const end = Date.now() + LOOKS_MS; Date.now() < end && !signal.aborted;) {
    await new Promise((again) => setTimeout(again, EACH_MS));
    const seen = video.videoWidth > 0 ? meanOf(video) : null;
    if (seen !== null) brightest = Math.max(brightest ?? 0, seen);
    if (brightest !== null && brightest >= DARK) break;
  }
  video.srcObject = null;
  return brightest;
}

function meanOf(video: HTMLVideoElement): number | null {
  const paper = Object.assign(document.createElement('canvas'), SIZE).getContext('2d');
  if (!paper) return null;
  paper.drawImage(video, 0, 0, SIZE.width, SIZE.height);
  const { data } = paper.getImageData(0, 0, SIZE.width, SIZE.height);
  let sum = 0;
  for (let at = 0; at < data.length; at += 4) sum += Math.max(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0);
  return sum / (SIZE.width * SIZE.height);
}

/** Browsers that do not say it are asked by opening, from a tap. */
async function permissionOf(permissions: Permissions | undefined): Promise<PermissionState | undefined> {
  try {
    return (await permissions?.query({ name: 'camera' }))?.state;
  } catch {
    return undefined;
  }
}

async function camerasOf(devices: MediaDevices): Promise<MediaDeviceInfo[] | null> {
  try {
    return (await devices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  } catch {
    return null;
  }
}
