/** True where Bun and not Node.js runs this. */
export const isBun = process.versions['bun'] !== undefined;
