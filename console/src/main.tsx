import "@cloudscape-design/global-styles/index.css";
import "./console.css";
import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { applyMode, Mode } from "@cloudscape-design/global-styles";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router-dom";
import { App } from "./app";
import { tokenFromAddress } from "./aws/sign-in";

if (localStorage.getItem("amiable.mode") === "dark") applyMode(Mode.Dark);
const token = tokenFromAddress();
// A link pasted into a tab that has the console open changes the fragment only.
window.addEventListener("hashchange", () => {
  if (location.hash.includes("token=")) location.reload();
});
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no root");

createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <BrowserRouter basename="/console">
        <App token={token} />
      </BrowserRouter>
    </I18nProvider>
  </StrictMode>,
);
