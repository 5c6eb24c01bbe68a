/** Who this process runs as. */
export const userIds = (): Readonly<{ uid: number; gid: number }> => ({
  uid: process.getuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
});
