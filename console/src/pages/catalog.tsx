/** All that can be launched: the built-in catalog, one's own, paid, shared and public images. */
import AppLayout from "@cloudscape-design/components/app-layout";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Tabs from "@cloudscape-design/components/tabs";
import { useEffect } from "react";
import { useSearchParams } from "react-router-dom";
import { ImageGallery } from "../catalog/image-gallery";
import { QuickStart } from "../catalog/quick-start";
import { strings, catalog as words } from "../strings";
import { useLayout } from "../ui/layout";

export function Catalog() {
  const layout = useLayout();
  const [search, setSearch] = useSearchParams();

  useEffect(() => {
    document.title = `${words.title} · ${strings.product}`;
  }, []);

  return (
    <AppLayout
      {...layout}
      contentType="cards"
      content={
        <ContentLayout
          header={
            <Header variant="h1" description={words.hint}>
              {words.title}
            </Header>
          }
        >
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
                content: (
                  <ImageGallery title={words.marketplace} scope={{ Owners: ["aws-marketplace"] }} paid />
                ),
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
        </ContentLayout>
      }
    />
  );
}
