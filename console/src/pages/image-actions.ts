import {
  CancelImageLaunchPermissionCommand,
  DeregisterImageCommand,
  DisableImageCommand,
  DisableImageDeprecationCommand,
  DisableImageDeregistrationProtectionCommand,
  EnableImageCommand,
  EnableImageDeregistrationProtectionCommand,
  type Image,
  RestoreImageFromRecycleBinCommand,
} from "@aws-sdk/client-ec2";
import { useNavigate } from "react-router-dom";
import { ec2 } from "../aws/ec2";
import { one } from "../list/one";
import type { Action } from "../list/resource-page";
import * as rules from "../rules";
import { compare, strings, images as words } from "../strings";
import { useNotices } from "../ui/notices";
import { urls } from "../urls";

const byAge = (a: Image, b: Image) => Date.parse(a.CreationDate ?? "") - Date.parse(b.CreationDate ?? "");

export function useImageActions(binned: boolean, account: string): Action<Image>[] {
  const go = useNavigate();
  const { ask, say, fail } = useNotices();

  const own = (image: Image) => rules.ownImage(image, account);
  const id = (selected: Image[]) => selected[0]?.ImageId ?? "";

  /** Done at once: nothing is lost by it. */
  const now =
    (title: string, run: (ImageId: string) => Promise<unknown>): Action<Image>["act"] =>
    (selected, refresh) => {
      run(id(selected))
        .then(() => say(strings.confirm.done(title)))
        .catch((error) => fail(title, error))
        .finally(refresh);
    };
  const asked =
    (
      title: string,
      body: string,
      run: (ImageId: string) => Promise<unknown>,
      more = (_: Image) => "",
    ): Action<Image>["act"] =>
    (selected, refresh) => {
      const [image] = selected;
      if (!image) return;
      const text = `${image.Name ?? ""} (${image.ImageId}). ${body} ${more(image)}`;
      ask({ title, verb: title, body: text, act: () => run(id(selected)), done: refresh });
    };
  const snapshots = (image: Image) =>
    (image.BlockDeviceMappings ?? []).flatMap((each) => each.Ebs?.SnapshotId ?? []).join(", ");

  if (binned) {
    return [
      {
        id: "restore",
        text: words.restore,
        reason: one(),
        act: now(words.restore, (ImageId) => ec2(new RestoreImageFromRecycleBinCommand({ ImageId }))),
      },
    ];
  }
  return [
    {
      id: "launch",
      text: words.launch,
      reason: one(rules.launchImage),
      act: (s) => go(urls.launchFrom(id(s))),
    },
    {
      id: "compare",
      text: compare.action,
      reason: (selected) => rules.compareImages(selected, compare.exactlyTwo),
      act: (selected) => {
        // The older one is what the other is compared with.
        const ids = [...selected].sort(byAge).map((image) => image.ImageId ?? "");
        go(urls.compareImages(ids[0] ?? "", ids[1] ?? ""));
      },
    },
    {
      id: "permissions",
      text: words.permissions,
      reason: one(own, rules.shareImage),
      act: (s) => go(urls.imagePermissions(id(s))),
    },
    { id: "copy", text: words.copy, reason: one(rules.copyImage), act: (s) => go(urls.copyImage(id(s))) },
    {
      id: "deprecate",
      text: words.deprecate,
      reason: one(own),
      act: (selected) => go(urls.deprecateImage(id(selected))),
    },
    {
      id: "undeprecate",
      text: words.undeprecate,
      reason: one(own, rules.undeprecateImage),
      act: now(words.undeprecate, (ImageId) => ec2(new DisableImageDeprecationCommand({ ImageId }))),
    },
    {
      id: "disable",
      text: words.disable,
      reason: one(own, rules.disableImage),
      act: asked(words.disable, words.disableBody, (ImageId) => ec2(new DisableImageCommand({ ImageId }))),
    },
    {
      id: "enable",
      text: words.enable,
      reason: one(own, rules.enableImage),
      act: now(words.enable, (ImageId) => ec2(new EnableImageCommand({ ImageId }))),
    },
    {
      id: "protect",
      text: words.protect,
      reason: one(own, rules.protectImage),
      act: now(words.protect, (ImageId) => ec2(new EnableImageDeregistrationProtectionCommand({ ImageId }))),
    },
    {
      id: "unprotect",
      text: words.unprotect,
      reason: one(own, rules.unprotectImage),
      act: now(words.unprotect, (ImageId) =>
        ec2(new DisableImageDeregistrationProtectionCommand({ ImageId })),
      ),
    },
    {
      id: "give-back",
      text: words.giveBack,
      reason: one(rules.giveBackImage(account)),
      act: asked(words.giveBack, words.giveBackBody, (ImageId) =>
        ec2(new CancelImageLaunchPermissionCommand({ ImageId })),
      ),
    },
    {
      id: "deregister",
      text: words.deregister,
      reason: one(own, rules.deregisterImage),
      act: asked(
        words.deregister,
        words.deregisterBody,
        (ImageId) => ec2(new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true })),
        snapshots,
      ),
    },
    {
      id: "deregister-keep",
      text: words.deregisterKeep,
      reason: one(own, rules.deregisterImage),
      act: asked(words.deregisterKeep, words.deregisterKeepBody, (ImageId) =>
        ec2(new DeregisterImageCommand({ ImageId })),
      ),
    },
  ];
}
