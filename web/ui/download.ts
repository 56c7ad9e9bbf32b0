/** Saving what a page shows as a file. */
const PROPERTIES = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
] as const;

/** Hands a text to the reader as a file. */
export const saveText = (name: string, type: string, text: string): void => saveBlob(name, new Blob([text], { type }));

/** Hands bytes to the reader as a file. */
export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * An SVG picture as a document of its own: colours and fonts that come from style sheets are written into its elements,
 * and a canvas marked with `data-layer` that lies behind it becomes an image.
 */
export function svgDocument(svg: SVGSVGElement, canvas?: HTMLCanvasElement | null): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [svg, ...svg.querySelectorAll<SVGElement>("*")];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>("*")];
  originals.forEach((original, index) => {
    const style = getComputedStyle(original);
    const target = copies[index];
    if (!target) return;
    for (const property of PROPERTIES) {
      const value = style.getPropertyValue(property);
      if (value !== "") target.setAttribute(property, value);
    }
    for (const attribute of ["style", "class", "tabindex", "role"]) target.removeAttribute(attribute);
  });
  const box = svg.viewBox.baseVal;
  const width = box?.width || svg.clientWidth;
  const height = box?.height || svg.clientHeight;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const background = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  background.setAttribute("width", "100%");
  background.setAttribute("height", "100%");
  background.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--surface").trim());
  const layers: Element[] = [background];
  if (canvas) {
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    image.setAttribute("href", canvas.toDataURL("image/png"));
    for (const name of ["x", "y", "width", "height"]) image.setAttribute(name, canvas.dataset[name] ?? "0");
    image.setAttribute("style", "image-rendering: pixelated");
    layers.push(image);
  }
  copy.prepend(...layers);
  return new XMLSerializer().serializeToString(copy);
}

/** Several drawings as one document, in rows of `columns`, each under its title. */
export function svgSheet(drawings: readonly { title: string; svg: SVGSVGElement }[], columns: number): string {
  const gap = 20;
  const head = 18;
  const boxes = drawings.map(({ svg }) => svg.viewBox.baseVal);
  const width = Math.max(0, ...boxes.map((box) => box.width));
  const height = Math.max(0, ...boxes.map((box) => box.height)) + head;
  const across = Math.max(1, Math.min(columns, drawings.length));
  const down = Math.ceil(drawings.length / across);
  const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
  const font = getComputedStyle(document.body).fontFamily.replaceAll('"', "'");
  const parts = drawings.map(({ title, svg }, index) => {
    const x = (index % across) * (width + gap);
    const y = Math.floor(index / across) * (height + gap);
    const label = title.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const text = `<text x="16" y="12" font-size="11" font-weight="600" font-family="${font}" fill="${ink}">${label}</text>`;
    return `<g transform="translate(${x} ${y})">${text}<g transform="translate(0 ${head})">${svgDocument(svg)}</g></g>`;
  });
  const size = `width="${across * (width + gap)}" height="${down * (height + gap)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${parts.join("")}</svg>`;
}
