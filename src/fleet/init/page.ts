/** Lines of YAML with their comments, and the questions among them. */
export class Page {
  private readonly lines: string[] = [];
  private readonly undecided: string[] = [];

  line(depth: number, text: string): void {
    this.lines.push(`${"  ".repeat(depth)}${text}`);
  }

  comment(depth: number, text: string): void {
    this.line(depth, `# ${oneLine(text)}`);
  }

  /** What could not be decided stands in the file, and is said at the end. */
  ask(depth: number, about: string | null, text: string): void {
    this.line(depth, `#? ${oneLine(text)}`);
    this.undecided.push(oneLine(about === null ? text : `${about}: ${text}`));
  }

  blank(): void {
    this.lines.push("");
  }

  done(): { text: string; undecided: readonly string[] } {
    return { text: `${this.lines.join("\n")}\n`, undecided: this.undecided };
  }
}

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ");

const PLAIN = /^[A-Za-z./][A-Za-z0-9._/+-]*$/;

/** A scalar that YAML reads as this text: file names may hold anything. */
export const quoted = (text: string): string =>
  PLAIN.test(text) && !/^(?:true|false|null|~|y|n|yes|no|on|off)$/i.test(text) ? text : JSON.stringify(text);
