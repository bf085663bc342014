/**
 * The file of a sysctl. The key is as in sysctl(8): dots between components, and a slash for a dot within one, as in
 * `net.ipv4.conf.eth0/100.rp_filter`. `/proc/sys/net` belongs to the network namespace of the calling thread.
 */
export const sysctlPath = (key: string): string => `/proc/sys/${key.replace(/[./]/g, (c) => (c === '.' ? '/' : '.'))}`;
