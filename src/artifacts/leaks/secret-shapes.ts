type Text = Readonly<{ path: string; text: string }>;

export type Shape = Readonly<{ file: string; line: number; column: number; rule: string }>;

/** Whatever in these texts has the form of a key, a token or a connection string with a password. Loaded on first use. */
export async function findShapes(files: readonly Text[], signal: AbortSignal): Promise<readonly Shape[]> {
  const [{ lintSource }, { creator }] = await Promise.all([
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const rules = [{ id: "@secretlint/secretlint-rule-preset-recommend", rule: creator, options: {} }];
  const shapes: Shape[] = [];
  for (const { path, text } of files) {
    signal.throwIfAborted();
    const { messages } = await lintSource({
      source: { filePath: path, content: text, ext: "", contentType: "text" },
      options: { maskSecrets: true, noPhysicFilePath: true, config: { rules } },
    });
    for (const message of messages) {
      if (message.type !== "message") continue;
      const { line, column } = message.loc.start;
      shapes.push({
        file: path,
        line,
        column: column + 1,
        rule: message.ruleId.replace(/^@secretlint\/secretlint-rule-/, ""),
      });
    }
  }
  return shapes;
}
