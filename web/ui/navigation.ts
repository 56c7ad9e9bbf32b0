/** The pages of the navigation, in its order. */
export const NAVIGATION = [
  { label: "Home", href: "/" },
  { label: "Experiments", href: "/experiments" },
  { label: "Perturbations", href: "/perturbations" },
  { label: "Maps", href: "/maps" },
  { label: "Projects", href: "/projects" },
  { label: "Runs", href: "/runs" },
  { label: "Admin", href: "/admin/functions" },
] as const;

/** Is this navigation item the one that the path belongs to? */
export const isCurrent = (href: string, path: string): boolean =>
  href === "/" ? path === "/" : path.split("/")[1] === href.split("/")[1];
