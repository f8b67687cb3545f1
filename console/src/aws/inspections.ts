/** Inspections: questions about what is inside images, and their results (docs/inspection.md). */
import { inside } from "../strings";
import { amiable } from "./amiable";
import { pause } from "./pause";

export interface Inspection {
  InspectionId: string;
  State: "pending" | "completed" | "failed";
  StateMessage?: string;
  /** Seconds since 1970. */
  CreatedAt: number;
  BytesRead?: number;
  Seconds?: number;
  AcceptedReason?: string;
}

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Finding {
  check: string;
  severity: Severity;
  title: string;
  detail: string;
  file?: string;
  line?: number;
  offset?: number;
}

export interface Check {
  id: string;
  why: string;
  remedy: string;
  source: string;
}

export interface Package {
  type: string;
  name: string;
  version: string;
  architecture: string;
  source: string;
  license: string;
}

/** What an image holds. An image that cannot be read has only some of it. */
export interface Report {
  os: { name: string };
  kernels: string[];
  volumes: { name: string; size: number; kind: string; label: string; mounted: string; note: string }[];
  packages: Package[];
  users: { name: string; uid: number; gid: number; home: string; shell: string; password: string }[];
  groups: { name: string; gid: number; members: string[] }[];
  services: { unit: string; wanted_by: string; own: boolean }[];
  ports: { port: string; program: string; file: string }[];
  network?: { host_name: string; dns: string[]; search: string[]; files: string[]; firewalls: string[] };
  jobs: { where: string; what: string }[];
  environment?: { name: string; file: string }[];
  authorized_keys?: { file: string; keys: number }[];
  files?: { files: number; directories: number; links: number; bytes: number };
  findings: Finding[];
  checks: Check[];
  trouble: string[];
}

/** Something with a name that came, went or changed. */
export interface Change {
  name: string;
  change: "added" | "removed" | "changed";
  before?: string;
  after?: string;
}

interface Side {
  kind: string;
  size: number;
  mode: string;
  uid: number;
  gid: number;
}

export interface FileChange {
  path: string;
  change: "added" | "removed" | "content" | "metadata" | "kind";
  before: Side | null;
  after: Side | null;
  noise?: string;
}

export interface Hunk {
  path: string;
  text: string;
}

export interface Difference {
  release: string[];
  kernels: Change[];
  packages: Change[];
  users: Change[];
  groups: Change[];
  services: Change[];
  files: FileChange[];
  counts: Record<string, number>;
  hunks: Hunk[];
  blocks?: { size: number; used: number; changed?: number };
  trouble: string[];
}

interface Answer {
  Inspection: Inspection;
}

export async function inspectImage(ResourceId: string, SearchBlocks: boolean): Promise<Inspection> {
  return (await amiable<Answer>("InspectImage", { ResourceId, SearchBlocks })).Inspection;
}

export async function diffImages(before: string, after: string): Promise<Inspection> {
  const request = { ResourceId: before, OtherResourceId: after };
  return (await amiable<Answer>("DiffImages", request)).Inspection;
}

const POLL = 1000;

/** The inspection once it is completed. Throws when it failed, and when nobody waits any more. */
export async function finished(begun: Inspection, left?: AbortSignal): Promise<Inspection> {
  let now: Inspection | undefined = begun;
  while (now?.State === "pending") {
    await pause(POLL);
    left?.throwIfAborted();
    const request = { InspectionIds: [begun.InspectionId] };
    now = (await amiable<{ Inspections: Inspection[] }>("DescribeInspections", request)).Inspections[0];
  }
  if (now?.State === "completed") return now;
  throw Object.assign(new Error(now?.StateMessage), { name: inside.failed });
}

/** What a completed inspection found. */
export async function reportOf<Result>(InspectionId: string): Promise<Result> {
  const { Report: text } = await amiable<{ Report: string }>("GetInspectionReport", { InspectionId });
  return JSON.parse(text) as Result;
}

/** A bill of materials, as the text of a JSON document. */
export async function billOf(InspectionId: string, Format: "spdx" | "cyclonedx"): Promise<string> {
  return (await amiable<{ Document: string }>("GetBillOfMaterials", { InspectionId, Format })).Document;
}

/** Let what was inspected be shared in spite of its findings, on record. */
export async function acceptFindings(InspectionId: string, Reason: string): Promise<void> {
  await amiable("AcceptFindings", { InspectionId, Reason });
}

/** What the security groups of an instance let in from the whole world. */
export async function reviewOf(InstanceId: string): Promise<Pick<Report, "findings" | "checks">> {
  const { Review } = await amiable<{ Review: string }>("GetSecurityGroupReview", { InstanceId });
  return JSON.parse(Review);
}
