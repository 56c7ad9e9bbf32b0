/**
 * The wire: zod schemas and types of every response and body under /api/v1. Browser-safe: imports zod only, and a page that imports
 * types alone pulls in nothing. Additive: a field may come, none goes or changes its meaning within v1.
 *
 * | method and path | answer |
 * |---|---|
 * | GET /api/v1/home | Home |
 * | GET /api/v1/experiments?q=&limit=&after= | ExperimentList |
 * | GET /api/v1/experiments/:experiment | ExperimentDetail |
 * | GET /api/v1/experiments/:experiment/metrics | MetricList |
 * | GET /api/v1/experiments/:experiment/plates?metric=&channel=&aggregation=&normalised=(true\|false) | PlateGrids |
 * | GET /api/v1/experiments/:experiment/plates/:plate/wells/:well | WellDetail |
 * | GET /api/v1/experiments/:experiment/hits | Hits |
 * | GET /api/v1/experiments/:experiment/map | ExperimentMap |
 * | GET /api/v1/experiments/:experiment/profiles | ProfileList |
 * | GET /api/v1/experiments/:experiment/profiles/:scope (a plate, or all) | ProfileDetail |
 * | GET /api/v1/experiments/:experiment/profiles/:scope/{raw,normalized,selected,drops,wells}.csv | text/csv |
 * | GET /api/v1/experiments/:experiment/edits | EditList |
 * | GET /api/v1/experiments/:experiment/edits/:sample | EditDetail |
 * | GET /api/v1/experiments/:experiment/edits/:sample/against/:other | EditComparison |
 * | GET /api/v1/experiments/:experiment/edits/:sample/files/sha256:<hex>/:name | a figure's, table's or report's file |
 * | GET /api/v1/experiments/:experiment/edits.csv | text/csv |
 * | GET /api/v1/experiments/:experiment/report | the HTML report |
 * | GET /api/v1/experiments/:experiment/{plates,wells,quality,flags,hits,projection,map}.csv | text/csv |
 * | GET, POST /api/v1/experiments/:experiment/verdicts (VerdictBody) | VerdictHistory, VerdictAnswer |
 * | POST /api/v1/experiments/:experiment/verdicts/:id/undo | VerdictAnswer |
 * | GET /api/v1/perturbations?q=&type=&limit=&after= | PerturbationList |
 * | GET /api/v1/perturbations/:id (compound:C4) | PerturbationDetail |
 * | GET /api/v1/maps | MapList |
 * | GET /api/v1/maps/status | MapStatus |
 * | GET /api/v1/maps/groups | MapGroupList |
 * | GET /api/v1/maps/groups/:group (ID or ID@VERSION) | MapGroupDetail |
 * | GET …/:group/health | MapHealthAnswer |
 * | GET …/:group/rows?q=&rows=&limit=, POST …/paste (PasteBody) | MapRows, PastedRows |
 * | GET …/:group/neighbours?of=&count=&type=&own=&novelty= | MapNeighbours |
 * | POST …/:group/similarity (SimilarityBody), GET …/similarity?rows=&columns=&variant=&percentiles= | SimilarityBlock |
 * | GET …/:group/similarity.f32?rows=&columns= | float32, little-endian, of shape (rows, columns), NaN for none |
 * | POST …/:group/selections (SelectionBody) | MapSelection |
 * | GET …/:group/selections/:selection/tiles/:level/:tileRow/:tileColumn | int8 of shape (256, 256) |
 * | POST …/:group/projection (ProjectionBody), GET …/projection?target=&rows=&mode=&healthy=&cloud= | MapProjection |
 * | GET …/:group/replicates?of= | MapReplicates |
 * | POST …/:group/cluster (ClusterBody), …/enrichment (EnrichmentBody) | MapClusters, MapEnrichment |
 * | GET …/:group/trust?of=, …/proxies?of=, …/compounds?of=&side=&tail=, …/known?of=&tail= | MapTrust, MapProxies, MapCompounds, MapKnown |
 * | GET …/:group/funnel?(FunnelQuery), …/funnel/live?(FunnelQuery) | MapFunnel, server-sent FunnelProgress and MapFunnel |
 * | GET …/:group/card?a=&b= | MapCardAnswer |
 * | GET …/:group/why?name=&type=&rows= | MapWhyMissing |
 * | GET …/:group/slice.{csv,parquet,npy,gct}?rows=, …/similarity.{csv,parquet,npy,gct}?rows=&columns= | a file |
 * | POST /api/v1/maps/lists (KeepListBody), GET /api/v1/maps/lists/:list (list:<hex>) | KeptMapList |
 * | GET /api/v1/maps/perturbations/:name | MapPerturbation |
 * | GET, POST /api/v1/maps/cards (SaveCardBody) | SavedCards, SavedCardDetail |
 * | GET /api/v1/maps/cards/:id, …/:id.{json,md,html}, POST …/:id/withdraw | SavedCardDetail, a file |
 * | GET /api/v1/maps/runs?map=&limit=, POST /api/v1/maps/runs (AskMapRunBody) | MapRunList, AskMapRunAnswer |
 * | GET /api/v1/maps/runs/:run | MapRunDetail |
 * | GET /api/v1/maps/cache, POST /api/v1/maps/cache/{evict (EvictBody), refresh (RefreshBody)} | MapCache, EvictAnswer, RefreshAnswer |
 * | GET /api/v1/projects?q=&status=&limit=&after= | ProjectList |
 * | GET /api/v1/projects/:project | ProjectDetail |
 * | GET /api/v1/projects/:project/genes?q= | GeneAnswer |
 * | GET /api/v1/projects/:project/files/sha256:<hex>/:name | a figure's or table's file |
 * | GET /api/v1/runs?state=&q=&limit=&after= | RunList |
 * | GET /api/v1/runs/:run | RunDetail |
 * | GET /api/v1/runs/:run/tasks?node=&state=&q=&limit=&after= | TaskList |
 * | GET /api/v1/runs/:run/tasks/:task | TaskDetail |
 * | POST /api/v1/runs/:run/tasks/:task/retry | ActionAnswer |
 * | POST /api/v1/runs/:run/retry-failed | ActionAnswer |
 * | GET /api/v1/runs/:run/dead-letters, POST …/dead-letters/redrive (RedriveBody) | DeadLetters, ActionAnswer |
 * | GET /api/v1/runs/:run/log?after=&limit= | RunLog |
 * | GET /api/v1/runs/:run/kafka | RunPartitions |
 * | GET /api/v1/functions | FunctionList |
 * | GET /api/v1/functions/ledger?function=&state=&q=&limit=&after= | FunctionLedger |
 * | POST /api/v1/functions/{events, sweep, replay (ReplayFunctionsBody), redrive (RedriveFunctionsBody)} | DeliveredAnswer, ActionAnswer |
 * | GET /api/v1/experiments/:experiment/readings, …/readings.csv | ReadingSets, text/csv |
 * | GET /api/v1/search?q= | SearchAnswer |
 * | GET /api/v1/events | server-sent LiveEvent |
 * | GET /api/v1/images/:experiment/:plate/:well/:site/:channel.png?lo=&hi=&size= | image/png, 8-bit grey |
 * | GET /api/v1/images/:experiment/:plate/:well/:site/composite.png?channels=&size= | image/png |
 * | GET /api/v1/images/:experiment/:plate/:well/:site/outlines.png | image/png, transparent |
 * | GET /api/v1/objects/sha256:<hex> | the object's bytes |
 * | GET /api/v1/openapi.json | OpenAPI 3.1 |
 *
 * Pages' addresses used in `href`: /experiments/:e, /experiments/:e/plates?plate=&well=&metric=&channel=&aggregation=&normalised=,
 * /experiments/:e/hits?compound=, /experiments/:e/map?row=&column= , /perturbations/:id, /projects/:project?split=&figure=, /maps/:e, /runs/:id?node=&task=, /admin/functions?function=&state=&request=.
 */
export * from "./api/common.ts";
export * from "./api/edits.ts";
export * from "./api/experiments.ts";
export * from "./api/functions.ts";
export * from "./api/hits.ts";
export * from "./api/live.ts";
export * from "./api/map-groups.ts";
export * from "./api/map-hypotheses.ts";
export * from "./api/map-questions.ts";
export * from "./api/map-runs.ts";
export * from "./api/perturbations.ts";
export * from "./api/plates.ts";
export * from "./api/profiles.ts";
export * from "./api/projects.ts";
export * from "./api/runs.ts";
export * from "./api/tasks.ts";
