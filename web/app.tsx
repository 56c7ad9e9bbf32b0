import { Component, lazy, type ReactNode, Suspense } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { HomePage } from "./pages/home.tsx";
import { Shell } from "./ui/shell.tsx";
import { Failed, Skeleton } from "./ui/states.tsx";

const ExperimentsPage = lazy(() => import("./pages/experiments.tsx"));
const ExperimentPage = lazy(() => import("./pages/experiment.tsx"));
const PlatesPage = lazy(() => import("./pages/plates.tsx"));
const EditsPage = lazy(() => import("./pages/edits.tsx"));
const ProfilesPage = lazy(() => import("./pages/profiles.tsx"));
const HitsPage = lazy(() => import("./pages/hits.tsx"));
const MapPage = lazy(() => import("./pages/map.tsx"));
const GroupMapPage = lazy(() => import("./pages/group-map.tsx"));
const GroupHypothesesPage = lazy(() => import("./pages/group-hypotheses.tsx"));
const GroupHealthPage = lazy(() => import("./pages/group-health.tsx"));
const GroupComparePage = lazy(() => import("./pages/group-compare.tsx"));
const GroupWhyPage = lazy(() => import("./pages/group-why.tsx"));
const KeptHypothesesPage = lazy(() => import("./pages/kept-hypotheses.tsx"));
const MapsPage = lazy(() => import("./pages/maps.tsx"));
const PerturbationsPage = lazy(() => import("./pages/perturbations.tsx"));
const PerturbationPage = lazy(() => import("./pages/perturbation.tsx"));
const ProjectsPage = lazy(() => import("./pages/projects.tsx"));
const ProjectPage = lazy(() => import("./pages/project.tsx"));
const FunctionsPage = lazy(() => import("./pages/functions.tsx"));
const RunsPage = lazy(() => import("./pages/runs.tsx"));
const RunPage = lazy(() => import("./pages/run.tsx"));
const NotFoundPage = lazy(() => import("./pages/not-found.tsx"));

/** Shows what went wrong in a page instead of an empty window; another page starts afresh. */
class PageBoundary extends Component<{ path: string; children: ReactNode }, { error: unknown; path: string }> {
  override state: { error: unknown; path: string } = { error: undefined, path: this.props.path };
  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }
  static getDerivedStateFromProps(
    props: { path: string },
    state: { path: string },
  ): { error: unknown; path: string } | null {
    return props.path === state.path ? null : { error: undefined, path: props.path };
  }
  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children;
    return <Failed error={this.state.error} onRetry={() => window.location.reload()} />;
  }
}

/** A part of a path as it was before encoding; a stray % stays what it is. */
function id(value: string | undefined): string {
  try {
    return decodeURIComponent(value ?? "");
  } catch {
    return value ?? "";
  }
}

/** The routes. The first page comes with the frame, every other one when it is opened. */
export function App() {
  const [path] = useLocation();
  return (
    <Shell>
      <PageBoundary path={path}>
        <Suspense
          fallback={
            <>
              <Skeleton height={28} />
              <Skeleton height={320} />
            </>
          }
        >
          <Switch>
            <Route path="/">
              <HomePage />
            </Route>
            <Route path="/experiments">
              <ExperimentsPage />
            </Route>
            <Route path="/experiments/:e">{(p) => <ExperimentPage experiment={id(p.e)} />}</Route>
            <Route path="/experiments/:e/plates">{(p) => <PlatesPage experiment={id(p.e)} />}</Route>
            <Route path="/experiments/:e/edits">{(p) => <EditsPage experiment={id(p.e)} />}</Route>
            <Route path="/experiments/:e/profiles">{(p) => <ProfilesPage experiment={id(p.e)} />}</Route>
            <Route path="/experiments/:e/hits">{(p) => <HitsPage experiment={id(p.e)} />}</Route>
            <Route path="/experiments/:e/map">{(p) => <MapPage experiment={id(p.e)} within="experiments" />}</Route>
            <Route path="/maps">
              <MapsPage />
            </Route>
            <Route path="/maps/hypotheses">
              <KeptHypothesesPage />
            </Route>
            <Route path="/maps/groups/:g">{(p) => <GroupMapPage group={id(p.g)} />}</Route>
            <Route path="/maps/groups/:g/hypotheses">{(p) => <GroupHypothesesPage group={id(p.g)} />}</Route>
            <Route path="/maps/groups/:g/health">{(p) => <GroupHealthPage group={id(p.g)} />}</Route>
            <Route path="/maps/groups/:g/compare">{(p) => <GroupComparePage group={id(p.g)} />}</Route>
            <Route path="/maps/groups/:g/why">{(p) => <GroupWhyPage group={id(p.g)} />}</Route>
            <Route path="/maps/:e">{(p) => <MapPage experiment={id(p.e)} within="maps" />}</Route>
            <Route path="/perturbations">
              <PerturbationsPage />
            </Route>
            <Route path="/perturbations/:id">{(p) => <PerturbationPage id={id(p.id)} />}</Route>
            <Route path="/projects">
              <ProjectsPage />
            </Route>
            <Route path="/projects/:id">{(p) => <ProjectPage project={id(p.id)} />}</Route>
            <Route path="/runs">
              <RunsPage />
            </Route>
            <Route path="/runs/:id">{(p) => <RunPage run={id(p.id)} />}</Route>
            <Route path="/admin">
              <Redirect to="/admin/functions" replace />
            </Route>
            <Route path="/admin/functions">
              <FunctionsPage />
            </Route>
            <Route>
              <NotFoundPage />
            </Route>
          </Switch>
        </Suspense>
      </PageBoundary>
    </Shell>
  );
}
