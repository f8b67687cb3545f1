/** The block device mappings of a new image, as the API takes them. */
import type { BlockDeviceMapping, VolumeType } from "@aws-sdk/client-ec2";

/** A further volume, empty; as its fields have it. */
export interface Blank {
  device: string;
  gib: string;
  type: string;
  deleted: boolean;
}

export interface Own {
  device: string;
  deleted: boolean;
}

/** Null while the fields do not say enough. */
export function blankMapping({ device, gib, type, deleted }: Blank): BlockDeviceMapping | null {
  if (!device || !/^[1-9]\d*$/.test(gib)) return null;
  const Ebs = { VolumeSize: Number(gib), VolumeType: type as VolumeType, DeleteOnTermination: deleted };
  return { DeviceName: device, Ebs };
}

/** Of the instance's own volumes, only what differs from its mapping (`kept`, by device) is said. */
export function mappingsOf(
  own: readonly Own[],
  kept: Record<string, boolean>,
  blanks: readonly Blank[],
): BlockDeviceMapping[] {
  const changed = own.filter(({ device, deleted }) => kept[device] !== undefined && kept[device] !== deleted);
  return [
    ...changed.map(({ device }) => ({
      DeviceName: device,
      Ebs: { DeleteOnTermination: kept[device] ?? true },
    })),
    ...blanks.flatMap((blank) => blankMapping(blank) ?? []),
  ];
}
