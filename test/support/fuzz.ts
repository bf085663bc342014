/** Whether generated values are tried in the numbers that CI tries, or in some that take a moment. */
const isFull = process.env['NETWRIGHT_FUZZ'] === 'full';

/** How many cases to try: the number in a variable of the environment, or one of these. */
export const casesOf = (variable: string, full: number, small: number): number =>
  Number(process.env[variable] ?? (isFull ? full : small));
