const LONGEST_SIDE = 1600;
const MOST_BYTES = 2 * 1024 * 1024;

/** A photo as JPEG, at most 1600 px and 2 MiB; `null` when this is no picture or it will not get small enough. */
export async function shrinkPicture(file: Blob): Promise<Blob | null> {
  if (!file.type.startsWith('image/')) return null;
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const jpeg = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
    return jpeg && jpeg.size <= MOST_BYTES ? jpeg : null;
  } catch {
    return null;
  }
}
