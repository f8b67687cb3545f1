/** What build and test instances of pipelines are like. */
import {
  DeleteInfrastructureConfigurationCommand,
  GetInfrastructureConfigurationCommand,
  type InfrastructureConfigurationSummary,
} from "@aws-sdk/client-imagebuilder";
import { useNavigate } from "react-router-dom";
import { listInfrastructures } from "../aws/builder-lists";
import { imagebuilder } from "../aws/imagebuilder";
import { one } from "../list/one";
import { builderNav, infrastructureForm as form, strings, configurations as words } from "../strings";
import { urls } from "../urls";
import { Configurations } from "./builder-configurations";

export function Infrastructures() {
  const go = useNavigate();
  return (
    <Configurations<InfrastructureConfigurationSummary>
      title={builderNav.infrastructures}
      fetch={listInfrastructures}
      primary={{ text: form.create, act: () => go(urls.createInfrastructure) }}
      actions={[
        {
          id: "edit",
          text: words.edit,
          reason: one(),
          act: ([each]) => go(urls.editInfrastructureOf(each?.arn ?? "")),
        },
      ]}
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
