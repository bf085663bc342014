/**
 * The file of a setting, in sysctl(8)'s spelling: dots between components, and a slash for a dot inside one, as in
 * `net.ipv4.conf.eth0/100.rp_filter`. `/proc/sys/net` is that of the calling thread's network namespace.
 */
export const sysctlPath = (key: string): string => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`;
