/** Calls back once the page has been on screen for so long in one piece; what is returned ends the waiting. */
export function whenSeenFor(ms: number, done: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function look(): void {
    clearTimeout(timer);
    if (document.visibilityState === 'visible') timer = setTimeout(done, ms);
  }
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}
