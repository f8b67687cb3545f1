/** Paid products and their subscriptions; what their use costs this account. */
import AppLayout from "@cloudscape-design/components/app-layout";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Tabs from "@cloudscape-design/components/tabs";
import { useEffect } from "react";
import { useSearchParams } from "react-router-dom";
import { Products } from "../marketplace/products";
import { UsageAndCost } from "../marketplace/usage";
import { strings, marketplace as words } from "../strings";
import { useLayout } from "../ui/layout";

export function Marketplace() {
  const layout = useLayout();
  const [search, setSearch] = useSearchParams();

  useEffect(() => {
    document.title = `${words.title} · ${strings.product}`;
  }, []);

  return (
    <AppLayout
      {...layout}
      contentType="table"
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
            activeTabId={search.get("tab") ?? "products"}
            onChange={({ detail }) => setSearch({ tab: detail.activeTabId }, { replace: true })}
            tabs={[
              { id: "products", label: words.products, content: <Products /> },
              { id: "usage", label: words.usage, content: <UsageAndCost /> },
            ]}
          />
        </ContentLayout>
      }
    />
  );
}
