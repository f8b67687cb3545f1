/**
 * A temporary image of all volumes of an instance, for as long as something is done with it. A tab that is
 * closed meanwhile leaves it behind: the next one takes it away, once it is an hour old. `amiable` does the same.
 */
import {
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  type Image,
  type Instance,
} from "@aws-sdk/client-ec2";
import { drift as words } from "../strings";
import { ec2 } from "./ec2";
import { pause } from "./pause";

const POLL = 1000;
const LEFT_BEHIND = 3600_000;

const drop = (ImageId: string | undefined) =>
  ec2(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true }));

async function dropLeftBehind(): Promise<void> {
  const Filters = [{ Name: "description", Values: [words.temporary("*")] }];
  const found = await ec2(new DescribeImagesCommand({ Owners: ["self"], Filters }));
  const old = (each: Image) => Date.now() - Date.parse(each.CreationDate ?? "") > LEFT_BEHIND;
  await Promise.allSettled((found.Images ?? []).filter(old).map((each) => drop(each.ImageId)));
}

/** Runs `use` with the id of an available image, which is deregistered afterwards, whatever comes out. */
export async function atThisMoment<T>(instance: Instance, use: (image: string) => Promise<T>): Promise<T> {
  const { InstanceId = "" } = instance;
  const Description = words.temporary(InstanceId);
  await dropLeftBehind();
  const Name = `Temporary ${InstanceId} ${Date.now()}`;
  const { ImageId = "" } = await ec2(
    new CreateImageCommand({ InstanceId, Name, Description, NoReboot: true }),
  );
  try {
    let made: Image = { State: "pending" };
    while (made.State === "pending") {
      await pause(POLL);
      made = (await ec2(new DescribeImagesCommand({ ImageIds: [ImageId] }))).Images?.[0] ?? {};
    }
    if (made.State !== "available") {
      throw Object.assign(new Error(made.StateReason?.Message ?? made.State), { name: words.failed });
    }
    return await use(ImageId);
  } finally {
    await drop(ImageId);
  }
}
