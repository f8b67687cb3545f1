/** Waits that long, and then until the tab is visible: what nobody looks at is not asked for. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => {
    const look = () => (document.visibilityState === "visible" ? done() : setTimeout(look, milliseconds));
    setTimeout(look, milliseconds);
  });
}
