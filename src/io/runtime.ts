/** What runs us: what is compiled or fetched for one of these need not work on another. */
export const runtime = (): Readonly<{ node: string; platform: string }> => ({
  node: process.versions.node,
  platform: `${process.platform}-${process.arch}`,
});
