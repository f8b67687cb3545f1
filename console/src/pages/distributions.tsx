/** Where the images of pipelines go. */
import {
  DeleteDistributionConfigurationCommand,
  type DistributionConfigurationSummary,
  GetDistributionConfigurationCommand,
} from "@aws-sdk/client-imagebuilder";
import { listDistributions } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { builderNav, configurations as words } from "../strings";
import { Configurations } from "./builder-configurations";

export function Distributions() {
  return (
    <Configurations<DistributionConfigurationSummary>
      title={builderNav.distributions}
      fetch={listDistributions}
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
