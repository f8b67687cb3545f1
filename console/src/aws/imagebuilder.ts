import {
  ImagebuilderClient,
  type ImagebuilderClientResolvedConfig,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from "@aws-sdk/client-imagebuilder";
import type { Command } from "@smithy/types";
import { clientOf, guarded, settings } from "./client";
import { region } from "./session";

const client = clientOf((name) => new ImagebuilderClient(settings(name)));

/** One call of the public Image Builder API. */
export function imagebuilder<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
  command: Command<ServiceInputTypes, In, ServiceOutputTypes, Out, ImagebuilderClientResolvedConfig>,
): Promise<Out> {
  return guarded(() => client(region.current()).send(command));
}
