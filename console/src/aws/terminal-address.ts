import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { signer } from "./client";
import { clockOffset } from "./ec2";
import { region } from "./session";

const SECONDS = 30;

/** Where the terminal of an instance is opened: once, within half a minute (api/terminal.py). */
export async function terminalAddress(instanceId: string): Promise<string> {
  const where = region.current();
  const signature = new SignatureV4({
    service: "ec2",
    region: where,
    credentials: signer(),
    sha256: Sha256,
  });
  const nonce = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16)).join("");
  const { path, query } = await signature.presign(
    {
      method: "GET",
      protocol: location.protocol,
      hostname: location.hostname,
      path: `/console-terminal/${instanceId}`,
      headers: { host: location.host },
      query: { nonce },
    },
    { expiresIn: SECONDS, signingDate: new Date(Date.now() + clockOffset(where)) },
  );
  const address = new URL(path, location.origin.replace(/^http/, "ws"));
  for (const [name, value] of Object.entries(query ?? {})) address.searchParams.set(name, String(value));
  return address.href;
}
