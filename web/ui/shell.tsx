import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { useLive } from "../api/live.ts";
import { useHome } from "../api/queries.ts";
import { formatAge, formatRate } from "../model/format.ts";
import { isTyping, useHints, useKeys } from "./keys.ts";
import { KeysHelp } from "./keys-help.tsx";
import { isCurrent, NAVIGATION } from "./navigation.ts";
import { useCrumbs } from "./page.ts";
import { Palette } from "./palette.tsx";
import { switchTheme, useTheme } from "./theme.ts";
import { Toasts } from "./toast.tsx";
import { offerTour, Tour } from "./tour.tsx";
import { useNow } from "./use-now.ts";

function Brand() {
  return (
    <Link href="/" className="brand" aria-label="Artesian, home">
      <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
        <path d="M10 1c3.6 4.6 5.6 7.6 5.6 10.6a5.6 5.6 0 1 1-11.2 0C4.4 8.6 6.4 5.6 10 1z" fill="var(--accent)" />
        <circle cx="10" cy="12" r="2.4" fill="var(--surface)" />
      </svg>
      <span>Artesian</span>
    </Link>
  );
}

function Navigation() {
  const [path] = useLocation();
  const home = useHome();
  const running = home.data?.live.running ?? 0;
  const attention = home.data?.live.attention ?? 0;
  return (
    <nav className="nav" aria-label="Pages">
      <Brand />
      {NAVIGATION.map((item) => (
        <Link
          key={item.href}
          href={item.href}
          className="item"
          aria-current={isCurrent(item.href, path) ? "page" : undefined}
        >
          {item.label}
          {item.href === "/runs" && running > 0 ? (
            <span className="count" title={`${running} running`}>
              {running}
            </span>
          ) : null}
          {item.href === "/" && attention > 0 ? (
            <span className="count bad" title={`${attention} need attention`}>
              {attention}
            </span>
          ) : null}
        </Link>
      ))}
      {home.data ? (
        <div className="foot faint">
          <span className="mono">v{home.data.version.replace(/^v/, "")}</span> · {home.data.mode}
        </div>
      ) : null}
    </nav>
  );
}

/** How live the page is: the stream's state and the rate of images. */
function LiveMark() {
  const live = useLive();
  const now = useNow(1000);
  const away = live.connection === "away";
  const rate = formatRate(live.imagesPerS);
  return (
    <div className={`live ${away ? "away" : ""}`} role="status">
      <i aria-hidden="true" />
      {away && live.awaySinceMs !== undefined ? (
        `no connection for ${formatAge(now - live.awaySinceMs).replace("now", "a moment")}`
      ) : live.connection === "connecting" ? (
        "connecting"
      ) : (
        <span>
          live
          {rate ? <span className="rate"> · {rate.replace("/", " images/")}</span> : null}
        </span>
      )}
    </div>
  );
}

const THEME_SIGN = { system: "◐", light: "☀", dark: "☾" } as const;

function ThemeButton() {
  const theme = useTheme();
  const name = theme === "system" ? "as the system" : theme;
  return (
    <button
      type="button"
      className="btn quiet"
      onClick={switchTheme}
      aria-label={`Theme: ${name}. Switch`}
      title={`theme: ${name}`}
    >
      {THEME_SIGN[theme]}
    </button>
  );
}

/** The frame around every page: navigation, path, search, live mark; palette, key list, tour. */
export function Shell({ children }: { children: ReactNode }) {
  const crumbs = useCrumbs();
  const [open, setOpen] = useState<"palette" | "keys" | undefined>();
  const main = useRef<HTMLElement>(null);
  const [path] = useLocation();
  useEffect(offerTour, []);
  useEffect(() => {
    // A new page starts at its top, and the keyboard with it.
    if (path) main.current?.scrollTo({ top: 0 });
  }, [path]);
  useHints([{ key: "Ctrl K", label: "find anything" }]);
  useKeys({
    "?": { label: "list the keys", run: () => setOpen("keys") },
    "/": {
      label: "filter this page, or find anything",
      run: () => {
        const filter = document.querySelector<HTMLInputElement>("[data-filter]");
        if (filter) filter.focus();
        else setOpen("palette");
      },
    },
    t: { label: "switch the theme", run: switchTheme },
  });
  // Before the page is seen, so that a key pressed at first sight is heard.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return;
      if (isTyping(event.target) && document.querySelector("dialog[open]")) return;
      event.preventDefault();
      setOpen("palette");
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div className="frame">
      <a className="skip-link" href="#page">
        Skip to the page
      </a>
      <Navigation />
      <header className="topbar">
        <nav className="crumb" aria-label="Path">
          {crumbs.map((crumb, index) => (
            <span key={crumb.label}>
              {index > 0 ? " / " : ""}
              {crumb.href ? <Link href={crumb.href}>{crumb.label}</Link> : <b>{crumb.label}</b>}
            </span>
          ))}
        </nav>
        <button type="button" className="search" onClick={() => setOpen("palette")} data-tour="search">
          <span>
            Find<span className="long"> run, plate, gene, action</span>
          </span>
          <span className="keys">
            <kbd>Ctrl</kbd> <kbd>K</kbd>
          </span>
        </button>
        <LiveMark />
        <ThemeButton />
        <button type="button" className="btn quiet" onClick={() => setOpen("keys")} aria-label="Keys and help">
          <kbd>?</kbd>
        </button>
      </header>
      <main className="page" id="page" tabIndex={-1} ref={main}>
        {children}
      </main>
      {open === "palette" ? <Palette onClose={() => setOpen(undefined)} /> : null}
      {open === "keys" ? <KeysHelp onClose={() => setOpen(undefined)} /> : null}
      <Tour />
      <Toasts />
    </div>
  );
}
