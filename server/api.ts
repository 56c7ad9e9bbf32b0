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
export * from "./api/perturbations.ts";
export * from "./api/plates.ts";
export * from "./api/profiles.ts";
export * from "./api/projects.ts";
export * from "./api/runs.ts";
export * from "./api/tasks.ts";
