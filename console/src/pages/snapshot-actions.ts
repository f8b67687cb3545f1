import {
  DeleteSnapshotCommand,
  RestoreSnapshotFromRecycleBinCommand,
  type Snapshot,
  UnlockSnapshotCommand,
} from "@aws-sdk/client-ec2";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { session } from "../aws/session";
import { useAsked } from "../list/asked";
import { one } from "../list/one";
import type { Action } from "../list/resource-page";
import * as rules from "../rules";
import { strings, snapshots as words } from "../strings";
import { urls } from "../urls";

export function useSnapshotActions(binned: boolean): Action<Snapshot>[] {
  const go = useNavigate();
  const asked = useAsked();
  const own = rules.ownSnapshot(session.current()?.account ?? "");
  const ids = (selected: Snapshot[]) => selected.map((snapshot) => snapshot.SnapshotId ?? "");
  const to =
    (url: (id: string) => string): Action<Snapshot>["act"] =>
    (selected) =>
      go(url(ids(selected)[0] ?? ""));
  const question = (verb: string, body: string, run: (SnapshotId: string) => Promise<unknown>) =>
    asked<Snapshot>(
      verb,
      body,
      (snapshot) => snapshot.SnapshotId,
      (snapshot) => run(snapshot.SnapshotId ?? ""),
    );

  if (binned) {
    return [
      {
        id: "restore",
        text: words.restore,
        reason: (selected) => rules.forAll(selected, () => null, strings.list.choose),
        act: question(words.restore, "", (SnapshotId) =>
          ec2(new RestoreSnapshotFromRecycleBinCommand({ SnapshotId })),
        ),
      },
    ];
  }
  return [
    { id: "volume", text: words.createVolume, reason: one(rules.readSnapshot), act: to(urls.createVolumeOf) },
    { id: "register", text: words.register, reason: one(rules.readSnapshot), act: to(urls.registerImage) },
    { id: "copy", text: words.copy, reason: one(rules.readSnapshot), act: to(urls.copySnapshot) },
    { id: "permissions", text: words.permissions, reason: one(own), act: to(urls.snapshotPermissions) },
    { id: "lock", text: words.lock, reason: one(own), act: to(urls.lockSnapshot) },
    {
      id: "unlock",
      text: words.unlock,
      reason: one(own),
      act: question(words.unlock, words.unlockBody, (SnapshotId) =>
        ec2(new UnlockSnapshotCommand({ SnapshotId })),
      ),
    },
    {
      id: "delete",
      text: words.remove,
      reason: (selected) =>
        rules.forAll(selected, (each) => own(each) ?? rules.deleteSnapshot(each), strings.list.choose),
      act: question(words.remove, words.removeBody, (SnapshotId) =>
        ec2(new DeleteSnapshotCommand({ SnapshotId })),
      ),
    },
  ];
}
