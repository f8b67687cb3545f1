import {
  EC2Client,
  type EC2ClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-ec2";
import type { Command } from "@smithy/types";
import { clientOf, guarded, settings } from "./client";
import { region } from "./session";

const client = clientOf((name) => new EC2Client(settings(name)));

/** One call of the public EC2 API. */
export function ec2<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
  command: Command<ServiceInputTypes, In, ServiceOutputTypes, Out, EC2ClientResolvedConfig>,
  where: string = region.current(),
): Promise<Out> {
  return guarded(() => client(where).send(command));
}

/** Milliseconds that the server's clock is ahead of this one, as the client has found. */
export const clockOffset = (where: string): number => client(where).config.systemClockOffset;
