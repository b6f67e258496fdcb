/**
 * The code of a personal link, six digits or an appointment's longer one, which stands behind its `#` and so is told to no server and no log. It is taken out of the
 * address at once: what is shown or shared of it later has no code.
 */
export function takeLinkCode(page: Pick<Window, 'location' | 'history'> = window): string | null {
  const code = /^#(\d{6}|[\w-]{22})$/.exec(page.location.hash)?.[1];
  if (!code) return null;
  page.history.replaceState(null, '', page.location.pathname);
  return code;
}

/** Six digits as typed, with whatever blanks and in whatever width. */
export function plainCode(typed: string): string {
  return typed.normalize('NFKC').replace(/\D/g, '');
}
