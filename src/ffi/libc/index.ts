/** System calls, through functions of the C library. They throw SyscallError unless their docstring says otherwise. */
export * from './sockets.ts';
export * from './system.ts';
