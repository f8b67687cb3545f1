import { DescribeRegionsCommand } from "@aws-sdk/client-ec2";
import { ec2 } from "./ec2";

/** The Regions of this server. */
export async function regionNames(): Promise<string[]> {
  const answer = await ec2(new DescribeRegionsCommand({}));
  return (answer.Regions ?? []).flatMap((each) => each.RegionName ?? []);
}
