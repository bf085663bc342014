/** System calls, by the functions of the C library; each throws SyscallError. */
export * from './sockets.ts';
export * from './system.ts';
