/** The major and minor number of a device number as Node returns it: makedev(3). */
export const majorOf = (device: number): number => (Math.floor(device / 2 ** 32) << 12) | ((device >>> 8) & 0xfff);
export const minorOf = (device: number): number => ((device >>> 12) & 0xfff00) | (device & 0xff);
