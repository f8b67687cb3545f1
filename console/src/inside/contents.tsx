/** What an image captures, as a person would describe it. */
import SpaceBetween from "@cloudscape-design/components/space-between";
import { inspectImage, type Report } from "../aws/inspections";
import { type LoadedColumn, LoadedTable } from "../list/loaded-table";
import { columns as col, inside, contents as words } from "../strings";
import { bytes } from "../ui/bytes";
import { Facts } from "../ui/details";
import { Inspected, Unread } from "./inspected";
import { useInspection } from "./use-inspection";

const names = inside.columns;

export function Contents({ id }: { id: string }) {
  const asked = useInspection<Report>(id, () => inspectImage(id, false));
  return (
    <Inspected waiting={inside.looking(id)} asked={asked}>
      {(report) => (
        <>
          <System report={report} />
          <Tables report={report} />
          <Unread trouble={report.trouble} />
        </>
      )}
    </Inspected>
  );
}

function System({ report: { os, kernels, network, files } }: { report: Report }) {
  return (
    <Facts
      facts={{
        [words.system]: os.name,
        [words.kernels]: kernels.join(", "),
        [words.host]: network?.host_name,
        [words.dns]: network?.dns.join(", "),
        [words.search]: network?.search.join(", "),
        [words.firewall]: network?.firewalls.join(", ") || words.noFirewall,
        [words.interfaces]: network?.files.join(", "),
        [words.files]: files && words.filesText(files.files, bytes(files.bytes)),
      }}
    />
  );
}

/** A section; without rows it is not there. */
function Section<T>({ title, rows, columns }: { title: string; rows: T[]; columns: LoadedColumn<T>[] }) {
  return rows.length > 0 && <LoadedTable variant="embedded" title={title} rows={rows} columns={columns} />;
}

function Tables({ report }: { report: Report }) {
  const number = (value: number) => String(value);
  return (
    <SpaceBetween size="l">
      <Section
        title={words.services}
        rows={report.services}
        columns={[
          { header: names.unit, text: (row) => row.unit },
          { header: names.wantedBy, text: (row) => row.wanted_by },
          { header: names.note, text: (row) => (row.own ? words.own : "") },
        ]}
      />
      <Section
        title={words.ports}
        rows={report.ports}
        columns={[
          { header: names.port, text: (row) => row.port, order: (a, b) => Number(a.port) - Number(b.port) },
          { header: names.program, text: (row) => row.program },
          { header: names.file, text: (row) => row.file },
        ]}
      />
      <Section
        title={words.users}
        rows={report.users}
        columns={[
          { header: names.user, text: (row) => row.name },
          { header: names.uid, text: (row) => number(row.uid), order: (a, b) => a.uid - b.uid },
          { header: names.password, text: (row) => row.password },
          { header: names.home, text: (row) => row.home },
          { header: names.shell, text: (row) => row.shell },
        ]}
      />
      <Section
        title={words.groups}
        rows={report.groups.filter((group) => group.members.length)}
        columns={[
          { header: names.group, text: (row) => row.name },
          { header: names.gid, text: (row) => number(row.gid), order: (a, b) => a.gid - b.gid },
          { header: names.members, text: (row) => row.members.join(", ") },
        ]}
      />
      <Section
        title={words.keys}
        rows={report.authorized_keys ?? []}
        columns={[
          { header: names.file, text: (row) => row.file },
          { header: names.keys, text: (row) => number(row.keys) },
        ]}
      />
      <Section
        title={words.jobs}
        rows={report.jobs}
        columns={[
          { header: names.where, text: (row) => row.where },
          { header: names.job, text: (row) => row.what },
        ]}
      />
      <Section
        title={words.environment}
        rows={report.environment ?? []}
        columns={[
          { header: names.variable, text: (row) => row.name },
          { header: names.file, text: (row) => row.file },
        ]}
      />
      <Section
        title={words.volumes}
        rows={report.volumes}
        columns={[
          { header: col.name, text: (row) => row.name },
          { header: names.kind, text: (row) => row.kind },
          { header: col.size, text: (row) => bytes(row.size), order: (a, b) => a.size - b.size },
          { header: names.mounted, text: (row) => row.mounted },
          { header: names.note, text: (row) => row.note },
        ]}
      />
    </SpaceBetween>
  );
}
