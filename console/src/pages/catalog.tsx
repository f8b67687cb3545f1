/** All that can be launched: the built-in catalog, one's own, paid, shared and public images. */
import Tabs from "@cloudscape-design/components/tabs";
import { useSearchParams } from "react-router-dom";
import { ImageGallery } from "../catalog/image-gallery";
import { QuickStart } from "../catalog/quick-start";
import { catalog as words } from "../strings";
import { Page } from "../ui/page";

export function Catalog() {
  const [search, setSearch] = useSearchParams();

  return (
    <Page title={words.title} contentType="cards" description={words.hint}>
      <Tabs
        ariaLabel={words.title}
        activeTabId={search.get("tab") ?? "quick"}
        onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
        tabs={[
          { id: "quick", label: words.quick, content: <QuickStart /> },
          {
            id: "mine",
            label: words.mine,
            content: <ImageGallery title={words.mine} scope={{ Owners: ["self"] }} />,
          },
          {
            id: "marketplace",
            label: words.marketplace,
            content: <ImageGallery title={words.marketplace} scope={{ Owners: ["aws-marketplace"] }} paid />,
          },
          {
            id: "shared",
            label: words.shared,
            content: <ImageGallery title={words.shared} scope={{ ExecutableUsers: ["self"] }} />,
          },
          {
            id: "community",
            label: words.community,
            content: <ImageGallery title={words.community} scope={{ ExecutableUsers: ["all"] }} />,
          },
        ]}
      />
    </Page>
  );
}
