/** The one place that knows the global fetch. */
export const fetchUrl: typeof fetch = (input, init) => fetch(input, init);
