import { strings } from "../strings";

/** An error as a person needs it: AWS's code and message, and what to do. */
export interface Problem {
  code: string;
  message: string;
  hint: string;
}

/** Codes after which only a new sign-in helps (api/auth.py, protocol/auth_faults.py). */
const SIGN_IN_AGAIN = new Set([
  "AuthFailure",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

export function problemOf(error: unknown): Problem {
  const known = error as { name?: string; message?: string; Code?: string };
  const code = known?.Code ?? known?.name ?? "Error";
  if (code === "TypeError" && /fetch/i.test(known.message ?? "")) {
    return {
      code: strings.errors.network,
      message: strings.errors.noServer,
      hint: strings.errors.noServerHint,
    };
  }
  const hint = Object.entries(strings.errors.hints).find(([prefix]) => code.startsWith(prefix))?.[1] ?? "";
  return { code, message: known?.message || strings.errors.unknown, hint };
}

/** A regional AuthFailure about a region that is not configured is no reason to sign in again. */
export function endsSession(problem: Problem): boolean {
  return SIGN_IN_AGAIN.has(problem.code) && !problem.message.startsWith("The region");
}
