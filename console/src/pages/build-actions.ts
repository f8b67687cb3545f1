import {
  CancelImageCreationCommand,
  DeleteImageCommand,
  type ImageSummary,
  type LifecycleExecution,
  RetryImageCommand,
} from "@aws-sdk/client-imagebuilder";
import { useNavigate } from "react-router-dom";
import { tail } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import type { Stage } from "../builder/build-stages";
import * as rules from "../builder/builder-rules";
import { WANTED } from "../lifecycle/state-update";
import { one } from "../list/one";
import type { Action } from "../list/resource-page";
import { stateUpdate, builds as words } from "../strings";
import { useNotices } from "../ui/notices";
import { urls } from "../urls";

/** What is known of a build beside itself: where it ended, and the newest change of its state. */
interface Known {
  stage?: Stage | undefined;
  execution?: LifecycleExecution | undefined;
}

/** What one does with a build; `gone`: after it was deleted. */
export function useBuildActions({ stage, execution }: Known = {}, gone?: () => void): Action<ImageSummary>[] {
  const { ask } = useNotices();
  const go = useNavigate();
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
    ...WANTED.map((wanted) => ({
      id: wanted,
      group: stateUpdate.group,
      text: stateUpdate.verbs[wanted],
      reason: one((build: ImageSummary) => rules.changeState(wanted, build, execution)),
      act: ([build]: ImageSummary[]) => go(urls.buildState(tail(build?.arn), wanted)),
    })),
  ];
}
