/** What the clients of all services share: this origin, the tab's credentials, and the end of both. */
import { strings } from "../strings";
import { endsSession, problemOf } from "./errors";
import { type Session, session } from "./session";

/** Who signs. Throws when nobody is signed in. */
export function signer(): Session {
  const who = session.current();
  if (!who) throw new Error(strings.signIn.ended);
  return who;
}

/** How a client of the SDK is made for a Region. */
export const settings = (region: string) => ({
  region,
  endpoint: location.origin,
  maxAttempts: 3,
  credentials: async () => signer(),
});

/** A client of the SDK for each Region that is asked for, made anew after a sign-in. */
export function clientOf<Client>(make: (region: string) => Client): (region: string) => Client {
  const clients = new Map<string, Client>();
  session.subscribe(() => clients.clear());
  return (region) => {
    const kept = clients.get(region) ?? make(region);
    clients.set(region, kept);
    return kept;
  };
}

/** What a call answers. A refusal that only a new sign-in helps against ends the session. */
export async function guarded<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const problem = problemOf(error);
    if (endsSession(problem)) session.end(`${problem.code}: ${problem.message}`);
    throw error;
  }
}
