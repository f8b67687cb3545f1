import {
  EC2Client,
  type EC2ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-ec2";
import type { Command } from "@smithy/types";
import { strings } from "../strings";
import { endsSession, problemOf } from "./errors";
import { region, session } from "./session";

const clients = new Map<string, EC2Client>();

function client(name: string): EC2Client {
  const kept = clients.get(name);
  if (kept) return kept;
  const made = new EC2Client({
    region: name,
    endpoint: location.origin,
    maxAttempts: 3,
    credentials: async () => {
      const who = session.current();
      if (!who) throw new Error(strings.signIn.ended);
      return who;
    },
  });
  clients.set(name, made);
  return made;
}

session.subscribe(() => clients.clear());

/** One call of the public EC2 API. A refusal that only a new sign-in helps against ends the session. */
export async function ec2<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
  command: Command<ServiceInputTypes, In, ServiceOutputTypes, Out, EC2ClientResolvedConfig>,
  where: string = region.current(),
): Promise<Out> {
  try {
    return await client(where).send(command);
  } catch (error) {
    const problem = problemOf(error);
    if (endsSession(problem)) session.end(`${problem.code}: ${problem.message}`);
    throw error;
  }
}
