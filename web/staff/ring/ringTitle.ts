const FLASH_MS = 1_000;

/** Lets the title of the tab change to and fro, for those who look at another one. */
export function createRingTitle() {
  const plain = document.title;
  let flash: ReturnType<typeof setInterval> | undefined;

  return {
    start(calling: string): void {
      let shown = false;
      const turn = () => {
        shown = !shown;
        document.title = shown ? calling : plain;
      };
      turn();
      flash = setInterval(turn, FLASH_MS);
    },
    stop(): void {
      clearInterval(flash);
      document.title = plain;
    },
  };
}
