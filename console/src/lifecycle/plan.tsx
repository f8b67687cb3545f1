/** What one run of a policy will do, does or did to each image and to each of its AMIs, and why not. */
import type { LifecycleExecution, LifecycleExecutionResource } from "@aws-sdk/client-imagebuilder";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import { tail } from "../aws/builder-lists";
import { listPlan, type Planned } from "../aws/lifecycle";
import { region, session } from "../aws/session";
import { PagedTable } from "../list/paged-table";
import { usePages } from "../list/use-pages";
import { policyForm, strings, plans as words } from "../strings";
import { Link } from "../ui/link";
import { State } from "../ui/state";
import { urls } from "../urls";
import { CancelExecution } from "./cancel-execution";

interface Props {
  execution: LifecycleExecution;
  cancelBody: string;
  refresh: () => void;
}

export function Plan({ execution, cancelBody, refresh }: Props) {
  const { lifecycleExecutionId: id = "", state } = execution;
  const acting = state?.status === "IN_PROGRESS" || state?.status === "CANCELLING";
  const pages = usePages(
    id,
    (token) => listPlan(id, token),
    ({ resource }) => acting && !resource.endTime,
  );
  return (
    <PagedTable
      pages={pages}
      wrapLines
      trackBy={({ image, resource }) => `${image} ${resource.resourceId} ${resource.region}`}
      ariaLabels={{ tableLabel: words.plan }}
      header={
        <Header
          variant="h3"
          description={id}
          actions={<CancelExecution execution={execution} body={cancelBody} done={refresh} />}
        >
          {words.plan}
        </Header>
      }
      columnDefinitions={[
        {
          id: "resource",
          header: words.resource,
          cell: (row) => <Name row={row} />,
          isRowHeader: true,
          minWidth: 250,
        },
        { id: "region", header: words.where, cell: ({ resource }) => resource.region, minWidth: 130 },
        { id: "action", header: words.action, cell: ({ resource }) => actionOf(resource), minWidth: 260 },
        {
          id: "state",
          header: words.state,
          minWidth: 140,
          cell: ({ resource }) => <State state={stateOf(resource, state?.status)} />,
        },
        {
          id: "why",
          header: words.reason,
          cell: ({ resource }) => resource.state?.reason ?? strings.none,
        },
      ]}
      empty={words.nothing}
    />
  );
}

/** An image, or below it an AMI of it with the snapshots that go with it. */
function Name({ row: { image, resource } }: { row: Planned }) {
  const { resourceId = "", accountId, snapshots } = resource;
  if (resourceId === image) return <Link to={urls.build(tail(image))}>{tail(image)}</Link>;
  const here = resource.region === region.current() && accountId === session.current()?.account;
  return (
    <Box padding={{ left: "l" }}>
      {here ? <Link to={urls.image(resourceId)}>{resourceId}</Link> : resourceId}
      {(snapshots ?? []).map(({ snapshotId, state }) => (
        <Box key={snapshotId} color="text-body-secondary">
          {state?.reason ? `${snapshotId}: ${state.reason}` : snapshotId}
        </Box>
      ))}
    </Box>
  );
}

export function actionOf({ action }: LifecycleExecutionResource): string {
  const name = action?.name ?? "";
  const verb = name in policyForm.verbs ? policyForm.verbs[name as keyof typeof policyForm.verbs] : name;
  return action?.reason ? `${verb}: ${action.reason}` : verb;
}

/** What has not begun is planned. */
const stateOf = ({ state }: LifecycleExecutionResource, execution: string | undefined): string | undefined =>
  state?.status === "IN_PROGRESS" && execution === "PENDING" ? "planned" : state?.status?.toLowerCase();
