/**
 * Where an environment's recipients are kept when the fleet file does not say it: `ENV.recipients.txt` beside the first encrypted file of its
 * variables, outside what differs by service. Null: none of them is encrypted.
 */
export function recipientsBeside(variables: readonly string[], environment: string): string | null {
  const first = variables.find((pattern) => pattern.endsWith(".age"));
  if (first === undefined) return null;
  const folders = first.split("/").slice(0, -1);
  const own = folders.findIndex((folder) => folder.includes("{service}"));
  return [...(own === -1 ? folders : folders.slice(0, own)), `${environment}.recipients.txt`].join("/");
}
