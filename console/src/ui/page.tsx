/** A page that is no list: its title, which the browser's tab has, too, what can be done there, and what it shows. */
import AppLayout, { type AppLayoutProps } from "@cloudscape-design/components/app-layout";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { type ReactNode, useEffect } from "react";
import { strings } from "../strings";
import { useLayout } from "./layout";

interface Props extends Pick<AppLayoutProps, "contentType" | "navigationHide"> {
  title: string;
  /** Of the browser's tab, where it says more. */
  tab?: string;
  description?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, tab = title, description, actions, children, ...layout }: Props) {
  const shared = useLayout();

  useEffect(() => {
    document.title = `${tab} · ${strings.product}`;
  }, [tab]);

  const header = (
    <Header variant="h1" description={description} actions={actions}>
      {title}
    </Header>
  );
  return (
    <AppLayout {...shared} {...layout} content={<ContentLayout header={header}>{children}</ContentLayout>} />
  );
}
