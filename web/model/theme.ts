/** Light and dark: the system decides until the reader does. */

/** What the reader chose. */
export type ThemeChoice = "system" | "light" | "dark";

const ORDER: readonly ThemeChoice[] = ["system", "light", "dark"];

/** The stored choice, or "system" when nothing valid is stored. */
export const parseTheme = (stored: string | null): ThemeChoice => ORDER.find((c) => c === stored) ?? "system";

/** The choice after the next press of the theme button. */
export const nextTheme = (choice: ThemeChoice): ThemeChoice => ORDER[(ORDER.indexOf(choice) + 1) % ORDER.length]!;
