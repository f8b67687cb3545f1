/**
 * Who is signed in, in this tab: temporary credentials in sessionStorage, never a long-lived key.
 *
 *   signed out ──sign-in form or link──► signed in ──expired, refused, signed out──► signed out
 */
export interface Session {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  account: string;
}

const KEY = "amiable.session";
const REGION = "amiable.region";
const listeners = new Set<() => void>();

let current: Session | null = read();
let why = "";

function read(): Session | null {
  const text = sessionStorage.getItem(KEY);
  if (!text) return null;
  const session = JSON.parse(text) as Session;
  return session.expiresAt > Date.now() ? session : null;
}

export const session = {
  current: (): Session | null => current,
  /** Why somebody who was signed in is not any more; empty at first. */
  why: (): string => why,
  start(started: Session): void {
    current = started;
    why = "";
    sessionStorage.setItem(KEY, JSON.stringify(started));
    for (const tell of listeners) tell();
  },
  end(reason = ""): void {
    current = null;
    why = reason;
    sessionStorage.removeItem(KEY);
    for (const tell of listeners) tell();
  },
  subscribe(tell: () => void): () => void {
    listeners.add(tell);
    return () => listeners.delete(tell);
  },
};

export const region = {
  current: (): string => localStorage.getItem(REGION) ?? "us-east-1",
  choose(name: string): void {
    localStorage.setItem(REGION, name);
    location.reload();
  },
};
