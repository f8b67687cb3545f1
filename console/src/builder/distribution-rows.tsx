/** What points at a new image in a Region: launch templates of there, and parameters. */
import { DescribeLaunchTemplatesCommand } from "@aws-sdk/client-ec2";
import type {
  LaunchTemplateConfiguration,
  SsmParameterConfiguration,
  SsmParameterDataType,
} from "@aws-sdk/client-imagebuilder";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import { ec2 } from "../aws/ec2";
import { templateOptions } from "../launch/options";
import { strings, distributionForm as words } from "../strings";
import { RowFields } from "../ui/row-fields";
import { Trouble } from "../ui/trouble";
import { useAnswer } from "../ui/use-answer";
import { MOST_TEMPLATES, parameterProblem } from "./distribution-rules";

/** What the server takes when nothing is said comes first. */
const YES_NO = [
  { value: "yes", label: strings.yes },
  { value: "no", label: strings.no },
];
const DATA_TYPES: SsmParameterDataType[] = ["aws:ec2:image", "text"];

export function TemplateRows({
  region,
  templates,
  onChange,
}: {
  region: string;
  templates: LaunchTemplateConfiguration[];
  onChange: (templates: LaunchTemplateConfiguration[]) => void;
}) {
  const { answer, problem } = useAnswer(`templates ${region}`, () =>
    ec2(new DescribeLaunchTemplatesCommand({}), region),
  );
  const options = templateOptions(answer?.LaunchTemplates);
  return (
    <>
      <Trouble problem={problem} />
      <RowFields<LaunchTemplateConfiguration>
        rows={templates}
        blank={{ launchTemplateId: "", setDefaultVersion: true }}
        words={{ add: words.addTemplate, remove: words.remove, none: words.noTemplates }}
        most={MOST_TEMPLATES}
        onChange={onChange}
        columns={[
          {
            label: words.template,
            field: (row, set) => (
              <Select
                ariaLabel={words.template}
                selectedOption={
                  options.find((each) => each.value === row.launchTemplateId) ??
                  (row.launchTemplateId ? { value: row.launchTemplateId } : null)
                }
                options={options}
                filteringType="auto"
                statusType={answer || problem ? "finished" : "loading"}
                loadingText={strings.loading}
                empty={strings.list.empty}
                onChange={({ detail }) => set({ ...row, launchTemplateId: detail.selectedOption.value })}
              />
            ),
          },
          {
            label: words.setDefault,
            field: (row, set) => (
              <Select
                ariaLabel={words.setDefault}
                selectedOption={YES_NO[row.setDefaultVersion === false ? 1 : 0] ?? null}
                options={YES_NO}
                onChange={({ detail }) =>
                  set({ ...row, setDefaultVersion: detail.selectedOption.value === "yes" })
                }
              />
            ),
          },
        ]}
      />
    </>
  );
}

export function ParameterRows({
  parameters,
  onChange,
}: {
  parameters: SsmParameterConfiguration[];
  onChange: (parameters: SsmParameterConfiguration[]) => void;
}) {
  return (
    <RowFields<SsmParameterConfiguration>
      rows={parameters}
      blank={{ parameterName: "", dataType: DATA_TYPES[0] }}
      words={{ add: words.addParameter, remove: words.remove, none: words.noParameters }}
      onChange={onChange}
      columns={[
        {
          label: words.parameter,
          problem: ({ parameterName }) => (parameterName ? parameterProblem(parameterName) : null),
          field: (row, set) => (
            <Input
              ariaLabel={words.parameter}
              value={row.parameterName ?? ""}
              placeholder="/golden/web"
              onChange={({ detail }) => set({ ...row, parameterName: detail.value.trim() })}
            />
          ),
        },
        {
          label: words.dataType,
          field: (row, set) => {
            const value = row.dataType ?? DATA_TYPES[0];
            return (
              <Select
                ariaLabel={words.dataType}
                selectedOption={{ value, label: value }}
                options={DATA_TYPES.map((each) => ({ value: each, label: each }))}
                onChange={({ detail }) =>
                  set({ ...row, dataType: detail.selectedOption.value as SsmParameterDataType })
                }
              />
            );
          },
        },
      ]}
    />
  );
}
