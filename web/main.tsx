import "./tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/charts.css";
import "./styles/maps.css";
import "./styles/figures.css";
import "./styles/overlays.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { startLive } from "./api/live.ts";
import { App } from "./app.tsx";
import { PageError } from "./errors.ts";
import { startTheme } from "./ui/theme.ts";

/** A refusal stays a refusal; what did not answer or stumbled may do better. */
const worthRetrying = (error: unknown): boolean =>
  !(error instanceof PageError) || error.status === 0 || error.status >= 500;

startTheme();
const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events tell when an answer is out of date; nothing is asked on a mere suspicion.
      staleTime: 60_000,
      retry: (count, error) => count < 2 && worthRetrying(error),
    },
  },
});
startLive(client);
const root = document.getElementById("root");
if (root)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
