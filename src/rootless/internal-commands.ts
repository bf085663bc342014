/*
 * The first words of command lines with which this program calls itself.
 */

/** In new namespaces: set them up, then hold them, or run the command line that follows. */
export const SET_UP = '__set-up';

/** In a user namespace that was joined: run the command line that follows. */
export const CONTINUE = '__continue';

/** In a user namespace that was joined: the numbers of descriptors, then the command line to run with them. */
export const WITH_DESCRIPTORS = '__with-descriptors';

/** On the host: connect to its loopback for a process in the user namespace. */
export const LOOPBACK = '__loopback';

/** Join the user namespace and leave it, which ends it if it is unused. */
export const LEAVE = '__leave';
