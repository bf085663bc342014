/*
 * First words of command lines by which this program calls itself.
 */

/** In new namespaces: arrange them to be a world, then hold it, or carry out the words that follow. */
export const SET_UP = '__set-up';

/** In a world that was joined: carry out the words that follow. */
export const CONTINUE = '__continue';

/** In a world that was joined: descriptors by their numbers, then the words to carry out with them. */
export const WITH_DESCRIPTORS = '__with-descriptors';

/** Outside of a world: connect to the machine's loopback for somebody inside. */
export const LOOPBACK = '__loopback';

/** Join the world and leave it again, as every command does, and nothing else. */
export const LEAVE = '__leave';
