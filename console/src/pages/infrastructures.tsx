/** What build and test instances of pipelines are like. */
import {
  DeleteInfrastructureConfigurationCommand,
  GetInfrastructureConfigurationCommand,
  type InfrastructureConfigurationSummary,
} from "@aws-sdk/client-imagebuilder";
import { listInfrastructures } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { builderNav, strings, configurations as words } from "../strings";
import { Configurations } from "./builder-configurations";

export function Infrastructures() {
  return (
    <Configurations<InfrastructureConfigurationSummary>
      title={builderNav.infrastructures}
      fetch={listInfrastructures}
      columns={[
        {
          id: "types",
          header: words.instanceTypes,
          cell: (each) => each.instanceTypes?.join(", ") || strings.none,
        },
        { id: "profile", header: words.profile, cell: (each) => each.instanceProfileName },
      ]}
      remove={(arn) =>
        imagebuilder(new DeleteInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }))
      }
      whole={async (arn) =>
        (
          await imagebuilder(
            new GetInfrastructureConfigurationCommand({ infrastructureConfigurationArn: arn }),
          )
        ).infrastructureConfiguration
      }
    />
  );
}
