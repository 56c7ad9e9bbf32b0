/** Choosing one of a few: side by side when all fit, in a list when not. */

/** An option with its label. */
export interface Option<T extends string> {
  value: T;
  label: string;
}

/** Options side by side. */
export function Segmented<T extends string>(props: {
  label: string;
  options: readonly Option<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  disabled?: boolean;
}) {
  return (
    <fieldset className="seg" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === props.value}
          disabled={props.disabled}
          onClick={() => props.onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}

/** Options in a list. */
export function Select<T extends string>(props: {
  label: string;
  options: readonly Option<T>[];
  value: T | undefined;
  onChange: (value: T) => void;
  hideLabel?: boolean;
}) {
  return (
    <label className="row">
      <span className={props.hideLabel ? "visually-hidden" : "dim"}>{props.label}</span>
      <span className="select">
        <select value={props.value ?? ""} onChange={(event) => props.onChange(event.target.value as T)}>
          {props.options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      </span>
    </label>
  );
}
