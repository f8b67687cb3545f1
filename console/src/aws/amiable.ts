/**
 * The service `amiable`, for what AWS has no operation for (docs/operations.md). No SDK knows it, so its calls
 * (JSON 1.1, the shapes of protocol/models/amiable) are signed here.
 */
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { guarded, signer } from "./client";
import { region } from "./session";

/** What the server answers to a signature of another time (protocol/auth_faults.py). */
const SKEWED = "InvalidSignatureException";

/** Milliseconds that the server's clock is ahead of this one. */
let ahead = 0;

/** One call, such as `amiable<BuildLog>("GetBuildLog", { ImageBuildVersionArn })`. */
export function amiable<Out>(operation: string, request: object, where = region.current()): Promise<Out> {
  return guarded(async () => {
    let answer = await send(operation, request, where);
    let said = await answer.json();
    const date = Date.parse(answer.headers.get("date") ?? "");
    if (said.__type === SKEWED && Math.abs(date - Date.now() - ahead) > 60_000) {
      ahead = date - Date.now();
      answer = await send(operation, request, where);
      said = await answer.json();
    }
    if (!answer.ok) throw Object.assign(new Error(said.message), { name: said.__type });
    return said as Out;
  });
}

async function send(operation: string, request: object, where: string): Promise<Response> {
  const body = JSON.stringify(request);
  const signature = new SignatureV4({
    service: "amiable",
    region: where,
    credentials: signer(),
    sha256: Sha256,
  });
  const { headers } = await signature.sign(
    {
      method: "POST",
      protocol: location.protocol,
      hostname: location.hostname,
      path: "/",
      headers: {
        host: location.host,
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": `Amiable.${operation}`,
      },
      body,
    },
    { signingDate: new Date(Date.now() + ahead) },
  );
  // The browser itself writes the Host that was signed.
  const { host: _, ...sent } = headers;
  return fetch("/", { method: "POST", headers: sent, body });
}
