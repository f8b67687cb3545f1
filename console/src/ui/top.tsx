import TopNavigation from "@cloudscape-design/components/top-navigation";
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router-dom";
import { regionNames } from "../aws/regions";
import { region, session } from "../aws/session";
import { strings, topBar } from "../strings";
import { urls } from "../urls";

const MODE = "amiable.mode";

export function Top({ account }: { account: string }) {
  const go = useNavigate();
  const [regions, setRegions] = useState<string[]>([]);
  const [dark, setDark] = useState(localStorage.getItem(MODE) === "dark");

  useEffect(() => {
    regionNames().then(
      setRegions,
      // A server without the region that was chosen here before refuses every call: begin with its usual one.
      (error: Error) => {
        if (error.message.startsWith("The region")) {
          const usual = /Use one of: ([a-z0-9-]+)/.exec(error.message)?.[1];
          if (usual) region.choose(usual);
        }
      },
    );
  }, []);

  function toggle() {
    applyMode(dark ? Mode.Light : Mode.Dark);
    localStorage.setItem(MODE, dark ? "light" : "dark");
    setDark(!dark);
  }

  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: urls.dashboard,
          title: strings.product,
          onFollow: (event) => {
            event.preventDefault();
            go(urls.dashboard);
          },
        }}
        utilities={[
          { type: "button", text: dark ? topBar.light : topBar.dark, onClick: toggle },
          {
            type: "menu-dropdown",
            text: region.current(),
            ariaLabel: `${topBar.region}: ${region.current()}`,
            items: regions.map((id) => ({ id, text: id })),
            onItemClick: ({ detail }) => region.choose(detail.id),
          },
          {
            type: "menu-dropdown",
            text: account,
            ariaLabel: `${topBar.account}: ${account}`,
            iconName: "user-profile",
            items: [
              ...session.others().map((id) => ({ id, text: topBar.switchTo(id) })),
              { id: "add", text: topBar.add },
              { id: "out", text: strings.signIn.out },
              ...(session.others().length ? [{ id: "all", text: topBar.outOfAll }] : []),
            ],
            onItemClick: ({ detail }) => {
              if (detail.id === "add") go(urls.signIn);
              else if (detail.id === "out") session.end();
              else if (detail.id === "all") session.endAll();
              else {
                // What the page shows is the other account's.
                go(urls.dashboard);
                session.switchTo(detail.id);
              }
            },
          },
        ]}
      />
    </div>
  );
}
