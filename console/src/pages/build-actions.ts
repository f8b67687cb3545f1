import {
  CancelImageCreationCommand,
  DeleteImageCommand,
  type ImageSummary,
  RetryImageCommand,
} from "@aws-sdk/client-imagebuilder";
import { tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import type { Stage } from "../build-stages";
import * as rules from "../builder-rules";
import { one } from "../list/one";
import type { Action } from "../list/resource-page";
import { builds as words } from "../strings";
import { useNotices } from "../ui/notices";

/** What one does with a build; `stage`: where it ended, if that is known; `gone`: after it was deleted. */
export function useBuildActions(stage?: Stage, gone?: () => void): Action<ImageSummary>[] {
  const { ask } = useNotices();
  const asked =
    (verb: string, body: string, run: (arn: string) => Promise<unknown>, after?: () => void) =>
    ([build]: ImageSummary[], refresh: () => void) =>
      ask({
        title: `${verb} ${tail(build?.arn)}`,
        verb,
        body,
        act: () => run(build?.arn ?? ""),
        done: after ?? refresh,
      });
  return [
    {
      id: "retry",
      text: words.retry,
      reason: one((build) => rules.retryBuild(build, stage)),
      act: asked(words.retry, words.retryBody, (imageBuildVersionArn) =>
        imagebuilder(new RetryImageCommand({ imageBuildVersionArn })),
      ),
    },
    {
      id: "cancel",
      text: words.cancel,
      reason: one(rules.cancelBuild),
      act: asked(words.cancel, words.cancelBody, (imageBuildVersionArn) =>
        imagebuilder(new CancelImageCreationCommand({ imageBuildVersionArn })),
      ),
    },
    {
      id: "delete",
      text: words.remove,
      reason: one(rules.deleteBuild),
      act: asked(
        words.remove,
        words.removeBody,
        (imageBuildVersionArn) => imagebuilder(new DeleteImageCommand({ imageBuildVersionArn })),
        gone,
      ),
    },
  ];
}
