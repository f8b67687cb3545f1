import SideNavigation from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router-dom";
import { builderNav, nav, strings } from "../strings";
import { urls } from "../urls";

export function Navigation() {
  const go = useNavigate();
  const { pathname } = useLocation();
  const link = (text: string, href: string) => ({ type: "link" as const, text, href });
  return (
    <SideNavigation
      header={{ text: strings.product, href: urls.dashboard }}
      activeHref={pathname}
      onFollow={(event) => {
        event.preventDefault();
        go(event.detail.href);
      }}
      items={[
        link(nav.dashboard, urls.dashboard),
        {
          type: "section",
          text: nav.instances,
          items: [link(nav.instances, urls.instances), link(nav.launchTemplates, urls.launchTemplates)],
        },
        {
          type: "section",
          text: nav.images,
          items: [
            link(nav.amis, urls.images),
            link(nav.catalog, urls.catalog),
            link(nav.marketplace, urls.marketplace),
          ],
        },
        {
          type: "section",
          text: nav.storage,
          items: [link(nav.volumes, urls.volumes), link(nav.snapshots, urls.snapshots)],
        },
        {
          type: "section",
          text: nav.network,
          items: [link(nav.securityGroups, urls.securityGroups), link(nav.keyPairs, urls.keyPairs)],
        },
        {
          type: "section",
          text: builderNav.title,
          items: [
            link(builderNav.pipelines, urls.pipelines),
            link(builderNav.builds, urls.builds),
            link(builderNav.recipes, urls.recipes),
            link(builderNav.components, urls.components),
            link(builderNav.workflows, urls.workflows),
            link(builderNav.infrastructures, urls.infrastructures),
            link(builderNav.distributions, urls.distributions),
            link(builderNav.policies, urls.policies),
          ],
        },
      ]}
    />
  );
}
