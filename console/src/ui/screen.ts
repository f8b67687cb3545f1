/**
 * xterm.js for a serial line: the emulator, fitted to its place, under the page's content security policy.
 *
 * xterm.js writes style sheets into <style> elements and style attributes onto <span>s, which the policy forbids
 * (web/console.py). As long as there is a screen, the elements that it gets pass both on to where a script may
 * write them: adopted sheets, and the elements' own style.
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
  const undo = keepToPolicy();
  terminal.open(place);
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
      undo();
    },
  };
}

/** Makes elements that keep to the policy, until it is undone. */
function keepToPolicy(): () => void {
  const make = document.createElement;
  const sheets: CSSStyleSheet[] = [];
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    if (name === "style") {
      const sheet = new CSSStyleSheet();
      sheets.push(sheet);
      document.adoptedStyleSheets.push(sheet);
      const standIn = make.call(document, "span");
      standIn.hidden = true;
      return Object.defineProperty(standIn, "textContent", { set: (css: string) => sheet.replaceSync(css) });
    }
    const element = make.call(document, name, options);
    if (name === "span") {
      element.setAttribute = (key: string, value: string) => {
        if (key === "style") element.style.cssText = value;
        else Element.prototype.setAttribute.call(element, key, value);
      };
    }
    return element;
  };
  return () => {
    Reflect.deleteProperty(document, "createElement");
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !sheets.includes(sheet));
  };
}
