/*
 * First words of command lines by which this program calls itself.
 */

/** In new namespaces: arrange them to be a world, then hold it, or carry out the words that follow. */
export const ARRANGE = '__arrange';

/** In a world that was joined: carry out the words that follow. */
export const ARRIVE = '__arrive';

/** Join the world and leave it again, as every command does, and nothing else. */
export const LEAVE = '__leave';
