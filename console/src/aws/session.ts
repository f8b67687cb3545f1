/**
 * Who is signed in, in this tab: temporary credentials in sessionStorage, never a long-lived key. One session
 * signs; those of other accounts wait beside it.
 *
 *   signed out ──sign-in form or link──► signed in ──expired, refused, signed out──► signed out
 *                                           ▲ │ another sign-in, or a switch
 *                                           │ ▼
 *                                         waiting ──expired──► gone
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
const WAITING = "amiable.sessions";
const REGION = "amiable.region";
const listeners = new Set<() => void>();

const isFresh = (each: Session) => each.expiresAt > Date.now();

let current: Session | null = read<Session | null>(KEY, null);
if (current && !isFresh(current)) current = null;
let waiting = read<Session[]>(WAITING, []);
let why = "";

function read<T>(key: string, none: T): T {
  const text = sessionStorage.getItem(key);
  return text ? (JSON.parse(text) as T) : none;
}

function keep(): void {
  if (current) sessionStorage.setItem(KEY, JSON.stringify(current));
  else sessionStorage.removeItem(KEY);
  sessionStorage.setItem(WAITING, JSON.stringify(waiting));
  for (const tell of listeners) tell();
}

export const session = {
  current: (): Session | null => current,
  /** Why somebody who was signed in is not any more; empty at first. */
  why: (): string => why,
  /** The accounts that one can switch to. */
  others: (): string[] => waiting.filter(isFresh).map((each) => each.account),
  /** Sign in; whoever was signed in before waits, unless it is the same account. */
  start(started: Session): void {
    if (current) waiting.push(current);
    waiting = waiting.filter((each) => isFresh(each) && each.account !== started.account);
    current = started;
    why = "";
    keep();
  },
  switchTo(account: string): void {
    const found = waiting.find((each) => each.account === account);
    if (found) session.start(found);
  },
  /** Sign out; sessions of other accounts go on waiting. */
  end(reason = ""): void {
    current = null;
    why = reason;
    keep();
  },
  endAll(): void {
    waiting = [];
    session.end();
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
