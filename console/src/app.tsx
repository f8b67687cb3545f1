/** Either the sign-in page, or the frame with one page of the console in it. */
import Spinner from "@cloudscape-design/components/spinner";
import { type ComponentType, Suspense, useCallback, useState, useSyncExternalStore } from "react";
import { Navigate, Route, Routes, useLocation, useNavigate } from "react-router-dom";
import { session } from "./aws/session";
import { SignIn } from "./pages/sign-in";
import { strings } from "./strings";
import { Frame } from "./ui/layout";
import { Mishap } from "./ui/mishap";
import { Navigation } from "./ui/navigation";
import { NoticesProvider } from "./ui/notices";
import { onDemand } from "./ui/on-demand";
import { Top } from "./ui/top";
import { urls } from "./urls";

const page = <Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) =>
  onDemand(async () => (await load())[name]);

const PAGES: [path: string, page: ComponentType][] = [
  [urls.dashboard, page(() => import("./pages/dashboard"), "Dashboard")],
  [urls.instances, page(() => import("./pages/instances"), "Instances")],
  [urls.launch, page(() => import("./forms/launch"), "Launch")],
  [urls.connect(":id"), page(() => import("./pages/connect"), "Connect")],
  [urls.createImage(":id"), page(() => import("./forms/create-image"), "CreateImage")],
  [urls.images, page(() => import("./pages/images"), "Images")],
  [urls.compare, page(() => import("./pages/compare"), "Compare")],
  [urls.imagePermissions(":id"), page(() => import("./forms/image-permissions"), "ImagePermissions")],
  [urls.deprecateImage(":id"), page(() => import("./forms/deprecate-image"), "DeprecateImage")],
  [urls.copyImage(":id"), page(() => import("./forms/copy-image"), "CopyImage")],
  [urls.snapshots, page(() => import("./pages/snapshots"), "Snapshots")],
  [urls.copySnapshot(":id"), page(() => import("./forms/copy-snapshot"), "CopySnapshot")],
  [urls.registerImage(":id"), page(() => import("./forms/register-image"), "RegisterImage")],
  [
    urls.snapshotPermissions(":id"),
    page(() => import("./forms/snapshot-permissions"), "SnapshotPermissions"),
  ],
  [urls.lockSnapshot(":id"), page(() => import("./forms/lock-snapshot"), "LockSnapshot")],
  [urls.modifyVolume(":id"), page(() => import("./forms/modify-volume"), "ModifyVolume")],
  [urls.volumes, page(() => import("./pages/volumes"), "Volumes")],
  [urls.createVolume, page(() => import("./forms/volume"), "CreateVolume")],
  [urls.attachVolume(":id"), page(() => import("./forms/volume"), "AttachVolume")],
  [urls.securityGroups, page(() => import("./pages/security-groups"), "SecurityGroups")],
  [urls.createSecurityGroup, page(() => import("./forms/security-group"), "CreateSecurityGroup")],
  [urls.inboundRules(":id"), page(() => import("./forms/security-group"), "EditInbound")],
  [urls.outboundRules(":id"), page(() => import("./forms/security-group"), "EditOutbound")],
  [urls.keyPairs, page(() => import("./pages/key-pairs"), "KeyPairs")],
  [urls.createKeyPair, page(() => import("./forms/key-pair"), "CreateKeyPair")],
  [urls.launchTemplates, page(() => import("./pages/launch-templates"), "LaunchTemplates")],
  [urls.createLaunchTemplate, page(() => import("./forms/launch-template"), "CreateLaunchTemplate")],
  [urls.modifyTemplate, page(() => import("./forms/launch-template"), "ModifyLaunchTemplate")],
  [urls.compareTemplate, page(() => import("./pages/compare-versions"), "CompareVersions")],
  [
    urls.templateFromInstance(":id"),
    page(() => import("./forms/template-from-instance"), "TemplateFromInstance"),
  ],
  [urls.catalog, page(() => import("./pages/catalog"), "Catalog")],
  [urls.marketplace, page(() => import("./pages/marketplace"), "Marketplace")],
  [urls.pipelines, page(() => import("./pages/pipelines"), "Pipelines")],
  [urls.createPipeline, page(() => import("./forms/pipeline"), "PipelineForm")],
  [urls.editPipeline, page(() => import("./forms/pipeline"), "PipelineForm")],
  [urls.builds, page(() => import("./pages/builds"), "Builds")],
  [urls.build(":name/:version/:number"), page(() => import("./pages/build"), "Build")],
  [
    urls.buildState(":name/:version/:number", ":state"),
    page(() => import("./forms/build-state"), "BuildState"),
  ],
  [urls.recipes, page(() => import("./pages/recipes"), "Recipes")],
  [urls.createRecipe, page(() => import("./forms/recipe"), "CreateRecipe")],
  [urls.components, page(() => import("./pages/components"), "Components")],
  [urls.createComponent, page(() => import("./forms/component"), "CreateComponent")],
  [urls.workflows, page(() => import("./pages/workflows"), "Workflows")],
  [urls.createWorkflow, page(() => import("./forms/workflow"), "CreateWorkflow")],
  [urls.infrastructures, page(() => import("./pages/infrastructures"), "Infrastructures")],
  [urls.createInfrastructure, page(() => import("./forms/infrastructure"), "CreateInfrastructure")],
  [urls.editInfrastructure, page(() => import("./forms/infrastructure"), "EditInfrastructure")],
  [urls.distributions, page(() => import("./pages/distributions"), "Distributions")],
  [urls.createDistribution, page(() => import("./forms/distribution"), "CreateDistribution")],
  [urls.editDistribution, page(() => import("./forms/distribution"), "EditDistribution")],
  [urls.policies, page(() => import("./pages/policies"), "Policies")],
  [urls.createPolicy, page(() => import("./forms/lifecycle-policy"), "LifecyclePolicyForm")],
  [urls.editPolicy, page(() => import("./forms/lifecycle-policy"), "LifecyclePolicyForm")],
];

export function App({ token }: { token: string | null }) {
  const [link, setLink] = useState(token);
  const who = useSyncExternalStore(session.subscribe, session.current);
  const { pathname } = useLocation();
  const go = useNavigate();
  const adding = pathname === urls.signIn;
  const signedIn = useCallback(() => {
    setLink(null);
    if (adding) go(urls.dashboard, { replace: true });
  }, [adding, go]);
  // A link signs in as its own account, whoever was signed in before.
  if (!who || link || adding) {
    return <SignIn token={link} onDone={signedIn} />;
  }
  return (
    <NoticesProvider key={who.account}>
      {(notifications) => (
        <Frame.Provider value={{ navigation: <Navigation />, notifications }}>
          <Top account={who.account} />
          <Mishap key={pathname}>
            <Suspense fallback={<Spinner size="large" />}>
              <Routes>
                {PAGES.map(([path, Page]) => (
                  <Route key={path} path={path} element={<Page />} />
                ))}
                <Route path="*" element={<Navigate to={urls.dashboard} replace />} />
              </Routes>
            </Suspense>
          </Mishap>
        </Frame.Provider>
      )}
    </NoticesProvider>
  );
}

document.title = strings.product;
