/** Variables of the environment that say where an S3 store is and who asks; nothing else is handed on. */
export function storeEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("AWS_")));
}
