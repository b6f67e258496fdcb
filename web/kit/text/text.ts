/** What may stand in a sentence's `{place}`. */
export type TextValues = Readonly<Record<string, string | number>>;

type Sentences = Readonly<Record<string, string>>;

/** `place.meaning` for every sentence of every file given. */
export type TextKey<Files extends Readonly<Record<string, Sentences>>> = {
  [Place in keyof Files & string]: `${Place}.${keyof Files[Place] & string}`;
}[keyof Files & string];

/**
 * The lookup over the files an app imports from web/locales: `t('queue.people_ahead', { count: 2 })`.
 * An app names only the files it shows, so it does not carry the words of others.
 */
export function createText<Files extends Readonly<Record<string, Sentences>>>(files: Files) {
  const find = (key: string): string | undefined => {
    const dot = key.indexOf('.');
    return files[key.slice(0, dot)]?.[key.slice(dot + 1)];
  };
  const t = (key: TextKey<Files>, values: TextValues = {}): string => fill(find(key) ?? key, values);
  /** A code from the server has a sentence, or the general one of the same place is said. */
  const tCode = (place: keyof Files & string, code: string, values: TextValues = {}): string =>
    fill(find(`${place}.${code}`) ?? find(`${place}.other`) ?? code, values);
  return { t, tCode };
}

function fill(sentence: string, values: TextValues): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}
