import "./code.css";

/** A document or a part of a log as it is written, which scrolls if it is long. */
export function Code({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="code" aria-label={label} tabIndex={0}>
      {text}
    </section>
  );
}

/** A shape of the API as JSON. */
export const json = (shape: unknown): string => JSON.stringify(shape, null, 2) ?? "";
