import {
  ImagebuilderClient,
  type ImagebuilderClientResolvedConfig,
  InfrastructureConfiguration$,
  type ServiceInputTypes,
  type ServiceOutputTypes,
  UpdateInfrastructureConfigurationRequest$,
} from "@aws-sdk/client-imagebuilder";
import type { Command } from "@smithy/types";
import { clientOf, guarded, settings } from "./client";
import { region } from "./session";

/**
 * A member that the API has and this SDK does not know: it would leave it out of answers and requests, and so an
 * edit would lose it. The SDK's shapes are lists of names and of their types.
 */
const UNKNOWN = "terminateInstanceOnCompletion";
const BOOLEAN = 2;
for (const [, , , , names, types] of [
  InfrastructureConfiguration$,
  UpdateInfrastructureConfigurationRequest$,
]) {
  if (names.includes(UNKNOWN)) continue;
  names.push(UNKNOWN);
  types.push(BOOLEAN);
}

const client = clientOf((name) => new ImagebuilderClient(settings(name)));

/** One call of the public Image Builder API. */
export function imagebuilder<In extends ServiceInputTypes, Out extends ServiceOutputTypes>(
  command: Command<ServiceInputTypes, In, ServiceOutputTypes, Out, ImagebuilderClientResolvedConfig>,
): Promise<Out> {
  return guarded(() => client(region.current()).send(command));
}
