/** What every page's layout shares: navigation, notices, labels. */
import type { AppLayoutProps } from "@cloudscape-design/components/app-layout";
import { createContext, type ReactNode, useContext } from "react";
import { strings } from "../strings";

export const Frame = createContext<{ navigation: ReactNode; notifications: ReactNode }>({
  navigation: null,
  notifications: null,
});

export function useLayout(): AppLayoutProps {
  return {
    ...useContext(Frame),
    toolsHide: true,
    stickyNotifications: true,
    headerSelector: "#top",
    ariaLabels: {
      navigation: strings.navigation,
      navigationClose: "Close navigation",
      navigationToggle: "Open navigation",
      notifications: "Notifications",
    },
  };
}
