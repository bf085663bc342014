let listening = false;

/** Prints on standard output. A reader that has seen enough, as `head` in a pipe, is no fault: the process ends. */
export function print(text: string): void {
  if (!listening) {
    listening = true;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit();
      throw error;
    });
  }
  process.stdout.write(text);
}
