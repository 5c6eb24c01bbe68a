/** An identifier as SQL writes it. */
export const ident = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A string as SQL writes it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
