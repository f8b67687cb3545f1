/** What was changed on an instance since it was launched; asked for, as it makes a temporary image. */
import type { Instance } from "@aws-sdk/client-ec2";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { diffImages, type Difference as Found, finished } from "../aws/inspections";
import { atThisMoment } from "../aws/moment";
import * as rules from "../rules";
import { inside, drift as words } from "../strings";
import { Difference } from "./difference";
import { Inspected } from "./inspected";
import { useInspection } from "./use-inspection";

export function Drift({ instance }: { instance: Instance }) {
  const [asked, setAsked] = useState(0);
  const [imaged, setImaged] = useState(false);
  const { InstanceId = "", ImageId = "" } = instance;

  const found = useInspection<Found>(asked ? `${InstanceId} ${asked}` : "", () =>
    atThisMoment(instance, async (now) => {
      setImaged(true);
      return finished(await diffImages(ImageId, now));
    }),
  );
  const busy = asked > 0 && !found.result && !found.problem;
  const reason = rules.driftOf(instance);
  return (
    <SpaceBetween size="m">
      <Box color="text-body-secondary">{words.intro}</Box>
      <Button
        loading={busy}
        disabled={reason !== null}
        disabledReason={reason ?? undefined}
        onClick={() => {
          setImaged(false);
          setAsked(asked + 1);
        }}
      >
        {asked ? words.again : words.start}
      </Button>
      {asked > 0 && (
        <Inspected waiting={imaged ? inside.comparing(ImageId, InstanceId) : words.imaging} asked={found}>
          {(whole) => <Difference whole={whole} />}
        </Inspected>
      )}
    </SpaceBetween>
  );
}
