import { useSyncExternalStore } from "react";

const print = matchMedia("print");
const subscribe = (tell: () => void) => {
  print.addEventListener("change", tell);
  return () => print.removeEventListener("change", tell);
};

/** Whether the page is being printed. */
export const usePrinting = (): boolean => useSyncExternalStore(subscribe, () => print.matches);
