/** Longest side: a form stays readable, and a cheap phone's uplink carries it. */
const LONGEST_SIDE = 1600;
const MAX_BYTES = 2 * 1024 * 1024;
const QUALITIES = [0.82, 0.65, 0.45];

/** Width and height that keep the shape and fit. */
export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A photo or screenshot made small enough for the bulk lane; `null` when this phone cannot read it. */
export async function prepared(file: Blob): Promise<Blob | null> {
  try {
    const picture = await read(file);
    const size = fitted(picture.width, picture.height);
    const canvas = document.createElement('canvas');
    canvas.width = size.width;
    canvas.height = size.height;
    canvas.getContext('2d')?.drawImage(picture, 0, 0, size.width, size.height);
    if ('close' in picture) picture.close();
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', quality));
      if (blob && blob.size <= MAX_BYTES) return blob;
    }
  } catch {
    // Not a picture, or one too large for this phone.
  }
  return null;
}

function read(file: Blob): Promise<ImageBitmap | HTMLImageElement> {
  // iOS 14 has no createImageBitmap.
  if (typeof createImageBitmap === 'function') return createImageBitmap(file);
  return new Promise((resolve, reject) => {
    const address = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => {
      URL.revokeObjectURL(address);
      resolve(image);
    };
    image.onerror = () => {
      URL.revokeObjectURL(address);
      reject(new Error('not a picture'));
    };
    image.src = address;
  });
}
