import type { Channel, SiteImage, WellSite } from "@artesian/server/api.ts";
import { type PointerEvent, useEffect, useRef, useState } from "react";
import { asPageError } from "../errors.ts";
import { scaleBarUm } from "../model/scale.ts";
import { type GreyWindow, imageAddress, sizeFor } from "../model/site-address.ts";
import { type ImageView, panBy, zoomAt } from "../model/view-box.ts";
import { loadImage, mixLayers } from "./site-images.ts";
import { useWidth } from "./use-width.ts";

const ASPECT = 150 / 172;

/** What is shown of every site alike. */
export interface SiteSettings {
  /** Names of the channels that are on. */
  channels: readonly string[];
  /** Shared contrast per channel; undefined = each image's own. */
  windows: Readonly<Record<string, GreyWindow>> | undefined;
  outlines: boolean;
  view: ImageView;
  pixelSizeUm: number | null;
}

/** Why a site has no picture, in words; undefined when it has one. */
export function absence(images: readonly SiteImage[], wanted: readonly string[]): string | undefined {
  const chosen = images.filter((image) => wanted.includes(image.channel));
  const failed = chosen.find((image) => image.status === "failed");
  if (chosen.some((image) => image.url !== null)) return undefined;
  if (failed) return `${failed.channel}: ${failed.error ?? "image failed"}`;
  return wanted.length === 0 ? "no channel is on" : "no image yet";
}

const channelColor = (channel: Channel | undefined): string =>
  getComputedStyle(document.documentElement)
    .getPropertyValue(`--ch-${channel?.colour ?? 1}`)
    .trim() || "#fff";

/** One site as a mix of channels, on a view that all sites share. */
export function SiteView(props: {
  site: WellSite;
  channels: readonly Channel[];
  settings: SiteSettings;
  tag: string;
  onView: (view: ImageView) => void;
}) {
  const { site, settings } = props;
  const { ref, width } = useWidth<HTMLDivElement>(172);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [mix, setMix] = useState<HTMLCanvasElement | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const ratio = Math.min(2, globalThis.devicePixelRatio || 1);
  const size = sizeFor(width, ratio, settings.view.zoom);
  const missing = absence(site.images, settings.channels);

  const wanted = JSON.stringify({
    layers: props.channels.flatMap((channel) => {
      const image = site.images.find((i) => i.channel === channel.name);
      if (!settings.channels.includes(channel.name) || !image?.url) return [];
      return [{ url: imageAddress(image.url, settings.windows?.[channel.name], size), colour: channel.colour }];
    }),
    outlines: settings.outlines ? site.outlinesUrl : null,
  });
  useEffect(() => {
    let current = true;
    const { layers, outlines } = JSON.parse(wanted) as {
      layers: { url: string; colour: number }[];
      outlines: string | null;
    };
    if (layers.length === 0) {
      setMix(undefined);
      return;
    }
    Promise.all([
      Promise.all(layers.map((layer) => loadImage(layer.url))),
      outlines === null ? undefined : loadImage(outlines),
    ]).then(
      ([images, lines]) => {
        if (!current) return;
        setProblem(undefined);
        setMix(
          mixLayers(
            images.map((image, k) => ({
              image,
              color: channelColor({ name: "", index: 0, colour: layers[k]!.colour }),
            })),
            lines,
          ),
        );
      },
      (error: unknown) => {
        if (current) setProblem(asPageError(error).message);
      },
    );
    return () => {
      current = false;
    };
  }, [wanted]);

  const pixelWidth = Math.round(width * ratio);
  const pixelHeight = Math.round(width * ASPECT * ratio);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.fillStyle = "#05060a";
    context.fillRect(0, 0, pixelWidth, pixelHeight);
    if (!mix) return;
    const { zoom, x, y } = settings.view;
    // The whole image fills the box (cut at the longer side); the view then magnifies around its centre.
    const fill = Math.max(pixelWidth / mix.width, pixelHeight / mix.height) * zoom;
    context.imageSmoothingEnabled = fill < 3;
    context.drawImage(
      mix,
      pixelWidth / 2 - x * mix.width * fill,
      pixelHeight / 2 - y * mix.height * fill,
      mix.width * fill,
      mix.height * fill,
    );
  }, [mix, settings.view, pixelWidth, pixelHeight]);

  const imageWidth = site.images.find((image) => image.width !== null)?.width ?? null;
  const shownUm =
    settings.pixelSizeUm !== null && imageWidth !== null
      ? (settings.pixelSizeUm * imageWidth) / settings.view.zoom
      : null;
  const barUm = shownUm === null ? 0 : scaleBarUm(shownUm, 0.32);

  const onWheel = useRef<(event: WheelEvent) => void>(() => undefined);
  onWheel.current = (event) => {
    if (!event.ctrlKey && !event.altKey && settings.view.zoom === 1 && event.deltaY > 0) return;
    event.preventDefault();
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    props.onView(
      zoomAt(
        settings.view,
        Math.exp(-event.deltaY / 300),
        (event.clientX - box.left) / box.width,
        (event.clientY - box.top) / box.height,
      ),
    );
  };
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const listener = (event: WheelEvent): void => onWheel.current(event);
    element.addEventListener("wheel", listener, { passive: false });
    return () => element.removeEventListener("wheel", listener);
  }, []);
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>): void => {
    if (event.buttons !== 1) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    props.onView(panBy(settings.view, event.movementX / box.width, event.movementY / box.height));
  };
  return (
    <div className="site" ref={ref}>
      <canvas
        ref={canvas}
        width={pixelWidth}
        height={pixelHeight}
        role="img"
        aria-label={`${props.tag}, ${settings.channels.join(" + ") || "no channel"}${missing ? `: ${missing}` : ""}`}
        onPointerMove={onPointerMove}
        onDoubleClick={() => props.onView({ zoom: 1, x: 0.5, y: 0.5 })}
      />
      <span className="tag" aria-hidden="true">
        {props.tag}
      </span>
      {missing || problem ? <span className="note">{missing ?? problem}</span> : null}
      {barUm > 0 && shownUm !== null && !missing ? (
        <span className="scale-bar" style={{ width: `${(barUm / shownUm) * 100}%` }}>
          {barUm} µm
        </span>
      ) : null}
    </div>
  );
}
