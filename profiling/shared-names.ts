/**
 * Lists of names of which equal ones become one: a plate's thousand files have a few headers.
 * @returns gives for each list the first equal one
 * @example const share = sharedNames(); share(["a"]) === share(["a"]) // true
 */
export function sharedNames(): <Names extends readonly string[]>(names: Names) => Names {
  const known = new Map<string, (readonly string[])[]>();
  return <Names extends readonly string[]>(names: Names): Names => {
    const key = `${names.length}\n${names[0] ?? ""}\n${names.at(-1) ?? ""}`;
    const alike = known.get(key) ?? [];
    known.set(key, alike);
    const first = alike.find((list) => list.every((name, i) => name === names[i]));
    if (first !== undefined) return first as Names;
    alike.push(names);
    return names;
  };
}

/**
 * Texts of which equal ones become one, apart from the file that they were cut from: a part of a text keeps the whole of it in memory.
 * @example const share = sharedTexts(); share("BR00117001")
 */
export function sharedTexts(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const first = known.get(text);
    if (first !== undefined) return first;
    const copy = Buffer.from(text, "utf16le").toString("utf16le");
    known.set(copy, copy);
    return copy;
  };
}
