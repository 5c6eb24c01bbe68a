const INTEGER = /^[-+]?[0-9]+$/;
const OCTAL = /^0o[0-7]+$/;
const HEX = /^0x[0-9a-fA-F]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** Only what begins so can be anything but a word; most words are told by that. */
const BEGINS = /^[-+.0-9~nNtTfF]/;

/** What a plain word stands for by YAML's core schema, which is JSON's where the text is JSON. */
export function plainScalar(text: string): string | number | boolean | null {
  if (text !== "" && !BEGINS.test(text)) return text;
  switch (text) {
    case "":
    case "~":
    case "null":
    case "Null":
    case "NULL":
      return null;
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    default:
      return INTEGER.test(text) || OCTAL.test(text) || HEX.test(text) || FLOAT.test(text) ? Number(text) : text;
  }
}
