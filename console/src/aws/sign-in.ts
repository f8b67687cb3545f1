import {
  AssumeRoleWithWebIdentityCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { region, type Session } from "./session";

const HOURS = 12;

function sts(credentials?: {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}): STSClient {
  return new STSClient({
    region: region.current(),
    endpoint: location.origin,
    ...(credentials && { credentials }),
  });
}

/** Trades the token of a link from `amiable console`, which works once. */
export async function withLink(token: string): Promise<Session> {
  const account = token.split(".")[0] ?? "";
  const answer = await sts().send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${account}:role/amiable-console`,
      RoleSessionName: "console",
      WebIdentityToken: token,
      DurationSeconds: HOURS * 3600,
    }),
  );
  return sessionOf(answer.Credentials, account);
}

/** Trades a long-lived key, which is not kept, for a temporary one. */
export async function withKey(accessKeyId: string, secretAccessKey: string): Promise<Session> {
  const client = sts({ accessKeyId, secretAccessKey });
  const who = await client.send(new GetCallerIdentityCommand({}));
  const answer = await client.send(new GetSessionTokenCommand({ DurationSeconds: HOURS * 3600 }));
  return sessionOf(answer.Credentials, who.Account ?? "");
}

function sessionOf(made: Credentials | undefined, account: string): Session {
  if (!made?.AccessKeyId || !made.SecretAccessKey || !made.SessionToken || !made.Expiration) {
    throw new Error("STS answered without credentials.");
  }
  return {
    accessKeyId: made.AccessKeyId,
    secretAccessKey: made.SecretAccessKey,
    sessionToken: made.SessionToken,
    expiresAt: made.Expiration.getTime(),
    account,
  };
}

/** The token in the address bar's fragment, which is wiped from it and from the history at once. */
export function tokenFromAddress(): string | null {
  const found = new URLSearchParams(location.hash.slice(1)).get("token");
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found;
}
