/** What a person says of a change of one image's state, and as the API takes it. */
import type { ResourceStatus, StartResourceStateUpdateRequest } from "@aws-sdk/client-imagebuilder";
import type { Reason } from "../rules";
import { stateUpdate as words } from "../strings";
import { ROLE } from "./fields";
import { roleReason } from "./policy-rules";

export const WANTED = [
  "DEPRECATED",
  "DISABLED",
  "AVAILABLE",
  "DELETED",
] as const satisfies readonly ResourceStatus[];
export type Wanted = (typeof WANTED)[number];

export interface UpdateFields {
  amis: boolean;
  snapshots: boolean;
  role: string;
  later: boolean;
  /** Of this browser's time zone: 2026-11-27 and 03:00. */
  day: string;
  time: string;
}

export const NEW_UPDATE: UpdateFields = {
  amis: true,
  snapshots: false,
  role: ROLE,
  later: false,
  day: "",
  time: "03:00",
};

/** When it happens, if not now; an Invalid Date while the fields say none. */
export const momentOf = ({ later, day, time }: UpdateFields): Date | undefined =>
  later ? new Date(`${day}T${time}`) : undefined;

const withSnapshots = (wanted: Wanted, { amis, snapshots }: UpdateFields): boolean =>
  wanted === "DELETED" && amis && snapshots;

export const updateOf = (
  resourceArn: string,
  wanted: Wanted,
  fields: UpdateFields,
): StartResourceStateUpdateRequest => ({
  resourceArn,
  state: { status: wanted },
  executionRole: fields.role,
  includeResources: { amis: fields.amis, snapshots: withSnapshots(wanted, fields) },
  updateAt: momentOf(fields),
});

export const momentReason = (fields: UpdateFields, now: number): Reason => {
  const moment = momentOf(fields);
  return !moment || moment.getTime() > now ? null : words.past;
};

export const updateReason = (fields: UpdateFields, now: number): Reason =>
  roleReason(fields.role) ?? momentReason(fields, now);

/** What is lost by it, in words. */
export function lostBy(wanted: Wanted, fields: UpdateFields): string {
  if (!fields.amis) return words.lostAlone[wanted];
  if (wanted !== "DELETED") return words.lost[wanted];
  const snapshots = withSnapshots(wanted, fields) ? words.lostSnapshots : words.keptSnapshots;
  return `${words.lost.DELETED} ${snapshots}`;
}
