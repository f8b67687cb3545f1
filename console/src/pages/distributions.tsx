/** Where the images of pipelines go. */
import {
  DeleteDistributionConfigurationCommand,
  type DistributionConfigurationSummary,
  GetDistributionConfigurationCommand,
} from "@aws-sdk/client-imagebuilder";
import { useNavigate } from "react-router-dom";
import { listDistributions } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { one } from "../list/one";
import { builderNav, distributionForm as form, configurations as words } from "../strings";
import { urls } from "../urls";
import { Configurations } from "./builder-configurations";

export function Distributions() {
  const go = useNavigate();
  return (
    <Configurations<DistributionConfigurationSummary>
      title={builderNav.distributions}
      fetch={listDistributions}
      primary={{ text: form.create, act: () => go(urls.createDistribution) }}
      actions={[
        {
          id: "edit",
          text: words.edit,
          reason: one(),
          act: ([each]) => go(urls.editDistributionOf(each?.arn ?? "")),
        },
      ]}
      columns={[{ id: "regions", header: words.regions, cell: (each) => each.regions?.join(", ") }]}
      remove={(arn) =>
        imagebuilder(new DeleteDistributionConfigurationCommand({ distributionConfigurationArn: arn }))
      }
      whole={async (arn) =>
        (await imagebuilder(new GetDistributionConfigurationCommand({ distributionConfigurationArn: arn })))
          .distributionConfiguration
      }
    />
  );
}
