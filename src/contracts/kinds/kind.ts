/** `null`: it does not come up there. */
export type Effect = "breaking" | "safe" | null;

/** One kind of change, and whom it breaks. */
export type Kind = Readonly<{
  /** Stable, kebab-case: what `x-sampan-allow` and scripts name. */
  name: string;
  /** What changed, for the reference. */
  what: string;
  /** In what callers send: the new service must accept all that the old one accepted. */
  request: Effect;
  /** In what they get: the new service must send nothing that the old one did not. */
  response: Effect;
  /** How to get there without breaking anybody; null where nothing breaks. */
  hint: string | null;
}>;

type Named = Readonly<{ name: string; what: string; hint?: string }>;

/** Fewer values than before: it breaks whoever sends them. */
export const narrows = ({ name, what, hint = "accept what was accepted before, too" }: Named): Kind => ({
  name,
  what,
  request: "breaking",
  response: "safe",
  hint,
});

/** More values than before: it breaks whoever reads them. */
export const widens = ({
  name,
  what,
  hint = "send no more than what was promised, or under a new name",
}: Named): Kind => ({
  name,
  what,
  request: "safe",
  response: "breaking",
  hint,
});

/** Other values than before. */
export const alters = ({ name, what, hint = "keep it, and add the new form under a new name" }: Named): Kind => ({
  name,
  what,
  request: "breaking",
  response: "breaking",
  hint,
});

export const nothing = ({ name, what }: Named): Kind => ({ name, what, request: "safe", response: "safe", hint: null });

/** Of operations: what callers send. */
export const asks = (name: string, what: string, hint: string): Kind => ({
  name,
  what,
  request: "breaking",
  response: null,
  hint,
});
export const takes = (name: string, what: string): Kind => ({
  name,
  what,
  request: "safe",
  response: null,
  hint: null,
});
/** And what they get. */
export const withholds = (name: string, what: string, hint: string): Kind => ({
  name,
  what,
  request: null,
  response: "breaking",
  hint,
});
export const gives = (name: string, what: string): Kind => ({
  name,
  what,
  request: null,
  response: "safe",
  hint: null,
});
