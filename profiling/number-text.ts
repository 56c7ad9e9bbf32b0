/** A number as Python's `repr` writes it: shortest exact digits, always a decimal point or an exponent; `nan`, `inf`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const plain = String(value);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return plain.includes(".") ? plain : `${plain}.0`;
  return withExponent(value.toExponential());
}

/**
 * A number with C's `%.Ng`: N significant digits, trailing zeros gone, an exponent below 1e-4 and from 10^N.
 * @param digits N, 1 to 100
 */
export function significantText(value: number, digits: number): string {
  if (Number.isNaN(value)) return "";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const trim = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (power < -4 || power >= digits) return withExponent(`${trim(mantissa)}e${exponent}`);
  return trim(value.toFixed(Math.max(0, digits - 1 - power)));
}

/** Two digits of exponent at least, as C writes it. */
function withExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
