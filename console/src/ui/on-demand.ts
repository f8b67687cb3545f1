import { type ComponentType, lazy } from "react";

/**
 * Parts of the console that come when they are needed. One that did not come is never asked for again by the
 * browser, so the page is loaded anew, once: after an upgrade of the server files have other names, and where a
 * machine's own network changes (an instance was started beside the browser) Chromium drops what it has not sent.
 */
const KEY = "amiable.loaded-anew";
const ONCE_IN = 30_000;

export const onDemand = <Props>(load: () => Promise<ComponentType<Props>>) =>
  lazy(async () => ({ default: await loaded(load) }));

async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (Date.now() - Number(sessionStorage.getItem(KEY)) < ONCE_IN) throw error;
    sessionStorage.setItem(KEY, String(Date.now()));
    location.reload();
    return new Promise(() => {}); // nothing more is shown of this one
  }
}
