/** How the router's process ends, so that whoever started it knows why without reading its log. */
export const EXIT = { orderly: 0, bug: 1, usage: 2, routesRefused: 11, portTaken: 12, alreadyRunning: 13 } as const;
