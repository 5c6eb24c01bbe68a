/** Resolves once everything printed has left the process: exiting before that cuts a piped document short. */
export async function flushed(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.write("", () => resolve());
        }),
    ),
  );
}
