/** Every question that a page asks, with the key under which its answer is kept and invalidated. */
import type {
  EditComparison,
  EditDetail,
  EditList,
  ExperimentDetail,
  ExperimentList,
  ExperimentMap,
  FunctionLedger,
  FunctionList,
  GeneAnswer,
  Hits,
  Home,
  MapList,
  MetricList,
  PerturbationDetail,
  PerturbationList,
  PlateGrids,
  ProfileDetail,
  ProfileList,
  ProjectDetail,
  ProjectList,
  RunDetail,
  RunList,
  RunLog,
  RunPartitions,
  SearchAnswer,
  TaskDetail,
  TaskList,
  WellDetail,
} from "@artesian/server/api.ts";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { QueryKey } from "../model/live.ts";
import { address, parts, read } from "./client.ts";

function useAnswer<T>(key: QueryKey, url: string, options: { enabled?: boolean; keep?: boolean } = {}) {
  return useQuery<T>({
    queryKey: key,
    queryFn: ({ signal }) => read<T>(url, signal),
    enabled: options.enabled ?? true,
    ...(options.keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/** Findings, running runs, recent experiments. */
export const useHome = () => useAnswer<Home>(["home", ""], address("/home"));

/** All experiments that answer a filter. */
export const useExperiments = (q = "") =>
  useAnswer<ExperimentList>(["experiments", "", "list", q], address("/experiments", { q, limit: 200 }), { keep: true });

/** One experiment with its plates, findings and answers. */
export const useExperiment = (experiment: string) =>
  useAnswer<ExperimentDetail>(["experiments", experiment, "detail"], address(parts("experiments", experiment)));

/** Metrics that can be drawn on the plates. */
export const useMetrics = (experiment: string) =>
  useAnswer<MetricList>(["plates", experiment, "metrics"], address(`${parts("experiments", experiment)}/metrics`));

/** What the plates page draws. */
export interface GridChoice {
  metric?: string | undefined;
  channel?: string | undefined;
  aggregation: string;
  normalised: boolean;
}

/** All plates of an experiment on one scale. */
export const usePlates = (experiment: string, choice: GridChoice) =>
  useAnswer<PlateGrids>(
    ["plates", experiment, "grid", choice],
    address(`${parts("experiments", experiment)}/plates`, { ...choice }),
    { keep: true },
  );

/** One well with its sites, numbers and flags. */
export const useWell = (experiment: string, plate: string | undefined, well: string | undefined) =>
  useAnswer<WellDetail>(
    ["wells", experiment, plate, well],
    address(parts("experiments", experiment, "plates", plate ?? "", "wells", well ?? "")),
    { enabled: plate !== undefined && well !== undefined, keep: true },
  );

/** Profiles by plate and of all plates together. */
export const useProfiles = (experiment: string) =>
  useAnswer<ProfileList>(["profiles", experiment, "list"], address(`${parts("experiments", experiment)}/profiles`));

/** Profiles of one plate, or of "all". */
export const useProfile = (experiment: string, scope: string | undefined) =>
  useAnswer<ProfileDetail>(
    ["profiles", experiment, "detail", scope],
    address(parts("experiments", experiment, "profiles", scope ?? "")),
    { enabled: scope !== undefined, keep: true },
  );

/** Samples of amplicon reads. */
export const useEdits = (experiment: string) =>
  useAnswer<EditList>(["edits", experiment, "list"], address(`${parts("experiments", experiment)}/edits`));

/** One sample in full. */
export const useEditSample = (experiment: string, sample: string) =>
  useAnswer<EditDetail>(
    ["edits", experiment, "detail", sample],
    address(parts("experiments", experiment, "edits", sample)),
    { keep: true },
  );

/** Two samples against each other. */
export const useEditComparison = (experiment: string, sample: string, other: string) =>
  useAnswer<EditComparison>(
    ["edits", experiment, "against", sample, other],
    address(parts("experiments", experiment, "edits", sample, "against", other)),
  );

/** Compounds with their dose curves. */
export const useHits = (experiment: string) =>
  useAnswer<Hits>(["hits", experiment], address(`${parts("experiments", experiment)}/hits`));

/** The red/blue map of an experiment. */
export const useMap = (experiment: string) =>
  useAnswer<ExperimentMap>(["map", experiment], address(`${parts("experiments", experiment)}/map`));

/** Experiments that have a map. */
export const useMaps = () => useAnswer<MapList>(["groups", "", "list"], address("/maps"));

/** Perturbations that answer a filter. */
export const usePerturbations = (q = "", type = "") =>
  useAnswer<PerturbationList>(
    ["perturbations", "", "list", q, type],
    address("/perturbations", { q, type, limit: 500 }),
    { keep: true },
  );

/** One perturbation over all experiments. */
export const usePerturbation = (id: string) =>
  useAnswer<PerturbationDetail>(["perturbations", "", "detail", id], address(parts("perturbations", id)));

/** Projects of the portal that answer a filter. */
export const useProjects = (q = "", status = "") =>
  useAnswer<ProjectList>(["projects", "", "list", q, status], address("/projects", { q, status, limit: 500 }), {
    keep: true,
  });

/** One project with its matrices and figures. */
export const useProject = (project: string) =>
  useAnswer<ProjectDetail>(["projects", "", "detail", project], address(parts("projects", project)));

/** Genes of a project by symbol or identifier. */
export const useGenes = (project: string, q: string) =>
  useAnswer<GeneAnswer>(["projects", "", "genes", project, q], address(`${parts("projects", project)}/genes`, { q }), {
    enabled: q.trim() !== "",
    keep: true,
  });

/** A figure's specification; its address changes with its content. */
export const useSpec = (url: string | null) =>
  useAnswer<object>(["spec", "", url], url ?? "", { enabled: url !== null });

/** Runs, failed first. */
export const useRuns = (state = "", q = "") =>
  useAnswer<RunList>(["runs", "", "list", state, q], address("/runs", { state, q, limit: 200 }), { keep: true });

/** One run with its graph. */
export const useRun = (run: string) => useAnswer<RunDetail>(["runs", "", "detail", run], address(parts("runs", run)));

/** Which tasks of a run. */
export interface TaskChoice {
  node?: string | undefined;
  state?: string | undefined;
  q?: string | undefined;
}

/** Tasks of a run, of a node or in a state, 500 at a time; asked again while the run goes on, the longer the list the less often. */
export const useTasks = ({ id: run, state }: Pick<RunDetail, "id" | "state">, choice: TaskChoice) =>
  useInfiniteQuery({
    queryKey: ["tasks", "", run, choice],
    queryFn: ({ signal, pageParam }) =>
      read<TaskList>(address(`${parts("runs", run)}/tasks`, { ...choice, limit: 500, after: pageParam }), signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    refetchInterval: (query) => (state === "running" ? 3000 * (query.state.data?.pages.length ?? 1) : false),
    placeholderData: keepPreviousData,
  });

/** One task with attempts, first cause and log. */
export const useTask = (run: string, task: string | undefined) =>
  useAnswer<TaskDetail>(["tasks", "", run, "detail", task], address(parts("runs", run, "tasks", task ?? "")), {
    enabled: task !== undefined,
  });

/** What happened in a run, newest first. */
export const useRunLog = (run: string) =>
  useAnswer<RunLog>(["tasks", "", run, "log"], address(`${parts("runs", run)}/log`, { limit: 500 }));

/** Who has which partition of a run on Kafka, and what waits there; asked again while it is looked at. */
export const useRunPartitions = (run: string) =>
  useQuery<RunPartitions>({
    queryKey: ["tasks", "", run, "kafka"],
    queryFn: ({ signal }) => read<RunPartitions>(address(`${parts("runs", run)}/kafka`), signal),
    refetchInterval: 2000,
  });

/** Functions on objects with what they were asked. */
export const useFunctions = () => useAnswer<FunctionList>(["functions", "", "list"], address("/functions"));

/** Which lines of the ledger. */
export interface LedgerChoice {
  function?: string | undefined;
  state?: string | undefined;
  q?: string | undefined;
}

/** The ledger of functions, newest first, 500 lines at a time. */
export const useLedger = (choice: LedgerChoice) =>
  useInfiniteQuery({
    queryKey: ["functions", "", "ledger", choice],
    queryFn: ({ signal, pageParam }) =>
      read<FunctionLedger>(address("/functions/ledger", { ...choice, limit: 500, after: pageParam }), signal),
    initialPageParam: "",
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });

/** Things and actions by name. */
export const useSearch = (q: string) =>
  useAnswer<SearchAnswer>(["search", "", q], address("/search", { q }), { enabled: q.trim() !== "", keep: true });
