import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { billOf, inspectImage, type Package, type Report } from "../aws/inspections";
import { LoadedTable } from "../list/loaded-table";
import { columns as col, inside as words } from "../strings";
import { download } from "../ui/download";
import { useNotices } from "../ui/notices";
import { Inspected } from "./inspected";
import { useInspection } from "./use-inspection";
import { compareVersions } from "./versions";

/** The packages of an image, and its bill of materials. */
export function Packages({ id }: { id: string }) {
  const asked = useInspection<Report>(id, () => inspectImage(id, false));
  return (
    <Inspected waiting={words.looking(id)} asked={asked}>
      {({ packages }, { InspectionId }) => (
        <LoadedTable<Package>
          variant="embedded"
          title={words.packages}
          rows={packages}
          empty={words.noPackages}
          actions={<Bill id={id} inspection={InspectionId} />}
          columns={[
            { header: col.name, text: (row) => row.name },
            {
              header: words.columns.version,
              text: (row) => row.version,
              order: (a, b) => compareVersions(a.version, b.version),
            },
            { header: col.type, text: (row) => row.type },
            { header: col.architecture, text: (row) => row.architecture },
            { header: words.columns.source, text: (row) => row.source },
            { header: words.columns.license, text: (row) => row.license },
          ]}
        />
      )}
    </Inspected>
  );
}

function Bill({ id, inspection }: { id: string; inspection: string }) {
  const { fail } = useNotices();
  const fetch = (format: "spdx" | "cyclonedx") =>
    billOf(inspection, format).then(
      (text) => download(`${id}.${format}.json`, "application/json", text),
      (error) => fail(words.bill, error),
    );
  return (
    <ButtonDropdown
      items={[
        { id: "spdx", text: words.spdx },
        { id: "cyclonedx", text: words.cyclonedx },
      ]}
      onItemClick={({ detail }) => void fetch(detail.id as "spdx" | "cyclonedx")}
    >
      {words.bill}
    </ButtonDropdown>
  );
}
