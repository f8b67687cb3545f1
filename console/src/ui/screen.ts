/**
 * xterm.js for a serial line: the emulator, fitted to its place, under the page's content security policy.
 *
 * xterm.js writes style sheets into <style> elements, which the policy forbids (web/console.py). It makes them
 * while it opens: there they are stand-ins, whose text goes into sheets that a script may adopt. (Colours of
 * 24 bits, which it writes into style attributes, are not shown; terminals on serial lines have none.)
 *
 * What the guest prints is hostile: it sets no title, opens no link, reaches no clipboard.
 */
import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";

export interface Screen {
  write: (bytes: Uint8Array, shown?: () => void) => void;
  /** Tells what is typed from now on. */
  listen: (typed: (text: string) => void) => void;
  size: () => { rows: number; cols: number };
  focus: () => void;
  dispose: () => void;
}

/** A screen in that place. `leave` is called when Ctrl+] is pressed: Tab belongs to the guest. */
export function openScreen(place: HTMLElement, leave: () => void): Screen {
  const terminal = new Terminal({
    screenReaderMode: true,
    scrollback: 5000,
    fontFamily: "monospace",
    fontSize: 14,
    linkHandler: { activate: () => {} },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.ctrlKey && event.key === "]") {
      if (event.type === "keydown") leave();
      return false;
    }
    if (event.ctrlKey && event.shiftKey && event.code === "KeyC") {
      event.preventDefault();
      // Not navigator.clipboard, which is there on https and localhost only; xterm.js answers with its selection.
      if (event.type === "keydown") document.execCommand("copy");
      return false;
    }
    return true;
  });
  const sheets = openUnderPolicy(terminal, place);
  fit.fit();
  const watch = new ResizeObserver(() => fit.fit());
  watch.observe(place);
  return {
    write: (bytes, shown) => terminal.write(bytes, shown),
    listen: (typed) => terminal.onData(typed),
    size: () => ({ rows: terminal.rows, cols: terminal.cols }),
    focus: () => terminal.focus(),
    dispose: () => {
      watch.disconnect();
      terminal.dispose();
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet));
    },
  };
}

function openUnderPolicy(terminal: Terminal, place: HTMLElement): CSSStyleSheet[] {
  const sheets: CSSStyleSheet[] = [];
  const make = document.createElement;
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    if (name !== "style") return make.call(document, name, options);
    const sheet = new CSSStyleSheet();
    sheets.push(sheet);
    const standIn = make.call(document, "span");
    standIn.hidden = true;
    Object.defineProperty(standIn, "textContent", { set: (css: string) => sheet.replaceSync(css) });
    return standIn;
  };
  try {
    terminal.open(place);
  } finally {
    Reflect.deleteProperty(document, "createElement");
  }
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...sheets];
  return sheets;
}
